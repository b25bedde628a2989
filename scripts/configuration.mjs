// Writes docs/configuration.md from the table of keys; with --check it only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { settingsPageText } from "../packages/cli/src/config/page-text.ts";

const path = new URL("../docs/configuration.md", import.meta.url);
const text = settingsPageText();
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (readFileSync(path, "utf8") !== text) {
  process.stderr.write(
    "docs/configuration.md is behind the table of keys: run node scripts/configuration.mjs\n",
  );
  process.exitCode = 1;
}
