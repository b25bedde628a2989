import { existsSync } from "node:fs";
import { type CallerLine, readCallerLines } from "@writ/gateway/caller-file";
import { deploymentAt } from "../deployment.ts";
import type { Verb } from "../verb.ts";

const shownDigits = 16;

export const verb: Verb = {
  help: `writ caller list DATA [--json]

Shows who may call: the first digits of the key's SHA-256, the name, the rate and the categories.

  DATA     the data folder of writ serve
  --json   one JSON array of {"name", "key_sha256", "categories", "rate", "burst"}

example: writ caller list .writ
`,
  options: { json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const { callers } = deploymentAt(args.words[0] ?? "");
    const lines = existsSync(callers) ? readCallerLines(callers) : [];
    process.stdout.write(args.flags.json === true ? `${JSON.stringify(lines)}\n` : table(lines));
    return 0;
  },
};

function table(lines: readonly CallerLine[]): string {
  const rows = lines.map(({ name, key_sha256, categories, rate, burst }) => [
    key_sha256?.slice(0, shownDigits) ?? "certificate",
    name,
    rate === null ? "any rate" : `${rate}/s, ${burst} at once`,
    categories?.join(" ") ?? "all categories",
  ]);
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}\n`)
    .join("");
}
