import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Verdict } from "@writ/audit/witness/witness";
import { parseVerifierKey, signerOf } from "@writ/tlog/note-key";
import { openWitnessKey, verdictJson, verdictLine, watchedLogs } from "./witnessing.ts";

const root = mkdtempSync(join(tmpdir(), "writ-witnessing-"));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const fresh = (): string => join(root, `w${made++}`);

test("the key is made once, with the folder and its memory, for its owner alone", () => {
  const folder = fresh();
  const first = openWitnessKey(folder, "witness.example/w");
  assert.equal(first.isNew, true);
  assert.equal(first.cosigner.name, "witness.example/w");
  assert.equal(statSync(join(folder, "witness.key")).mode & 0o777, 0o600);
  const vkey = readFileSync(join(folder, "witness.vkey"), "utf8").trim();
  assert.equal(vkey, first.cosigner.verifierKey);
  assert.equal(parseVerifierKey(vkey).keyId, first.cosigner.keyId);
  for (const name of [undefined, "witness.example/w"]) {
    const again = openWitnessKey(folder, name);
    assert.deepEqual([again.isNew, again.cosigner.verifierKey], [false, vkey]);
  }
  assert.throws(() => openWitnessKey(folder, "other"), /--name other: the key in .* is of witness/);
  assert.match(
    openWitnessKey(fresh(), undefined).cosigner.name,
    /^localhost\/witness-[0-9a-f]{8}$/,
  );
  assert.throws(() => openWitnessKey(fresh(), "a name"), { code: "KEY_MALFORMED" });
});

test("what is left of a witness does not sign again", () => {
  const left = (...lost: readonly string[]): string => {
    const folder = fresh();
    openWitnessKey(folder, undefined);
    writeFileSync(join(folder, "logs", "a.checkpoint"), "");
    for (const name of lost) rmSync(join(folder, name), { recursive: true });
    return folder;
  };
  const refused = (folder: string, why: RegExp): void =>
    assert.throws(() => openWitnessKey(folder, undefined), why);
  refused(left("logs"), /logs is gone, .*: begin a new witness in another folder/);
  refused(left("witness.key"), /witness\.key is gone, .*: begin a new witness in another folder/);
  refused(left("witness.key", "witness.vkey"), /logs holds heads, but there is no /);
  assert.equal(openWitnessKey(left("witness.vkey"), undefined).isNew, false);
  // A first start that was cut short goes on.
  const folder = fresh();
  mkdirSync(join(folder, "logs"), { recursive: true });
  assert.equal(openWitnessKey(folder, undefined).isNew, true);
});

test("logs are given by vkey or file, under the key's name or another origin, with several keys", () => {
  const keys = [1, 2].map(
    (n) => signerOf("log.example/a=b", new Uint8Array(32).fill(n)).verifierKey,
  );
  const [first = "", second = ""] = keys;
  const file = join(root, "log.vkey");
  writeFileSync(file, `${second}\n`);
  const shape = (args: readonly string[]) =>
    watchedLogs(args).map(({ origin, keys: of }) => [origin, of.map(({ keyId }) => keyId)]);
  const [a, b] = keys.map((vkey) => parseVerifierKey(vkey).keyId);
  assert.deepEqual(shape([first]), [["log.example/a=b", [a]]]);
  assert.deepEqual(shape([first, file]), [["log.example/a=b", [a, b]]]);
  assert.deepEqual(shape([`${first}=other log=x`]), [["other log=x", [a]]]);
  assert.deepEqual(shape([`${file}=other`, first]), [
    ["other", [b]],
    ["log.example/a=b", [a]],
  ]);
  for (const argument of ["", "nonsense", `${first}x`, first.slice(0, -1), `${first}=`]) {
    assert.throws(() => watchedLogs([argument]), /--log .*: give a vkey/, argument);
  }
});

const verdict: Verdict = {
  status: 200,
  contentType: "text/plain",
  body: new Uint8Array(0),
  cause: "cosigned",
  origin: "log.example/a",
  size: 9,
  oldSize: 5,
  suspect: null,
};

test("a line for people and one for programs, with the checkpoint where it is evidence", () => {
  assert.equal(verdictLine(verdict), "cosigned log.example/a at 9");
  const bad = {
    ...verdict,
    status: 400,
    cause: "no",
    origin: null,
    size: null,
    oldSize: null,
  } as const;
  assert.equal(verdictLine(bad), "refused 400: no log: no (from ? to ?)");
  const fork = { ...verdict, status: 422, cause: "another root", suspect: "log\n9\n" } as const;
  assert.equal(
    verdictLine(fork),
    "refused 422: log.example/a: another root (from 5 to 9); the log signed it:\nlog\n9",
  );
  const time = new Date(0);
  assert.deepEqual(JSON.parse(verdictJson(verdict, time)), {
    time: "1970-01-01T00:00:00.000Z",
    status: 200,
    origin: "log.example/a",
    old_size: 5,
    size: 9,
    cause: "cosigned",
  });
  assert.equal(JSON.parse(verdictJson(fork, time)).suspect, "log\n9\n");
});
