import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { mintAuditorKey, revokeAuditor } from "./auditor-keys.test-support.ts";
import { listAuditors, readAuditorKeys } from "./auditor-keys.ts";

function keyFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-keys-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "deep", "keys");
}

test("only minted keys are admitted, and the file says what is wrong with it", (t) => {
  const file = keyFile(t);
  assert.equal(readAuditorKeys(file).admits("", "events"), false);
  const minted = [mintAuditorKey(file, "one"), mintAuditorKey(file, "")];
  const keys = readAuditorKeys(file);
  for (const key of minted) {
    assert.equal(keys.admits(key, "events"), true);
    assert.equal(keys.admits(key, "metrics"), true);
    assert.equal(keys.admits(`${key}A`, "events"), false);
    assert.equal(keys.admits(key.toLowerCase(), "metrics"), false);
  }
  assert.equal(keys.admits("", "metrics"), false);
  for (const line of ["secret", "F".repeat(64), `${"a".repeat(65)}`, ` ${"a".repeat(64)}`]) {
    writeFileSync(file, `${"a".repeat(64)}\n${line}\n`);
    assert.throws(() => readAuditorKeys(file), {
      code: "AUDITOR_KEYS_UNREADABLE",
      message: /:2: /,
    });
  }
});

test("a key for metrics opens nothing else", (t) => {
  const file = keyFile(t);
  const key = mintAuditorKey(file, "monitoring", "metrics");
  const keys = readAuditorKeys(file);
  assert.deepEqual([keys.admits(key, "metrics"), keys.admits(key, "events")], [true, false]);
});

test("changes of the file count at once; one that cannot be read admits nobody, and is told once", (t) => {
  const file = keyFile(t);
  const faults: Error[] = [];
  const keys = readAuditorKeys(file, (fault) => faults.push(fault));
  const [first, second] = [mintAuditorKey(file, "first"), mintAuditorKey(file, "second")];
  const admitted = (): boolean[] => [first, second].map((key) => keys.admits(key, "events"));
  assert.deepEqual(admitted(), [true, true]);
  assert.equal(revokeAuditor(file, "first").name, "first");
  assert.deepEqual(admitted(), [false, true]);
  writeFileSync(file, "nonsense\n");
  assert.deepEqual(admitted(), [false, false]);
  assert.equal(faults.length, 1);
  rmSync(file);
  assert.deepEqual(admitted(), [false, false]);
});

test("an auditor is revoked by name or digest, and never by a guess", (t) => {
  const file = keyFile(t);
  for (const name of ["one", "two", "three"]) mintAuditorKey(file, name);
  assert.throws(() => mintAuditorKey(file, "two"), { code: "AUDITOR_THERE" });
  const digest = listAuditors(file)[1]?.digest ?? "";
  for (const who of ["four", "", digest.slice(0, 7), "o"]) {
    assert.throws(() => revokeAuditor(file, who), { code: "AUDITOR_UNKNOWN" }, who);
  }
  revokeAuditor(file, digest.slice(0, 8));
  assert.deepEqual(
    listAuditors(file).map(({ name }) => name),
    ["one", "three"],
  );
});
