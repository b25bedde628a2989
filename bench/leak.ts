/**
 * How far the time of a BLOCK tells what caused it: one caller on one connection asks again and
 * again, the causes in shuffled order, all bodies of one length, of a gateway served as users serve
 * it. For each two causes: the share of pairs in which the one took longer (AUC; 0.50 tells nothing,
 * 1.00 everything) and Cohen's d of the log of the times. Prints Markdown.
 *
 *   node bench/leak.ts [--quick]
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endWithUs } from "./bucket/living.ts";
import { causes, policyText } from "./leak/causes.ts";
import { aucOf, cohenOf, median } from "./leak/effect.ts";

const program = join(import.meta.dirname, "..", "packages", "cli", "bin", "writ.js");
const isQuick = process.argv.includes("--quick");
const rounds = isQuick ? 300 : 4_000;
const warmUp = isQuick ? 50 : 400;

const folder = mkdtempSync(join(tmpdir(), "writ-leak-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

interface Served {
  readonly url: string;
  stop(): void;
}

async function serve(): Promise<Served> {
  const policy = join(folder, "policy");
  mkdirSync(policy);
  writeFileSync(join(policy, "leak.yaml"), policyText());
  const flags = ["--policy", policy, "--data", join(folder, "data")];
  const ports = ["--listen", "127.0.0.1:0", "--audit-listen", "127.0.0.1:0"];
  const child = spawn(process.execPath, [program, "serve", ...flags, ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(child);
  for await (const line of createInterface(child.stdout)) {
    const url = /^gateway +(http\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, stop: () => void child.kill("SIGTERM") };
  }
  throw new Error("writ serve ended before it served");
}

/** Milliseconds from the request's first byte to the answer's last. */
function ask(url: string, agent: Agent, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const headers = { "content-type": "application/json", "content-length": body.length };
    const sent = request(`${url}/v1/enforce`, { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => {
        const took = performance.now() - began;
        if (JSON.parse(text).decision === "BLOCK") resolve(took);
        else reject(new Error(`no BLOCK: ${text}`));
      });
    });
    sent.on("error", reject).end(body);
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all;
}

async function measure(url: string): Promise<ReadonlyMap<string, number[]>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = new Map(Object.keys(causes).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (const [name, body] of shuffled(Object.entries(causes))) {
      const took = await ask(url, agent, body);
      if (round >= warmUp) times.get(name)?.push(took);
    }
  }
  agent.destroy();
  return times;
}

function print(times: ReadonlyMap<string, number[]>): void {
  const rows = [...times];
  const [first] = rows;
  if (first === undefined) return;
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  write(`${rounds} answers a cause; compared with \`${first[0]}\`\n`);
  write("| cause | p50 ms | AUC | Cohen's d | the same by chance |");
  write("|---|---:|---:|---:|---:|");
  for (const [name, taken] of rows) {
    // What two halves of one cause show of each other is what the noise shows.
    const [even, odd] = [0, 1].map((half) => taken.filter((_, index) => index % 2 === half));
    const chance = Math.abs(aucOf(even ?? [], odd ?? []) - 0.5);
    const auc = aucOf(taken, first[1]).toFixed(3);
    const d = cohenOf(taken, first[1]).toFixed(2);
    write(`| ${name} | ${median(taken).toFixed(3)} | ${auc} | ${d} | ±${chance.toFixed(3)} |`);
  }
  const worst = rows
    .flatMap(([a, left]) => rows.map(([b, right]) => ({ a, b, auc: aucOf(left, right) })))
    .sort((x, y) => y.auc - x.auc)[0];
  if (worst !== undefined) {
    write(`\nfurthest apart: ${worst.a} over ${worst.b}, AUC ${worst.auc.toFixed(3)}`);
  }
}

const served = await serve();
print(await measure(served.url));
served.stop();
