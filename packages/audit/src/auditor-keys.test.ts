import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { mintAuditorKey, readAuditorKeys } from "./auditor-keys.ts";

test("only minted keys are admitted, and the file says what is wrong with it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "writ-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "deep", "keys");
  assert.equal(readAuditorKeys(file).admits(""), false);
  const minted = [mintAuditorKey(file, "one"), mintAuditorKey(file, "")];
  const keys = readAuditorKeys(file);
  for (const key of minted) {
    assert.equal(keys.admits(key), true);
    assert.equal(keys.admits(`${key}A`), false);
    assert.equal(keys.admits(key.toLowerCase()), false);
  }
  assert.equal(keys.admits(""), false);
  for (const line of ["secret", "F".repeat(64), `${"a".repeat(65)}`, ` ${"a".repeat(64)}`]) {
    writeFileSync(file, `${"a".repeat(64)}\n${line}\n`);
    assert.throws(() => readAuditorKeys(file), {
      code: "AUDITOR_KEYS_UNREADABLE",
      message: /:2: /,
    });
  }
});
