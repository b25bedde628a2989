/**
 * A gateway and its Bucket under twice what they can do, with clients that mean harm beside it, and
 * honest callers who want their answers all the while. Ends with 1 if anything broke.
 *
 *   node bench/soak.ts [--minutes 10] [--connections 5000] [--write]
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
import { checkLedger } from "./soak/ledger.ts";
import { page } from "./soak/page.ts";
import { type Seen, verdicts } from "./soak/verdicts.ts";
import { type Held, heldBy } from "./soak/watch.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    connections: { type: "string", default: "5000" },
    folder: { type: "string", default: tmpdir() },
    write: { type: "boolean", default: false },
  },
});
const program = join(import.meta.dirname, "..", "packages", "cli", "bin", "writ.js");
const seconds = Number(values.minutes) * 60;
const connections = Number(values.connections);
/** The multiple of the capacity that the flooding caller asks for; no rate keeps it from that. */
const ASKED = 2;
/** Attempts a second of those who mean harm, all together. */
const HOSTILE_RATE = 200;
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

/** Requests a second that are answered when one caller asks for as many as it can: the best of several. */
async function capacityOf(flood: Child): Promise<number> {
  await flood.ask({ rate: 0 });
  await pause(2_000);
  await flood.ask({ rate: 0 });
  let best = 0;
  for (let window = 0; window < 3; window += 1) {
    await pause(2_000);
    best = Math.max(best, answeredIn((await flood.ask({ rate: 0 })) as Flooded));
  }
  await flood.ask({ rate: 1 });
  return best;
}

/** Attempts a second that came to be. */
function answeredIn({ answers, seconds: took }: Flooded): number {
  return (answers["200"] ?? 0) / took;
}

/** All that was seen while it ran. */
class Diary {
  readonly gateway: number[] = [];
  readonly bucket: number[] = [];
  readonly fared: Fared[] = [];
  readonly flooded: Flooded[] = [];
  readonly broken: string[] = [];
  mostHostile = 0;
  /** Most attempts a second that were ever answered to the flooding caller. */
  capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  look(house: House): string {
    const gateway = this.#held("gateway", house.gateway.pid, this.gateway);
    const bucket = this.#held("Bucket", house.bucket.pid, this.bucket);
    return `gateway ${heldText(gateway)}  Bucket ${heldText(bucket)}`;
  }

  #held(name: string, pid: number, curveOf: number[]): Held | undefined {
    const held = heldBy(pid);
    if (held !== undefined) curveOf.push(held.rssMb);
    else if (this.broken.length === 0) this.broken.push(`the ${name}'s process is gone`);
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
  capacity: number,
): Promise<Diary> {
  const diary = new Diary(capacity);
  await flood.ask({ rate: capacity * ASKED });
  for (let second = 1; second <= seconds && diary.broken.length === 0; second += 1) {
    await pause(1_000);
    const held = diary.look(house);
    if (second % 10 !== 0) continue;
    const fared = (await honest.ask({})) as Fared;
    const flooded = (await flood.ask({ rate: diary.capacity * ASKED })) as Flooded;
    const { open } = (await hostile.ask({})) as { readonly open: number };
    diary.fared.push(fared);
    diary.flooded.push(flooded);
    // A machine that others use can do more at times; what is asked for goes up with it.
    diary.capacity = Math.max(diary.capacity, answeredIn(flooded));
    diary.mostHostile = Math.max(diary.mostHostile, open);
    const { sent, unsent, answers } = flooded;
    say(
      `${second} s  ${held}  ${open} hostile connections  honest ${fared.answered} answered p99 ${fared.p99?.toFixed(0) ?? "?"} ms ${fared.closed} closed {${countsText(fared.refused)}}  flood ${sent} sent, ${unsent} unsent {${countsText(answers)}}`,
    );
  }
  return diary;
}

/** Stops every process; the gateway and its Bucket must end as they were told to. */
async function stopAll(house: House, clients: readonly Child[], diary: Diary): Promise<void> {
  for (const one of [...clients, house.endpoint]) await one.stop();
  for (const role of ["gateway", "bucket"] as const) {
    await house[role].stop();
    const code = await house[role].exitCode;
    if (code !== 0) diary.broken.push(`the ${role} ended with ${code}`);
  }
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(values.folder, "writ-soak-"));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const house = await open(folder);
  const { data, port, keys } = house;
  const half = `${connections >> 1}`;
  const kept = (name: string): string => join(folder, name);
  const client = async (name: string, ...args: readonly string[]): Promise<Child> =>
    (await start(script(`${name}.ts`), [`${port}`, ...args])).child;
  const flood = await client("flood", keys.greedy, kept("flood"), half);
  const capacity = await capacityOf(flood);
  say(
    `${capacity.toFixed(0)} attempts a second are answered at most; asked for ${ASKED} times that`,
  );
  const hostile = await client("hostile", keys.hostile, kept("hostile"), half);
  const honest = await client("honest", keys.honest, kept("honest"));
  const diary = await run(house, { flood, honest, hostile }, capacity);
  const { acts } = (await hostile.ask({})) as { readonly acts: Record<string, number> };
  await stopAll(house, [flood, honest, hostile], diary);
  const files = ["flood", "hostile", "honest"].map(kept);
  const released = new Map(files.flatMap((file) => [...releasedIn(file)]));
  const checked = await checkLedger(deploymentAt(data), released);
  const seen: Seen = { ...diary, seconds, connections, acts, checked };
  return report(seen, folder);
}

function report(seen: Seen, folder: string): number {
  const found = verdicts(seen);
  say(`acts of those who mean harm: ${countsText(seen.acts)}`);
  for (const { holds, line } of found) say(`${holds ? "holds" : "DOES NOT HOLD"}: ${line}`);
  if (values.write) {
    writeFileSync(join(import.meta.dirname, "results", "soak.md"), page(seen, found, folder));
  }
  return found.every(({ holds }) => holds) ? 0 : 1;
}

process.exitCode = await main();
