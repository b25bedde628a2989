import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as web from "@cedar-policy/cedar-wasm/web";
import type { CedarModule } from "./module.ts";

/**
 * Reads and starts the Cedar that is installed beside this package. What is started are the very
 * bytes whose digest it states.
 *
 * Whatever it throws, a trap or an error of its bindings, passes over WebAssembly frames that never
 * gave back their stack: after enough of them every call traps. So that no decision depends on how
 * many there were, this module only throws after the first, and what its judges judge is blocked.
 * Nothing that the engine sends makes it throw.
 */
export function loadCedar(): CedarModule {
  const url = import.meta.resolve("@cedar-policy/cedar-wasm/web");
  const bytes = readFileSync(fileURLToPath(new URL("cedar_wasm_bg.wasm", url)));
  web.initSync({ module: bytes });
  return guarded(createHash("sha256").update(bytes).digest("hex"), web as unknown as Functions);
}

type Functions = Omit<CedarModule, "sha256">;

/** It threw once. */
class CedarUnusable extends Error {
  readonly code: "CEDAR_UNUSABLE" = "CEDAR_UNUSABLE";
}

function guarded(sha256: string, cedar: Functions): CedarModule {
  let thrown: unknown;
  const guard =
    <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) =>
    (...args) => {
      if (thrown !== undefined) throw new CedarUnusable("start anew", { cause: thrown });
      try {
        return call(...args);
      } catch (error) {
        thrown = error;
        throw error;
      }
    };
  return {
    sha256,
    preparsePolicySet: guard((id, policies) => cedar.preparsePolicySet(id, policies)),
    statefulIsAuthorized: guard((call) => cedar.statefulIsAuthorized(call)),
    policySetTextToParts: guard((text) => cedar.policySetTextToParts(text)),
    policyToJson: guard((text) => cedar.policyToJson(text)),
    checkParseEntities: guard((call) => cedar.checkParseEntities(call)),
    validate: guard((call) => cedar.validate(call)),
  };
}
