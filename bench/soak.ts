/**
 * A gateway and its Bucket under twice what they can do, with clients that mean harm beside it, and
 * honest callers who want their answers all the while. Ends with 1 if anything broke.
 *
 *   node bench/soak.ts [--minutes 10] [--connections 5000]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { addCaller } from "../packages/cli/src/caller/callers-file.ts";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import { type Child, start } from "./bucket/child.ts";
import { BUNDLE } from "./gateway/workload.ts";
import type { Flooded } from "./soak/flood.ts";
import type { Fared } from "./soak/honest.ts";
import { releasedIn } from "./soak/kept.ts";
import { type Checked, checkLedger } from "./soak/ledger.ts";
import { curve, growth, type Held, heldBy } from "./soak/watch.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    connections: { type: "string", default: "5000" },
    folder: { type: "string", default: tmpdir() },
  },
});
const program = join(import.meta.dirname, "..", "packages", "cli", "bin", "writ.js");
const seconds = Number(values.minutes) * 60;
const connections = Number(values.connections);
/** Part of the capacity that the flooding caller may use, and the multiple that it tries to. */
const ALLOWED = 0.5;
const ASKED = 2;
/** Attempts a second of those who mean harm, all together. */
const HOSTILE_RATE = 200;
/** How much a memory that has found its bound may still vary. */
const MOST_GROWTH = 1.25;

/** Both sides of every connection are on this machine. */
requireDescriptors(2 * connections + 1_000);

function requireDescriptors(count: number): void {
  const limits = readFileSync("/proc/self/limits", "latin1");
  const [soft, hard] = /^Max open files +(\d+) +(\d+)/m.exec(limits)?.slice(1).map(Number) ?? [];
  if (soft === undefined || hard === undefined || soft >= count) return;
  if (hard < count) {
    process.stderr.write(`bench/soak.ts: ${count} open files are needed; raise ulimit -n\n`);
    process.exit(2);
  }
  const again = `ulimit -n ${hard} && exec "$0" "$@"`;
  const words = ["-c", again, process.execPath, ...process.argv.slice(1)];
  process.exit(spawnSync("sh", words, { stdio: "inherit" }).status ?? 1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Every process of the run. */
interface House {
  readonly data: string;
  readonly bucket: Child;
  readonly gateway: Child;
  readonly port: number;
  readonly keys: Readonly<Record<"honest" | "greedy" | "hostile", string>>;
  readonly endpoint: Child;
}

function script(name: string): string {
  return join(import.meta.dirname, "soak", name);
}

function portOf(ready: unknown): number {
  return (ready as { readonly port: number }).port;
}

async function open(folder: string): Promise<House> {
  const deployment = deploymentAt(join(folder, "data"));
  const { data } = deployment;
  prepareDeployment(deployment);
  const policy = join(folder, "policy");
  mkdirSync(policy);
  writeFileSync(join(policy, "limits.yaml"), BUNDLE);
  const keys = {
    honest: (await addCaller(deployment.callers, { name: "honest" })) ?? "",
    greedy: (await addCaller(deployment.callers, { name: "greedy" })) ?? "",
    hostile: (await addCaller(deployment.callers, { name: "hostile", rate: HOSTILE_RATE })) ?? "",
  };
  const { child: endpoint, ready } = await start(script("endpoint.ts"), []);
  const config = join(folder, "writ.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      policy,
      data,
      listen: "127.0.0.1:0",
      adapters: { endpoint: { kind: "http", url: `http://127.0.0.1:${portOf(ready)}/act` } },
      execute: { payment: "endpoint" },
      log: { level: "error" },
    }),
  );
  const serve = (role: string): ReturnType<typeof start> =>
    start(program, ["serve", "--only", role, "--config", config]);
  const bucket = (await serve("bucket")).child;
  const gateway = await serve("gateway");
  return { data, bucket, gateway: gateway.child, port: portOf(gateway.ready), keys, endpoint };
}

/** Requests a second that are answered when one caller asks for as many as it can. */
async function capacityOf(flood: Child): Promise<number> {
  await flood.ask({ rate: 0 });
  await pause(2_000);
  await flood.ask({ rate: 0 });
  await pause(4_000);
  const { answers, seconds: took } = (await flood.ask({ rate: 1 })) as Flooded;
  return (answers["200"] ?? 0) / took;
}

