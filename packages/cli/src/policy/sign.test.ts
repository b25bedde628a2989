import assert from "node:assert/strict";
import { appendFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folderOf, runWrit } from "./run-writ.test-support.ts";

const BUNDLE = `writ: 1
name: closed
categories:
  act:
    action_type: act
    always: BLOCK
    reason: NOT_YET
    input: { type: object, additionalProperties: false }
`;

test("two sign, a third checks: until the policy changes", (t) => {
  const folder = folderOf(t, { "p/bundle.yaml": BUNDLE });
  const writ = (...args: readonly string[]): ReturnType<typeof runWrit> => runWrit(folder, ...args);
  for (const name of ["alice", "bob"]) {
    const made = writ("keygen", name, "--out", `${name}.key`);
    assert.equal(made.code, 0, made.error);
    writeFileSync(join(folder, `${name}.vkey`), made.out);
  }
  assert.equal(statSync(join(folder, "alice.key")).mode & 0o777, 0o600);
  assert.equal(writ("keygen", "alice", "--out", "alice.key").code, 2, "an old key is kept");

  const both = ["--key", "alice.vkey", "--key", "bob.vkey"];
  assert.equal(writ("policy", "verify", "p", ...both).code, 1, "nobody has signed");
  assert.equal(writ("policy", "sign", "p", "--key", "alice.key").code, 0);
  assert.equal(writ("policy", "verify", "p", ...both).code, 1);
  assert.equal(writ("policy", "verify", "p", ...both, "--threshold", "1").code, 0);
  assert.equal(writ("policy", "sign", "p", "--key", "bob.key").code, 0);
  const verified = writ("policy", "verify", "p", ...both);
  assert.deepEqual([verified.code, verified.error], [0, ""]);
  const [digest = "", version] = writ("policy", "digest", "p").out.split("\n");
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.equal(version, `3.0.0+${digest}`);
  assert.equal(verified.out, `verified: closed ${digest}, signed by alice, bob\n`);

  appendFileSync(join(folder, "p/bundle.yaml"), "# a comment is no content\n");
  assert.equal(writ("policy", "verify", "p", ...both).code, 0);
  writeFileSync(join(folder, "p/bundle.yaml"), BUNDLE.replace("NOT_YET", "NEVER"));
  assert.equal(writ("policy", "verify", "p", ...both).code, 1);
  const renewed = writ("policy", "sign", "p", "--key", "alice.key");
  assert.match(renewed.error, /dropped 2 signatures of an earlier content/);
});

test("what cannot be done as asked is exit 2, and no key is quoted", (t) => {
  const folder = folderOf(t, {
    "p/bundle.yaml": BUNDLE,
    "broken/bundle.yaml": "writ: 2",
    "no.key": "PRIVATE+KEY+x",
  });
  const code = (...args: readonly string[]): number | null => {
    const { code, error } = runWrit(folder, "policy", ...args);
    assert.doesNotMatch(error, /PRIVATE/);
    return code;
  };
  assert.equal(code("sign", "p", "--key", "no.key"), 2);
  assert.equal(code("sign", "p"), 2);
  assert.equal(code("verify", "p"), 2);
  assert.equal(code("verify", "p", "--key", "no.key"), 2);
  assert.equal(code("digest", "broken"), 2);
});
