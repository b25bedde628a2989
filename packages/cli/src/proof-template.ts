import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { consoleFolder } from "./console-folder.ts";
import { OperatorError } from "./operator-error.ts";

/** The one-page proof without its data, as it was made of the console's sources. */
export function proofTemplate(): string {
  const folder = consoleFolder();
  const path = folder === undefined ? undefined : join(folder, "proof-page.html");
  if (path === undefined || !existsSync(path)) {
    throw new OperatorError("the proof page has not been made: run node scripts/console.mjs");
  }
  return readFileSync(path, "utf8");
}
