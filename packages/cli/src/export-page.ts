import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const PAGE = "index.html";
const SERVED = 'data-source="audit"';
const EXPORTED = 'data-source="export"';
/** What is there to make the page, and not to be read with it. */
const STAMP = "sources.sha256";

/**
 * Puts the auditor's page beside exported tiles, told that there is no audit process to ask. Files
 * are put in place whole, the page itself last. Throws the system's error.
 */
export function exportPage(page: string, target: string): void {
  const names = readdirSync(page, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== STAMP && entry.name !== PAGE)
    .map((entry) => join(entry.parentPath, entry.name).slice(page.length + 1));
  for (const name of names) putFile(join(target, name), readFileSync(join(page, name)));
  const html = readFileSync(join(page, PAGE), "utf8").replace(SERVED, EXPORTED);
  putFile(join(target, PAGE), Buffer.from(html));
}

function putFile(final: string, bytes: Uint8Array): void {
  const temporary = join(dirname(final), `.${basename(final)}.new`);
  mkdirSync(dirname(final), { recursive: true });
  writeFileSync(temporary, bytes);
  renameSync(temporary, final);
}
