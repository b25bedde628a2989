import { readFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "./child.ts";
import { makeDeployment } from "./deployment.ts";
import { FramesSeen } from "./frames-seen.ts";
import { JETSTREAM_DEFAULT, JETSTREAM_SYNCED } from "./jetstream.ts";
import { IMMUDB, TESSERA } from "./ledgers.ts";
import type { Counts } from "./plain-server.ts";
import { POSTGRES } from "./postgres.ts";
import type { Place, Server, System } from "./system.ts";

const here = import.meta.dirname;
const writ = join(here, "..", "..", "packages", "cli", "bin", "writ.js");

/** `writ serve --only bucket`, and so many writers connected to it from one process. */
function writSystem(name: string, title: string, writers: number): System {
  return {
    name,
    title,
    means:
      "one fdatasync a frame with a signed tree head in it; each event checked against its schema, each message's signature verified; tiles and guard follow",
    ...(writers > 1 ? { least: writers } : {}),
    async start({ folder }) {
      const specs = makeDeployment(folder, writers);
      const { child, ready } = await start(writ, ["serve", "--only", "bucket", "--data", folder]);
      if (!isReady(ready)) throw new Error(`the Bucket did not start: ${JSON.stringify(ready)}`);
      const frames = new FramesSeen(join(folder, "bucket", "log"));
      return {
        line: { kind: "writ", socketPath: join(folder, "run", "bucket.sock"), writers: specs },
        pid: child.pid,
        batches: async () => frames.count(),
        stop: () => child.stop(),
        held: () => sizeOf(readFileSync(join(folder, "bucket", "tiles", "checkpoint"), "utf8")),
      };
    },
  };
}

function isReady(message: unknown): boolean {
  return typeof message === "object" && message !== null && "kind" in message
    ? message.kind === "ready"
    : false;
}

/** The tree's size: a checkpoint's second line. */
function sizeOf(checkpoint: string): number {
  return Number(checkpoint.split("\n")[1]);
}

/** A server of ours behind the plain protocol. */
function plainSystem(
  name: string,
  title: string,
  means: string,
  script: string,
  ...flags: readonly string[]
): System {
  return {
    name,
    title,
    means,
    async start({ folder }: Place): Promise<Server> {
      const socketPath = join(folder, "plain.sock");
      const args = [socketPath, join(folder, "log"), ...flags];
      const { child } = await start(join(here, script), args);
      return {
        line: { kind: "plain", socketPath },
        pid: child.pid,
        batches: async () => ((await child.ask("counts")) as Counts).batches,
        stop: () => child.stop(),
      };
    },
  };
}

const atOnce = "what arrived during a sync is the next batch";

/** All that are compared, in the order in which an even round runs them. */
export const SYSTEMS: readonly System[] = [
  writSystem("writ", "Writ, 1 writer", 1),
  plainSystem(
    "ceiling",
    "ceiling",
    `a SHA-256 an event; a signature, a write and an fdatasync a batch; ${atOnce}`,
    "ceiling.ts",
  ),
  writSystem("writ-8", "Writ, 8 writers", 8),
  plainSystem(
    "bare",
    "ceiling without hash and signature",
    `a write and an fdatasync a batch; ${atOnce}`,
    "ceiling.ts",
    "--bare",
  ),
  POSTGRES,
  plainSystem(
    "sqlite",
    "SQLite, 1 insert a transaction",
    "WAL, synchronous=FULL, through node:sqlite",
    "sqlite.ts",
  ),
  plainSystem(
    "sqlite-grouped",
    "SQLite, all that wait in a transaction",
    "the same; what arrived during a transaction is the next one",
    "sqlite.ts",
    "--grouped",
  ),
  JETSTREAM_SYNCED,
  JETSTREAM_DEFAULT,
  TESSERA,
  IMMUDB,
];
