import assert from "node:assert/strict";
import { test } from "node:test";
import { WriteStream } from "node:tty";
import { decisionWord, failedWord, outcomeWord } from "./outcome-mark.ts";

const DECISIONS = ["ALLOW", "REWRITE", "BLOCK"] as const;
const VARIABLES = ["NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS", "TERM", "COLORTERM", "CI"];

/** What is written to a standard output that is, or is not, a terminal of these variables. */
function words(isTTY: boolean, environment: Readonly<Record<string, string>>): string[] {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  const stdout = Object.getOwnPropertyDescriptor(process, "stdout");
  assert.ok(stdout !== undefined);
  const terminal = Object.create(WriteStream.prototype, { isTTY: { value: isTTY } });
  for (const [name] of before) delete process.env[name];
  Object.assign(process.env, environment);
  Object.defineProperty(process, "stdout", { configurable: true, value: terminal });
  try {
    return [...DECISIONS.map((one) => decisionWord(one)), failedWord(), outcomeWord("EXECUTE")];
  } finally {
    Object.defineProperty(process, "stdout", stdout);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const PLAIN = ["● ALLOW", "◆ REWRITE", "■ BLOCK", "▲ failed", "● EXECUTE"];

test("colour comes on a terminal alone, and not where somebody asks for none", () => {
  const colored = words(true, { TERM: "xterm-256color" });
  assert.equal(new Set(colored.slice(0, 3).map((word) => word.split("m", 1)[0])).size, 3);
  for (const [at, word] of colored.entries())
    assert.ok(word.includes(PLAIN[at] ?? "") && word !== PLAIN[at]);
  assert.deepEqual(words(true, { TERM: "xterm-256color", NO_COLOR: "1" }), PLAIN);
  assert.deepEqual(words(true, { TERM: "dumb" }), PLAIN);
  assert.deepEqual(words(false, { TERM: "xterm-256color" }), PLAIN);
});
