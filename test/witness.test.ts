import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { newestWitnessed, type WitnessDemand } from "@writ/audit/witness/check";
import { formatConstitution, parseConstitution } from "@writ/bucket/constitution";
import { peekConstitution, signConstitution } from "@writ/bucket/constitution/chain";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { SampleLog, testSigner } from "../packages/audit/src/witness/log-sample.test-support.ts";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import { airline, enforce, inParallel, serve, temporaryFolder, writ } from "./serving.ts";
import { startWitness, type WitnessProcess } from "./witnesses.ts";

const calls = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");

function text(path: string): string {
  return readFileSync(path, "utf8");
}

/** A deployment before its first event. */
function founded(): { data: string; vkey: string } {
  const data = temporaryFolder();
  const deployment = deploymentAt(data);
  prepareDeployment(deployment);
  return { data, vkey: text(deployment.vkey).trim() };
}

/** Writes witnesses into the first constitution, which no event has followed yet. */
function appoint(data: string, witnesses: readonly WitnessProcess[]): void {
  const deployment = deploymentAt(data);
  const path = join(deployment.bucket, "constitution", "0.note");
  const { constitution } = peekConstitution(readFileSync(path));
  const named = witnesses.map(({ vkey, url }) => ({ key: vkey, url }));
  const governance = parseSignerKey(signerKeyLine(text(deployment.governanceKey)));
  const changed = formatConstitution({ ...constitution, witnesses: named });
  assert.deepEqual(parseConstitution(changed).witnesses, named);
  writeFileSync(path, signConstitution(changed, [governance]));
}

function demandOf(
  vkey: string,
  witnesses: readonly WitnessProcess[],
  quorum: number,
): WitnessDemand {
  const log = parseVerifierKey(vkey);
  const keys = witnesses.map((witness) => parseVerifierKey(witness.vkey));
  return { logs: [log], origin: log.name, witnesses: keys, quorum };
}

