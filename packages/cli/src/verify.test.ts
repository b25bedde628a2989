import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import type { Report } from "@writ/audit/verify-report";
import { signNote } from "@writ/tlog/note";
import { cosignerOf } from "@writ/tlog/note-key";
import {
  ALICE,
  batchOf,
  GOVERNANCE,
  LOG,
  type Place,
  writeLedger,
} from "../../audit/src/ledger.test-support.ts";
import { evidenceArguments } from "./evidence-arguments.ts";
import { type Ended, spawnWrit, temporaryFolder } from "./spawn-writ.test-support.ts";
import type { Arguments } from "./verb.ts";

const folder = temporaryFolder();
const data = join(folder, "data");
const place: Place = {
  data,
  bucket: join(data, "bucket"),
  guard: join(data, "guard"),
  remove: () => {},
};
const kept = join(folder, "kept");
const governance = join(folder, "governance");

before(async () => {
  await writeLedger(place, [batchOf(ALICE, 1, 1, 1, 3), batchOf(ALICE, 1, 2, 4, 3)]);
  copyFileSync(join(place.bucket, "tiles", "checkpoint"), kept);
  writeFileSync(governance, `threshold 1\n${GOVERNANCE.verifierKey}\n`);
});

function verify(...args: readonly string[]): Promise<Ended> {
  return spawnWrit(["verify", ...args]);
}

test("all evidence there is: every check is made but the witnesses', and the report says on what it rests", async () => {
  const flags = ["--key", LOG.verifierKey, "--since", kept, "--constitution", governance];
  const { code, out, error } = await verify(data, ...flags);
  assert.equal(code, 0, error);
  assert.equal(out.split("\n").filter((line) => line.startsWith("✓")).length, 20);
  assert.match(out, /– the log extends a head that enough witnesses cosigned \(not checked\)/);
  assert.match(out, /verified: 6 events in 2 frames of log\.example\/writ/);
  assert.match(out, /constitution 0 is signed by 1 of the governance keys given/);
  assert.match(out, /guard\/head is a head of this log at 6 events/);
  assert.match(error, /verify .*100\/100/);
});

test("the bucket folder alone will do, and a first constitution as the pin", async () => {
  const pin = join(place.bucket, "constitution", "0.note");
  const { code, out } = await verify(place.bucket, "--constitution", pin, "--json");
  const report = JSON.parse(out) as Report;
  assert.deepEqual([code, report.ok, report.events], [0, true, 6]);
  const made = report.checks.filter((one) => one.made).map(({ check }) => check);
  assert.ok(made.includes("guard") && made.includes("pinned") && !made.includes("since"));
});

test("witnesses are looked for among the kept checkpoints and in files", async () => {
  const text = readFileSync(kept, "utf8").split("\n\n")[0] ?? "";
  const cosigned = signNote(`${text}\n`, [LOG, witness]);
  const flags = ["--witness", witness.verifierKey];
  assert.equal((await verify(data, ...flags)).code, 1);
  openKeptCheckpoints(join(data, "audit", "checkpoints")).keep(6, cosigned);
  const { code, out } = await verify(data, ...flags);
  assert.equal(code, 0);
  assert.match(out, /1 of 1 witnesses cosigned the head at 6 events/);
  const file = join(folder, "cosigned");
  writeFileSync(file, cosigned);
  rmSync(join(data, "audit"), { recursive: true });
  assert.equal((await verify(data, ...flags, "--quorum", "1", "--cosigned", file)).code, 0);
});

test("exit 1 for a ledger that does not hold, with the first fault named", async () => {
  const path = join(place.bucket, "log", "00000000000000000000.frames");
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.with(bytes.length - 10, 0));
  const { code, out } = await verify(data);
  writeFileSync(path, bytes);
  assert.equal(code, 1);
  assert.match(out, /fault at event 3: frame: /);
  assert.match(out, /NOT VERIFIED: /);
});

test("exit 2 for what cannot be verified as asked", async () => {
  for (const args of [[folder], [data, "--since", governance], [data, "--since", folder]]) {
    const { code, out, error } = await verify(...args);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(error, /^writ: .*(holds no Bucket|is no checkpoint of any log|cannot be read)/);
  }
});

const witness = cosignerOf("witness.example", new Uint8Array(32).fill(9), 1_795_000_000);
const vkey = witness.verifierKey;
const again = cosignerOf("other.example", new Uint8Array(32).fill(9), 0).verifierKey;
const refusals: readonly (readonly [flags: Arguments["flags"], says: RegExp])[] = [
  [{ guard: join(folder, "nothing") }, /^--guard .* cannot be read/],
  [{ since: [join(folder, "nothing")] }, /^--since .* cannot be read/],
  [{ cosigned: [join(folder, "nothing")], witness: [vkey] }, /^--cosigned .* cannot be read/],
  [{ witness: [vkey], quorum: "2" }, /from 1 to 1/],
  [{ witness: [vkey], quorum: "0" }, /from 1 to 1/],
  [{ witness: [vkey], quorum: "x" }, /from 1 to 1/],
  [{ quorum: "1" }, /need a --witness/],
  [{ witness: [vkey, vkey] }, /given twice/],
  [{ witness: [vkey, again] }, /given twice/],
  [{ witness: [LOG.verifierKey] }, /of signature type 4/],
  [{ witness: ["nobody"] }, /^--witness nobody: give a vkey/],
  [{ constitution: kept }, /^--constitution .*give a vkey/],
  [{ key: kept }, /^--key .*give a vkey/],
];

test("a flag that brings no evidence is refused, by its name", () => {
  for (const [flags, message] of refusals) {
    assert.throws(() => evidenceArguments(data, { flags, words: [data] }), { message });
  }
});
