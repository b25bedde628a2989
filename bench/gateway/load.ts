import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../bucket/child.ts";
import { endWithUs } from "../bucket/living.ts";

/** One stretch of load on one server: each connection asks again as soon as it is answered. */
export interface Stretch {
  readonly port: number;
  readonly path: string;
  readonly type: string;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly ms: number;
}

export interface Measured {
  /** Requests answered. */
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds from a request to its answer. */
  readonly p50: number;
  readonly p99: number;
  /** Connections that failed, and answers of a status other than 2xx. */
  readonly errors: number;
}

/** Makes load, in a process of its own. */
export interface LoadGenerator {
  readonly title: string;
  run(stretch: Stretch): Promise<Measured>;
}

/** wrk where it is installed: it takes the least of the machine. Else one of our own. */
export function loadGenerator(wish: "wrk" | "own" | undefined): LoadGenerator {
  const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;
  if (wish === "wrk" && !hasWrk) throw new Error("wrk is not installed");
  return wish === "own" || !hasWrk ? own : wrk;
}

const script = join(import.meta.dirname, "wrk.lua");

const wrk: LoadGenerator = {
  title: "wrk, one thread",
  async run({ port, path, type, bodies, connections, ms }) {
    const folder = mkdtempSync(join(tmpdir(), "writ-load-"));
    try {
      const file = join(folder, "bodies");
      writeFileSync(file, bodies.join("\0"));
      const url = `http://127.0.0.1:${port}${path}`;
      const shape = ["-t", "1", "-c", `${connections}`, "-d", `${Math.ceil(ms / 1000)}s`];
      const child = spawn("wrk", [...shape, "--latency", "-s", script, url, "--", file, type]);
      endWithUs(child);
      let out = "";
      child.stdout.on("data", (piece: Buffer) => {
        out += String(piece);
      });
      const [code] = await once(child, "close");
      const line = /^measured (\{.*\})$/m.exec(out)?.[1];
      if (code !== 0 || line === undefined) throw new Error(`wrk failed: ${out}`);
      return JSON.parse(line);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const own: LoadGenerator = {
  title: "a generator of our own in a process of its own, keep-alive connections (wrk is missing)",
  async run(stretch) {
    const { child } = await start(join(import.meta.dirname, "own-load.ts"), []);
    try {
      return (await child.ask(stretch)) as Measured;
    } finally {
      await child.stop();
    }
  },
};

/** What another server left unwritten must not be paid for by the next one's syncs. */
export function settleDisk(): void {
  execFileSync("sync");
}
