import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as web from "@cedar-policy/cedar-wasm/web";
import type { CedarModule } from "./module.ts";

/**
 * Reads and starts the Cedar that is installed beside this package. What is started are the very
 * bytes whose digest it states.
 *
 * A trap leaves WebAssembly memory in a state that nobody knows, so after one this module only
 * throws: every judge in Cedar then fails, and what it judges is blocked.
 */
export function loadCedar(): CedarModule {
  const url = import.meta.resolve("@cedar-policy/cedar-wasm/web");
  const bytes = readFileSync(fileURLToPath(new URL("cedar_wasm_bg.wasm", url)));
  web.initSync({ module: bytes });
  return guarded(createHash("sha256").update(bytes).digest("hex"), web as unknown as Functions);
}

type Functions = Omit<CedarModule, "sha256">;

class CedarUnusable extends Error {
  readonly code: "CEDAR_UNUSABLE" = "CEDAR_UNUSABLE";
}

/** An error that Cedar itself throws is a plain one. */
function isTrap(error: unknown): boolean {
  return error instanceof Error && ["RuntimeError", "RangeError"].includes(error.name);
}

function guarded(sha256: string, cedar: Functions): CedarModule {
  let trap: unknown;
  const guard =
    <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) =>
    (...args) => {
      if (trap !== undefined) throw new CedarUnusable("restart: Cedar trapped", { cause: trap });
      try {
        return call(...args);
      } catch (error) {
        if (isTrap(error)) trap = error;
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
