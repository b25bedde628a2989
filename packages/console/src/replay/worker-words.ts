import type { BundleFile } from "@writ/engine/bundle";
import type { Judged } from "./judging.ts";

/** What the page says to the thread that judges. */
export type Order =
  | {
      readonly order: "arm";
      readonly files: readonly BundleFile[];
      /** JSON of what enforcement added to every input; empty for nothing. */
      readonly host: string;
      readonly category: string;
      readonly otherVersions: readonly string[];
    }
  | { readonly order: "judge"; readonly lines: readonly Uint8Array[] };

/** What it answers, one answer to each order, in their order. */
export type Answer =
  | { readonly answer: "armed"; readonly version: string }
  | { readonly answer: "refused"; readonly faults: readonly string[] }
  | { readonly answer: "judged"; readonly judged: readonly Judged[] };
