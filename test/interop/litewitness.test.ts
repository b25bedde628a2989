import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import { witnessed } from "@writ/audit/witness/check";
import { startCollector } from "@writ/audit/witness/collector";
import { diskFolder } from "@writ/bucket/read/folder";
import { parseVerifierKey } from "@writ/tlog/note-key";
import {
  SampleLog,
  testSigner,
  until,
} from "../../packages/audit/src/witness/log-sample.test-support.ts";
import { temporaryFolder } from "../serving.ts";

/** FiloSottile/litetlog's cmd/litewitness, built somewhere else: not part of the project. */
const program = process.env.LITEWITNESS ?? "";
const skip = existsSync(program) ? false : "no litewitness: set LITEWITNESS to the program";
const LOG = testSigner("log.example/a", 1);

function start(
  command: string,
  args: readonly string[],
): { child: ChildProcess; output(): string } {
  const child = spawn(command, args);
  after(() => child.kill("SIGTERM"));
  let output = "";
  const take = (chunk: Buffer): void => {
    output += String(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return { child, output: () => output };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** An agent with one key, as litewitness wants it; its socket and the key's fingerprint. */
async function startAgent(folder: string): Promise<{ socket: string; fingerprint: string }> {
  const [socket, key] = [join(folder, "agent"), join(folder, "key")];
  start("ssh-agent", ["-D", "-a", socket]);
  await until(() => existsSync(socket));
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  const listed = execFileSync("ssh-keygen", ["-l", "-f", `${key}.pub`]).toString();
  return { socket, fingerprint: listed.split(" ")[1] ?? "" };
}

/** What `witnessctl add-log` and `add-key` leave in the witness's database. */
function makeDatabase(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
    CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));`);
  const empty = Buffer.from(new SampleLog(LOG).root(0)).toString("base64");
  database.prepare("INSERT INTO log VALUES (?, 0, ?)").run(LOG.name, empty);
  database.prepare("INSERT INTO key VALUES (?, ?)").run(LOG.name, LOG.verifierKey);
  database.close();
}

describe("our collector before litewitness", { skip }, () => {
  test("gathers cosignatures by a witness that others wrote, and is refused with a fork", async () => {
    const folder = temporaryFolder();
    const { socket, fingerprint } = await startAgent(folder);
    const database = join(folder, "witness.db");
    makeDatabase(database);
    const address = `127.0.0.1:${await freePort()}`;
    const names = ["-name", "litewitness.example/w", "-db", database, "-ssh-agent", socket];
    const running = start(program, [...names, "-key", fingerprint, "-listen", address]);
    await until(() => running.output().includes("listening"));
    const vkey = /vkey=(\S+)/.exec(running.output())?.[1] ?? "";
    const verifier = parseVerifierKey(vkey);

    const collect = (tiles: string, kept: string) =>
      startCollector({
        tiles: diskFolder(tiles),
        witnesses: [{ verifier, url: `http://${address}` }],
        kept: openKeptCheckpoints(kept),
        onNote: () => {},
        interval: 20,
      });
    const demand = { origin: LOG.name, witnesses: [verifier], quorum: 1 };
    const logs = [parseVerifierKey(LOG.verifierKey)];
    const log = new SampleLog(LOG);
    const tiles = temporaryFolder();
    for (const size of [1, 256, 700]) {
      log.publish(tiles, size);
      // A collector of its own each time: it has to ask the witness where it stands.
      const collector = collect(tiles, temporaryFolder());
      await until(
        () =>
          witnessed(collector.checkpoint() ?? Buffer.alloc(0), { ...demand, logs }) !== undefined,
      );
      assert.equal(collector.status()[0]?.cosignedSize, size);
      await collector.stop();
    }
    const forked = temporaryFolder();
    new SampleLog(LOG, " of another history").publish(forked, 800);
    const collector = collect(forked, temporaryFolder());
    await until(() => collector.status()[0]?.alarm === "forked");
    await collector.stop();
  });
});