/** The size at which the checkpoint served at `url` has its quorum, once it reaches `size`. */
async function cosignedAt(url: string, size: number, demand: WitnessDemand): Promise<number> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const response = await fetch(url);
    const note = new Uint8Array(await response.arrayBuffer());
    const found = response.ok ? newestWitnessed([note], demand) : undefined;
    if (found !== undefined && found.checkpoint.size >= size) return found.checkpoint.size;
    if (performance.now() > deadline) throw new Error(`no quorum at ${size}: ${Buffer.from(note)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function monitorUrl({ url }: WitnessProcess, vkey: string): string {
  const { name } = parseVerifierKey(vkey);
  return `${url}/${createHash("sha256").update(name).digest("hex")}/checkpoint`;
}

/** What the audit's metrics say of a witness that has cosigned everything just now. */
async function requireMeasured(
  audit: string,
  data: string,
  { vkey }: WitnessProcess,
): Promise<void> {
  const key = text(deploymentAt(data).auditorKey).trim();
  const headers = { authorization: `Bearer ${key}` };
  const metrics = await (await fetch(`${audit}/metrics`, { headers })).text();
  const { name } = parseVerifierKey(vkey);
  const value = (of: string): number =>
    Number(metrics.split(`\nwrit_witness_${of}{witness="${name}"} `)[1]?.split("\n")[0]);
  assert.equal(value("cosigned_size"), calls.length, metrics);
  assert.ok(Math.abs(Date.now() / 1000 - value("cosigned_timestamp_seconds")) < 60, metrics);
  assert.deepEqual([value("failures"), value("alarm")], [0, 0], metrics);
}

test("two organisations watch each other, with one command each", async () => {
  const [here, there] = [founded(), founded()];
  const ours = await startWitness(
    temporaryFolder(),
    "--log",
    there.vkey,
    "--name",
    "here.example/w",
  );
  const theirs = await startWitness(temporaryFolder(), "--log", here.vkey, "--json");
  appoint(here.data, [theirs]);
  appoint(there.data, [ours]);
  for (const [{ data, vkey }, witness] of [
    [here, theirs],
    [there, ours],
  ] as const) {
    const serving = await serve(data);
    await inParallel(calls, 8, (line) => enforce(serving.gateway, line));
    const demand = demandOf(vkey, [witness], 1);
    assert.equal(
      await cosignedAt(`${serving.audit}/checkpoint`, calls.length, demand),
      calls.length,
    );
    assert.equal(await cosignedAt(monitorUrl(witness, vkey), calls.length, demand), calls.length);
    await requireMeasured(serving.audit, data, witness);
    assert.equal(await serving.stop(), 0);
  }
  assert.ok(ours.vkey.startsWith("here.example/w+"));
  // What it says of a request may come after its answer; at its end all is said.
  assert.equal(await ours.end("SIGTERM"), 0);
  assert.equal(await theirs.end("SIGINT"), 0);
  assert.match(ours.output(), new RegExp(`cosigned \\S+ at ${calls.length}$`, "m"));
  const said = theirs
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const last = JSON.parse(said.at(-1) ?? "{}");
  assert.deepEqual([last.status, last.size], [200, calls.length]);
});

test("two auditors shown two logs: one of them has no witness, and verify says so", async () => {
  const { data, vkey } = founded();
  const witness = await startWitness(temporaryFolder(), "--log", vkey);
  appoint(data, [witness]);
  // Whoever has every key of a Bucket can begin it again from a copy.
  const copy = temporaryFolder();
  cpSync(data, copy, { recursive: true });
  const demand = demandOf(vkey, [witness], 1);
  const asWitnessed = ["--key", vkey, "--witness", witness.vkey, "--quorum", "1"];

  const first = await serve(data);
  for (const line of calls.slice(0, 3)) await enforce(first.gateway, line);
  await cosignedAt(`${first.audit}/checkpoint`, 3, demand);
  assert.equal(await first.stop(), 0);
  const shown = await writ(["verify", data, ...asWitnessed]);
  assert.equal(shown.code, 0, shown.stdout + shown.stderr);

  const second = await serve(copy);
  for (const line of calls.slice(3, 9)) await enforce(second.gateway, line);
  const deadline = performance.now() + 20_000;
  while (
    !/witness \S+: it cosigned a tree of 3 that this log does not extend/.test(second.output())
  ) {
    assert.ok(performance.now() < deadline, second.output());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await second.stop(), 0);
  // By itself the second log is without fault; only what the witness says tells the two apart.
  assert.equal((await writ(["verify", copy, "--key", vkey])).code, 0);
  const unwitnessed = await writ(["verify", copy, ...asWitnessed]);
  assert.equal(unwitnessed.code, 1, unwitnessed.stdout + unwitnessed.stderr);
  assert.match(unwitnessed.stdout, /witness/);
  // The other log's cosigned checkpoints do not help it either.
  cpSync(join(data, "audit", "checkpoints"), join(copy, "audit", "checkpoints"), {
    recursive: true,
  });
  const borrowed = await writ(["verify", copy, ...asWitnessed]);
  assert.equal(borrowed.code, 1, borrowed.stdout + borrowed.stderr);
  assert.equal(await witness.end("SIGTERM"), 0);
  assert.match(witness.output(), /^writ: refused 422: .*; the log signed it:$/m);
});

/** Shows the witness ever larger trees until it is killed at random; the largest that was cosigned. */
async function cosignUntilKilled(witness: WitnessProcess, log: SampleLog, from: number) {
  let acknowledged = from;
  // At least one is cosigned before, so that there is something to forget.
  const last = from + 3 * (1 + Math.ceil(8 * Math.random()));
  for (let size = from; ; size += 3) {
    // While it is at work on a request, or has just answered it.
    if (size === last) setTimeout(() => void witness.end("SIGKILL"), 12 * Math.random());
    try {
      const body = log.request(acknowledged, size);
      const response = await fetch(`${witness.url}/add-checkpoint`, { method: "POST", body });
      const answer = await response.text();
      assert.equal(response.status, 200, answer);
      acknowledged = size;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return acknowledged;
    }
  }
}

test("a witness killed at any moment never forgets what it cosigned", async (context) => {
  const signer = testSigner("log.example/a", 1);
  const log = new SampleLog(signer);
  const demand = (witness: WitnessProcess): WitnessDemand =>
    demandOf(signer.verifierKey, [witness], 1);
  const folder = temporaryFolder();
  const rounds = Number(process.env.WRIT_WITNESS_KILLS ?? 3);
  let kept = 0;
  for (let round = 0; round < rounds; round++) {
    const witness = await startWitness(folder, "--log", signer.verifierKey);
    if (kept > 0) {
      const now = await cosignedAt(monitorUrl(witness, signer.verifierKey), kept, demand(witness));
      assert.ok(now >= kept);
      const fork = new SampleLog(signer, " of another history");
      const body = now > 10 ? fork.request(now, now + 1) : log.request(now, now);
      const { status } = await fetch(`${witness.url}/add-checkpoint`, { method: "POST", body });
      assert.equal(status, now > 10 ? 422 : 200);
      kept = now;
    }
    kept = await cosignUntilKilled(witness, log, kept);
    await witness.end("SIGKILL");
  }
  context.diagnostic(`${rounds} kills, cosigned up to ${kept}`);
  assert.ok(kept > 0);
});

test("a witness that cannot begin says why in one line", async () => {
  const { vkey } = founded();
  const folder = temporaryFolder();
  const running = await startWitness(folder, "--log", vkey);
  const flags = ["witness", "--data", folder, "--log", vkey, "--listen", "127.0.0.1:0"];
  const { code, stderr } = await writ(flags);
  assert.deepEqual([code, stderr.trimEnd().split("\n").length], [2, 1], stderr);
  assert.match(stderr, /^writ: another witness runs on \S+: stop it first/);
  assert.equal(await running.end("SIGTERM"), 0);
});
