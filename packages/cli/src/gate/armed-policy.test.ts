import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { generateSignerKey, signerKeyLine } from "@writ/bucket/writer-key";
import { openEnvelope } from "@writ/contract/envelope";
import { parseSignerKey, type Signer } from "@writ/tlog/note-key";
import { addSignature, bundleSigners, SIGNATURE_FILE } from "../policy/bundle-signature.ts";
import { POLICY } from "../policy/sample-policy.test-support.ts";
import { bundleFiles, loadFolder } from "../policy-folder.ts";
import { airline } from "../spawn-writ.test-support.ts";
import { ArmedPolicy } from "./armed-policy.ts";
import { HALTED, haltBundle } from "./halt-bundle.ts";
import { loadPolicy, type PolicyGovernance } from "./policy-source.ts";

const UNGOVERNED: PolicyGovernance = { signers: [], quorum: 0 };
const NEXT = POLICY.replaceAll("1000", "500").replaceAll("1001", "501");

interface Place {
  readonly folder: string;
  readonly marker: string;
  write(text: string): void;
  open(governance?: PolicyGovernance): Promise<ArmedPolicy>;
}

function place(): Place {
  const root = mkdtempSync(join(tmpdir(), "writ-"));
  after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "policy");
  const marker = join(root, "halted");
  mkdirSync(folder);
  const write = (text: string): void => writeFileSync(join(folder, "bundle.yaml"), text);
  write(POLICY);
  return {
    folder,
    marker,
    write,
    open: (governance = UNGOVERNED) =>
      ArmedPolicy.open({
        load: () => loadPolicy(folder, governance),
        marker,
        now: () => "2026-01-02T03:04:05.678Z",
      }),
  };
}

function outcomeOf({ armed }: ArmedPolicy, amount: number): string {
  const body = JSON.stringify({ category: "refund", input: { kind: "refund", amount } });
  const { outcome, reason_code } = armed.engine.decide(openEnvelope(Buffer.from(body)));
  return `${outcome} ${reason_code}`;
}

test("a reload arms what lies there now, and tells who follows", async () => {
  const { write, open } = place();
  const policy = await open();
  const told: string[] = [];
  policy.follow(({ engine }) => told.push(engine.version));
  const { version } = policy.armed.engine;
  assert.equal(outcomeOf(policy, 700), "EXECUTE ALLOWED");
  write(NEXT);
  assert.deepEqual(await policy.reload(false), {
    done: true,
    line: `armed payments ${policy.armed.engine.version}, after ${version}`,
  });
  assert.equal(outcomeOf(policy, 700), "BLOCK LIMIT_EXCEEDED");
  assert.match((await policy.reload(false)).line, /is what was armed already$/);
  assert.deepEqual(told, [policy.armed.engine.version, policy.armed.engine.version]);
});

const BROKEN: readonly (readonly [string, string, RegExp])[] = [
  ["does not load", POLICY.replace("name: payments", "nam: payments"), /bundle.yaml:2:1: remove/],
  ["fails a canary", POLICY.replace("amount: 1 }", "amount: 2000 }"), /canar/],
  ["is no YAML", "{", /mend the YAML/],
];

for (const [what, text, message] of BROKEN) {
  test(`a policy that ${what} changes nothing, and does not start`, async () => {
    const { write, open } = place();
    const policy = await open();
    policy.follow(() => assert.fail("nothing was armed"));
    const before = policy.armed;
    write(text);
    const { done, line } = await policy.reload(false);
    assert.equal(done, false);
    assert.match(line, message);
    assert.equal(policy.armed, before);
    await assert.rejects(open(), message);
  });
}

test("what cannot be renewed with the policy keeps it from changing", async () => {
  const { write, open } = place();
  const policy = await open();
  const before = policy.armed;
  write(NEXT);
  const { done, line } = await policy.reload(false, () => {
    throw new Error("the certificate is none");
  });
  assert.deepEqual([done, line], [false, "the certificate is none"]);
  assert.equal(policy.armed, before);
});

function signer(name: string): Signer {
  return parseSignerKey(signerKeyLine(generateSignerKey(name)));
}

