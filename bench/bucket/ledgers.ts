import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { builtLedger, run } from "./program.ts";
import type { System } from "./system.ts";

/** A log in Go, behind the plain protocol. */
function ledger(name: string, title: string, means: string, version: string): System {
  return {
    name,
    title,
    means,
    async start({ folder, tools, say }) {
      say(`building ${name} ${version}`);
      const program = builtLedger(name, tools);
      const store = join(folder, "store");
      mkdirSync(store);
      const socketPath = join(folder, "plain.sock");
      const { pid, stop } = await run(program, [socketPath, store], { path: socketPath });
      return { line: { kind: "plain", socketPath }, pid, remark: `${name} ${version}`, stop };
    },
  };
}

export const TESSERA: System = ledger(
  "tessera",
  "Tessera, POSIX driver",
  "files written with O_SYNC, their folders synced; sequenced and integrated, batches of 256 or 2 ms; checkpoints follow each second",
  "v1.0.4",
);

export const IMMUDB: System = ledger(
  "immudb",
  "immudb, its store alone",
  "synced, one transaction an event, gathered for up to 1 ms a sync; without its server and gRPC",
  "v1.9.7",
);
