import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of the auditor's page, made of its package's sources; `undefined` where the package is
 * not there, or nothing has been made yet. It is files to be served: no code of it runs here.
 */
export function consoleFolder(): string | undefined {
  const page = pageFile();
  return page !== undefined && existsSync(page) ? dirname(page) : undefined;
}

function pageFile(): string | undefined {
  try {
    return fileURLToPath(import.meta.resolve("@writ/console/page"));
  } catch {
    return undefined;
  }
}