test("under governance only what enough of them have signed is armed", async () => {
  const { folder, write, open } = place();
  const [alice, bob, carol, eve] = ["alice", "bob", "carol", "eve"].map(signer);
  assert.ok(alice && bob && carol && eve);
  const keys = [alice, bob, carol].map(({ verifierKey }) => verifierKey);
  const governance = { signers: bundleSigners(keys), quorum: 2 };
  const sign = async (...by: readonly Signer[]): Promise<void> => {
    const content = await loadFolder(folder);
    let note: Uint8Array | null = null;
    for (const each of by) note = addSignature(content, each, note).note;
    writeFileSync(join(folder, SIGNATURE_FILE), note ?? "");
  };
  await assert.rejects(open(governance), /there is no bundle.sig/);
  await sign(alice);
  await assert.rejects(open(governance), /1 of the 2 signatures/);
  await sign(alice, eve);
  await assert.rejects(open(governance), /1 of the 2 signatures/);
  await sign(alice, carol);
  const policy = await open(governance);
  const before = policy.armed;

  write(NEXT);
  const altered = await policy.reload(false);
  assert.deepEqual([altered.done, policy.armed], [false, before]);
  assert.match(altered.line, /another policy, or an earlier one/);
  // A halt needs no signature, and what ends it does.
  assert.equal((await policy.halt()).done, true);
  assert.equal((await policy.reload(true)).done, false);
  assert.equal(policy.armed.halted, true);
  await sign(bob, carol);
  assert.equal((await policy.reload(true)).done, true);
  assert.equal(outcomeOf(policy, 700), "BLOCK LIMIT_EXCEEDED");
});

test("a halt blocks all, over restarts and reloads, until one resumes", async () => {
  const { marker, open } = place();
  const policy = await open();
  const { version } = policy.armed.engine;
  assert.equal((await policy.halt()).done, true);
  assert.equal(readFileSync(marker, "utf8"), "2026-01-02T03:04:05.678Z\n");
  assert.equal(outcomeOf(policy, 1), `BLOCK ${HALTED}`);
  assert.notEqual(policy.armed.engine.version, version);
  assert.equal((await policy.halt()).done, true);

  const again = await open();
  assert.equal(outcomeOf(again, 1), `BLOCK ${HALTED}`);
  assert.equal(again.armed.engine.version, policy.armed.engine.version);
  const refused = await again.reload(false);
  assert.deepEqual(refused, {
    done: false,
    line: "halted since 2026-01-02T03:04:05.678Z; writ reload --resume arms a policy again",
  });
  assert.equal((await again.reload(true)).done, true);
  assert.equal(outcomeOf(again, 1), "EXECUTE ALLOWED");
  assert.equal((await open()).armed.engine.version, version);
});

test("a halt whose marker cannot be written holds all the same, and says what is amiss", async () => {
  const { marker, open } = place();
  const policy = await open();
  rmSync(join(marker, ".."), { recursive: true });
  const { done, line } = await policy.halt();
  assert.equal(done, false);
  assert.match(line, /a restart would lift it/);
  assert.equal(outcomeOf(policy, 1), `BLOCK ${HALTED}`);
});

test("a marker that cannot be made out counts as a halt", async () => {
  const { marker, open } = place();
  writeFileSync(marker, Buffer.from([0, 255]));
  assert.equal((await open()).armed.halted, true);
});

test("the halting bundle of a real policy keeps categories, shapes and action types", async () => {
  const files = bundleFiles(airline);
  const { engine } = await loadPolicy(airline, UNGOVERNED);
  const root = mkdtempSync(join(tmpdir(), "writ-"));
  after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "halted.json"), haltBundle(files).text);
  const halted = await loadPolicy(root, UNGOVERNED);
  assert.equal(haltBundle(files.toReversed()).text.length, haltBundle(files).text.length);
  const lines = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");
  let stopped = 0;
  for (const line of lines) {
    const received = openEnvelope(Buffer.from(line));
    const before = engine.decide(received);
    const after = halted.engine.decide(received);
    assert.equal(after.outcome, "BLOCK");
    assert.equal(after.action_type, before.action_type);
    assert.equal(after.category, before.category);
    const identity = engine.identify(received).normal_form;
    assert.equal(halted.engine.identify(received).normal_form, identity);
    if (before.failed) assert.equal(after.reason_code, before.reason_code);
    else stopped += Number(after.reason_code === HALTED);
  }
  assert.ok(stopped > 0);
});
