import * as canonical from "./canonical.ts";
import type { Group } from "./case.ts";
import * as category from "./category.ts";
import * as containers from "./containers.ts";
import * as host from "./host.ts";
import * as identity from "./identity.ts";
import * as limits from "./limits.ts";
import * as numbers from "./numbers.ts";
import * as precedence from "./precedence.ts";
import * as received from "./received.ts";
import * as references from "./references.ts";
import * as shapes from "./shapes.ts";
import * as strictJson from "./strict-json.ts";
import * as text from "./text.ts";
import * as transient from "./transient.ts";

/** All groups of cases, in the order of SPEC.md. */
export const groups: readonly Group[] = [
  { file: "strict-json.json", ...strictJson },
  { file: "numbers.json", ...numbers },
  { file: "limits.json", ...limits },
  { file: "category.json", ...category },
  { file: "received.json", ...received },
  { file: "text.json", ...text },
  { file: "canonical.json", ...canonical },
  { file: "shapes.json", ...shapes },
  { file: "containers.json", ...containers },
  { file: "references.json", ...references },
  { file: "host.json", ...host },
  { file: "transient.json", ...transient },
  { file: "precedence.json", ...precedence },
  { file: "identity.json", ...identity },
];
