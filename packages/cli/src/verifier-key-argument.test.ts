import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatSignerKey, parseSignerKey } from "@writ/tlog/note-key";
import { OperatorError } from "./operator-error.ts";
import { temporaryFolder } from "./spawn-writ.test-support.ts";
import { verifierKey } from "./verifier-key-argument.ts";

const secret = formatSignerKey("log.example/writ", new Uint8Array(32).fill(7));
const vkey = parseSignerKey(secret).verifierKey;

function fileOf(text: string): string {
  const path = join(temporaryFolder(), "vkey");
  writeFileSync(path, text);
  return path;
}

test("a verifier key is the argument itself, or what its file holds", () => {
  assert.equal(verifierKey(vkey), vkey);
  for (const text of [vkey, `${vkey}\n`, `\n ${vkey} \r\n`])
    assert.equal(verifierKey(fileOf(text)), vkey);
});

test("what is no key is refused, and what it was is not said", () => {
  const wrong = [vkey.slice(0, -2), "", "log", fileOf(""), fileOf(`${vkey}\n${vkey}\n`)];
  for (const argument of wrong) assert.throws(() => verifierKey(argument), OperatorError, argument);
  // A signer's key given by mistake must not reach a terminal or a log from inside its file.
  assert.throws(
    () => verifierKey(fileOf(secret)),
    (error) => error instanceof OperatorError && !error.message.includes(secret),
  );
});