/** The operator's answer to a caller who asks too much: it counts within a second. */
function boundGreedy(data: string, rate: number): void {
  const { callers } = deploymentAt(data);
  const lines = readFileSync(callers, "utf8").trimEnd().split("\n");
  const bounded = lines.map((text) => {
    const line = JSON.parse(text);
    return line.name === "greedy" ? { ...line, rate, burst: rate } : line;
  });
  writeFileSync(callers, bounded.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** All that was seen while it ran. */
class Diary {
  readonly gateway: number[] = [];
  readonly bucket: number[] = [];
  readonly fared: Fared[] = [];
  readonly broken: string[] = [];

  look(house: House): string {
    const gateway = this.#held("gateway", house.gateway.pid, this.gateway);
    const bucket = this.#held("Bucket", house.bucket.pid, this.bucket);
    return `gateway ${heldText(gateway)}  Bucket ${heldText(bucket)}`;
  }

  #held(name: string, pid: number, curveOf: number[]): Held | undefined {
    const held = heldBy(pid);
    if (held !== undefined) curveOf.push(held.rssMb);
    else if (!this.broken.includes(name)) this.broken.push(name);
    return held;
  }
}

function heldText(held: Held | undefined): string {
  return held === undefined ? "gone" : `${held.rssMb.toFixed(0)} MB ${held.descriptors} files`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}: ${count}`)
    .join(", ");
}

/** Keeps everything under load and looks every second. */
async function run(
  house: House,
  { flood, honest, hostile }: Readonly<Record<"flood" | "honest" | "hostile", Child>>,
  rate: number,
): Promise<Diary> {
  const diary = new Diary();
  await flood.ask({ rate });
  for (let second = 1; second <= seconds && diary.broken.length === 0; second += 1) {
    await pause(1_000);
    const held = diary.look(house);
    if (second % 10 !== 0) continue;
    const fared = (await honest.ask({})) as Fared;
    const { sent, unsent, answers } = (await flood.ask({ rate })) as Flooded;
    const { open } = (await hostile.ask({})) as { readonly open: number };
    diary.fared.push(fared);
    say(
      `${second} s  ${held}  ${open} hostile connections  honest ${fared.answered} answered p99 ${fared.p99.toFixed(0)} ms ${fared.closed} closed {${countsText(fared.refused)}}  flood ${sent} sent, ${unsent} unsent {${countsText(answers)}}`,
    );
  }
  return diary;
}

/** What is promised, and whether it was so. */
function verdicts(diary: Diary, { events, released, missing, faults }: Checked): boolean[] {
  const sum = (field: (fared: Fared) => number): number =>
    diary.fared.reduce((total, fared) => total + field(fared), 0);
  const answered = sum((fared) => fared.answered);
  const others = sum(({ closed, refused }) =>
    Object.values(refused).reduce((total, count) => total + count, closed),
  );
  const share = answered / (answered + others);
  const p99 = Math.max(...diary.fared.map((fared) => fared.p99));
  const lines: readonly (readonly [boolean, string])[] = [
    [diary.broken.length === 0, `no process ended ${diary.broken.join(", ")}`],
    ...(["gateway", "bucket"] as const).map((role): [boolean, string] => {
      const all = diary[role];
      const text = curve(all, 20).map((mb) => mb.toFixed(0));
      const factor = growth(all);
      return [
        factor <= MOST_GROWTH,
        `memory of the ${role} is bounded: last third ${factor.toFixed(2)} of the middle one; MB: ${text.join(" ")}`,
      ];
    }),
    [
      share >= 0.99,
      `honest callers are answered: ${(share * 100).toFixed(2)} % of ${answered + others}, p99 of the worst ten seconds ${p99.toFixed(0)} ms`,
    ],
    [
      missing.length === 0 && faults.length === 0,
      `${released} released, ${missing.length} of them missing among ${events} events; ${faults.length} faults ${faults.slice(0, 3).join("; ")}`,
    ],
  ];
  for (const [holds, line] of lines) say(`${holds ? "holds" : "DOES NOT HOLD"}: ${line}`);
  return lines.map(([holds]) => holds);
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(values.folder, "writ-soak-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const house = await open(folder);
  const { data, port, keys } = house;
  const files = [join(folder, "honest"), join(folder, "flood")] as const;
  const client = async (name: string, ...args: readonly string[]): Promise<Child> =>
    (await start(script(name), [`${port}`, ...args])).child;
  const flood = await client("flood.ts", keys.greedy, files[1], `${connections >> 1}`);
  const capacity = await capacityOf(flood);
  boundGreedy(data, Math.max(1, Math.round(capacity * ALLOWED)));
  say(
    `${capacity.toFixed(0)} attempts a second are answered at most; a caller who may have ${ALLOWED} of that asks for ${ASKED} times that, over ${connections >> 1} connections; ${connections >> 1} others mean harm`,
  );
  await pause(2_000);
  const hostile = await client("hostile.ts", keys.hostile, `${connections >> 1}`);
  const honest = await client("honest.ts", keys.honest, files[0]);
  const diary = await run(house, { flood, honest, hostile }, capacity * ASKED);
  const { acts } = (await hostile.ask({})) as { readonly acts: Record<string, number> };
  say(`acts of those who mean harm: ${countsText(acts)}`);
  for (const one of [flood, honest, hostile, house.gateway, house.bucket, house.endpoint]) {
    await one.stop();
  }
  const released = new Map(files.flatMap((file) => [...releasedIn(file)]));
  const checked = await checkLedger(deploymentAt(data), released);
  return verdicts(diary, checked).every((holds) => holds) ? 0 : 1;
}

process.exitCode = await main();
