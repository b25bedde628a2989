import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { after, test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import {
  type Cosigner,
  formatSignerKey,
  parseCosignerKey,
  parseVerifierKey,
} from "@writ/tlog/note-key";
import { newestWitnessed, type WitnessDemand, witnessed } from "./check.ts";
import { type AskedWitness, type Collector, startCollector } from "./collector.ts";
import type { KeptCheckpoints } from "./kept.ts";
import { SampleLog, scratch, testSigner, until } from "./log-sample.test-support.ts";
import { startWitnessServer } from "./server.ts";

const LOG = testSigner("log.example/a", 1);

function cosignerOf(number: number): Cosigner {
  const seed = new Uint8Array(32).fill(100 + number);
  return parseCosignerKey(formatSignerKey(`witness.example/${number}`, seed));
}

async function startWitness(number: number, folder: string = scratch(), port = 0) {
  const cosigner = cosignerOf(number);
  const server = await startWitnessServer({
    onViolation: () => {},
    folder,
    cosigner,
    logs: [{ origin: LOG.name, keys: [parseVerifierKey(LOG.verifierKey)] }],
    host: "127.0.0.1",
    port,
    onVerdict: () => {},
    onFatal: (error) => assert.fail(error),
  });
  after(() => server.close());
  return { ...server, folder, url: `http://127.0.0.1:${server.port}` };
}

function asked(number: number, url: string): AskedWitness {
  return { verifier: parseVerifierKey(cosignerOf(number).verifierKey), url };
}

class MemoryKept implements KeptCheckpoints {
  readonly notes: Map<number, Uint8Array> = new Map();

  read(size: number): Uint8Array | undefined {
    return this.notes.get(size);
  }

  keep(size: number, note: Uint8Array): void {
    this.notes.set(size, note);
  }

  newestFirst(): number[] {
    return [...this.notes.keys()].toSorted((a, b) => b - a);
  }
}

function demand(numbers: readonly number[], quorum: number): WitnessDemand {
  return {
    logs: [parseVerifierKey(LOG.verifierKey)],
    origin: LOG.name,
    witnesses: numbers.map((number) => parseVerifierKey(cosignerOf(number).verifierKey)),
    quorum,
  };
}

interface Scene {
  readonly log: SampleLog;
  readonly tiles: string;
  readonly kept: MemoryKept;
  readonly notes: string[];
  collect(witnesses: readonly AskedWitness[]): Collector;
}

function scene(): Scene {
  const tiles = scratch();
  const kept = new MemoryKept();
  const notes: string[] = [];
  const collect = (witnesses: readonly AskedWitness[]): Collector => {
    const onNote = (line: string): void => void notes.push(line);
    const options = { tiles: diskFolder(tiles), witnesses, kept, onNote, interval: 15 };
    const collector = startCollector(options);
    after(() => collector.stop());
    return collector;
  };
  return { log: new SampleLog(LOG), tiles, kept, notes, collect };
}

/** How many of witnesses 1–3 cosigned what a reader is shown now. */
function shown(collector: Collector): { size: number; cosigners: number } {
  const note = collector.checkpoint();
  if (note === undefined) return { size: -1, cosigners: 0 };
  const found = witnessed(note, demand([1, 2, 3], 0));
  return { size: found?.checkpoint.size ?? -1, cosigners: found?.cosigners.length ?? 0 };
}

test("each published head gathers the cosignatures of all witnesses, and is shown with them", async () => {
  const { log, tiles, kept, notes, collect } = scene();
  const witnesses = await Promise.all([1, 2, 3].map((number) => startWitness(number)));
  const collector = collect(witnesses.map(({ url }, i) => asked(i + 1, url)));
  assert.equal(collector.checkpoint(), undefined);
  for (const size of [1, 5, 5, 256, 300, 700]) {
    log.publish(tiles, size);
    await until(() => shown(collector).size === size && shown(collector).cosigners === 3);
    const found = newestWitnessed([kept.read(size) ?? new Uint8Array(0)], demand([1, 2, 3], 3));
    assert.equal(found?.checkpoint.size, size);
  }
  assert.deepEqual(notes, []);
  for (const { cosignedSize, failures, alarm } of collector.status()) {
    assert.deepEqual([cosignedSize, failures, alarm], [700, 0, null]);
  }
});

test("a witness that is away is missing and no more; when it comes back it catches up from its own size", async () => {
  const { log, tiles, notes, collect } = scene();
  const one = await startWitness(1);
  const two = await startWitness(2);
  const collector = collect([asked(1, one.url), asked(2, two.url)]);
  log.publish(tiles, 10);
  await until(() => shown(collector).cosigners === 2);
  await two.close();
  log.publish(tiles, 40);
  await until(() => collector.status()[0]?.cosignedSize === 40);
  await until(() => (collector.status()[1]?.failures ?? 0) > 0);
  log.publish(tiles, 60);
  await until(() => collector.status()[0]?.cosignedSize === 60);
  await startWitness(2, two.folder, two.port);
  await until(() => shown(collector).size === 60 && shown(collector).cosigners === 2);
  assert.ok(notes.some((line) => line.startsWith("witness witness.example/2: ")));
  assert.equal(notes.at(-1), "witness witness.example/2: cosigns again");
  assert.equal(collector.status()[1]?.lastError, null);
});

test("after a restart of the collector the witness's size is asked for, and kept cosignatures are not asked again", async () => {
  const { log, tiles, collect } = scene();
  const { url } = await startWitness(1);
  const before = collect([asked(1, url)]);
  log.publish(tiles, 33);
  await until(() => shown(before).cosigners === 1);
  const [{ cosignedAt } = { cosignedAt: null }] = before.status();
  await before.stop();
  const after = collect([asked(1, url)]);
  await until(() => after.status()[0]?.cosignedSize === 33);
  assert.equal(after.status()[0]?.cosignedAt, cosignedAt);
  assert.equal(shown(after).cosigners, 1);
  await after.stop();
  log.publish(tiles, 50);
  const last = collect([asked(1, url)]);
  await until(() => shown(last).size === 50 && shown(last).cosigners === 1);
});

test("a log that was rolled back, and one that forked, raise an alarm and stay uncosigned", async () => {
  const { log, tiles, notes, collect } = scene();
  const { url } = await startWitness(1);
  const first = collect([asked(1, url)]);
  log.publish(tiles, 30);
  await until(() => shown(first).cosigners === 1);
  await first.stop();

  const rolledBack = scene();
  log.publish(rolledBack.tiles, 20);
  const behind = rolledBack.collect([asked(1, url)]);
  await until(() => behind.status()[0]?.alarm === "behind");
  assert.match(rolledBack.notes[0] ?? "", /it cosigned a log of 30 events, here are 20$/);
  assert.deepEqual(shown(behind), { size: 20, cosigners: 0 });
  await behind.stop();

  const forked = scene();
  new SampleLog(LOG, " of another history").publish(forked.tiles, 40);
  const other = forked.collect([asked(1, url)]);
  await until(() => other.status()[0]?.alarm === "forked");
  assert.match(forked.notes[0] ?? "", /it cosigned a tree of 30 that this log does not extend$/);
  assert.deepEqual(shown(other), { size: 40, cosigners: 0 });
  assert.deepEqual(notes, []);
});

test("two heads of one size: the one kept first stays, and nobody is asked about the other", async () => {
  const { log, tiles, kept, notes, collect } = scene();
  const { url } = await startWitness(1);
  const collector = collect([asked(1, url)]);
  log.publish(tiles, 20);
  await until(() => shown(collector).cosigners === 1);
  const before = kept.read(20);
  new SampleLog(LOG, " of another history").publish(tiles, 20);
  await until(() => notes.length > 0);
  assert.deepEqual(notes, [
    "witnesses: the log has published another head of 20 events than the one kept",
  ]);
  assert.equal(kept.read(20), before);
});

test("damaged tiles are not taken for a fork", async () => {
  const { log, tiles, collect } = scene();
  const { url } = await startWitness(1);
  const collector = collect([asked(1, url)]);
  log.publish(tiles, 20);
  await until(() => shown(collector).cosigners === 1);
  // Both at once: between them, the tiles and their checkpoint are a fork.
  new SampleLog(LOG, " of another history").publish(tiles, 40);
  writeFileSync(`${tiles}/checkpoint`, log.checkpoint(40));
  await until(() => (collector.status()[0]?.failures ?? 0) > 0);
  assert.equal(collector.status()[0]?.alarm, null);
  assert.match(collector.status()[0]?.lastError ?? "", /^proof: it leads to another root$/);
});

/** A witness of the test's own making. */
async function puppet(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server: Server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/a/prefix/`;
}

test("an answer that is no cosignature by the witness's key counts as none", async () => {
  const log = new SampleLog(LOG);
  const impostor = log.checkpoint(9, [cosignerOf(2).at(5)]);
  const line = Buffer.from(impostor).toString().trimEnd().split("\n").at(-1);
  const answers: readonly (readonly [number, string, Record<string, string>, RegExp])[] = [
    [200, "", {}, /no valid cosignature/],
    [200, "hello\n", {}, /no valid cosignature/],
    [200, `${line}\n`, {}, /no valid cosignature/],
    [200, "— a AAAAAAA=\n".repeat(10_000), {}, /too long/],
    [409, "5\n", {}, /answered 409/],
    [409, "x\n", { "content-type": "text/x.tlog.size" }, /names no size/],
    [409, "3\n", { "content-type": "text/x.tlog.size" }, /asked by somebody else/],
    [302, "", { location: "/elsewhere" }, /redirect/],
    [403, "", {}, /does not know the log's key/],
    [404, "", {}, /does not watch this log/],
    [500, "", {}, /answered 500/],
    [503, "", {}, /answered 503/],
  ];
  for (const [status, body, headers, expected] of answers) {
    const paths: (string | undefined)[] = [];
    const url = await puppet((request, response) => {
      paths.push(request.url);
      request.resume();
      response.writeHead(status, headers).end(body);
    });
    const { tiles, kept, collect } = scene();
    log.publish(tiles, 9);
    const collector = collect([asked(1, url)]);
    await until(() => (collector.status()[0]?.failures ?? 0) > 0);
    assert.match(collector.status()[0]?.lastError ?? "", expected);
    assert.equal(paths[0], "/a/prefix/add-checkpoint");
    assert.equal(kept.notes.size, 0);
    await collector.stop();
  }
});

test("a witness that does not answer is asked once at a time, and stopping does not wait for it", async () => {
  let requests = 0;
  const url = await puppet((request) => {
    requests += 1;
    request.resume();
  });
  const { log, tiles, collect } = scene();
  const collector = collect([asked(1, url)]);
  for (const size of [1, 2, 3, 4]) {
    log.publish(tiles, size);
    await until(() => shown(collector).size === size);
    await until(() => requests > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(requests, 1);
  // The witness would be waited for twice as long.
  const began = performance.now();
  await collector.stop();
  assert.ok(performance.now() - began < 5000);
});
