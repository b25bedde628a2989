import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../bucket/child.ts";
import type { LoadGenerator } from "./load.ts";
import { ENVELOPES } from "./workload.ts";
import { prepare, startBucket, startPair } from "./writ.ts";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
}

/** A part of a process's time. */
export interface Share {
  readonly name: string;
  /** Of the time in which it did not wait. */
  readonly part: number;
}

export interface Profiles {
  readonly gateway: readonly Share[];
  readonly inProcess: readonly Share[];
}

const MS = 4_000;

/** Where the time of gateway and embedder goes, by Node's own profiler, under the same load. */
export async function profile(folder: string, load: LoadGenerator): Promise<Profiles> {
  return {
    gateway: await profileGateway(join(folder, "g"), load),
    inProcess: await profileInProcess(join(folder, "p")),
  };
}

function flagsFor(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

async function profileGateway(folder: string, load: LoadGenerator): Promise<readonly Share[]> {
  const profiles = join(folder, "profiles");
  const { gateway, bucket, port } = await startPair(folder, flagsFor(profiles));
  await load.run({
    port,
    path: "/v1/enforce",
    type: "application/json",
    bodies: ENVELOPES.map(({ body }) => body),
    connections: 64,
    ms: MS,
  });
  await gateway.stop();
  await bucket.stop();
  return sharesIn(profiles);
}

async function profileInProcess(folder: string): Promise<readonly Share[]> {
  const profiles = join(folder, "profiles");
  const { data, policy } = prepare(folder);
  const bucket = await startBucket(data);
  const script = join(import.meta.dirname, "in-process.ts");
  const { child } = await start(script, [data, policy], flagsFor(profiles));
  await child.ask({ inFlight: 256, warmUpMs: 200, ms: MS });
  await child.stop();
  await bucket.stop();
  return sharesIn(profiles);
}

/** What a place in the code belongs to, in the order of the first that fits; "" is not counted. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^\(idle\)/, ""],
  // The process has started for the profile alone.
  [/node:internal\/(modules|deps|bootstrap|vm|source_map)|^(compile|internalModule|realpath)/, ""],
  [/^\(garbage collector\)/, "garbage collection"],
  [/packages\/contract\//, "reading, normal form, identity, event (contract)"],
  [/packages\/engine\//, "deciding (engine)"],
  [/packages\/tlog\//, "leaf hashes (tlog)"],
  [/packages\/bucket\//, "messages to the Bucket (bucket/append)"],
  [/packages\/(enforce|cli)\//, "attempts (enforce)"],
  [/packages\/gateway\//, "HTTP of our own (gateway)"],
  [/node:_http|node:internal\/http/, "node:http"],
  [/node:internal\/crypto|^(sign|hash|verify|oneShotDigest|signOneShot)\b/, "hashes, signatures"],
  [/node:net|node:internal\/stream|^write/, "writing to sockets and reading from them"],
];

function sharesIn(folder: string): readonly Share[] {
  const [name] = readdirSync(folder);
  if (name === undefined) return [];
  const { nodes, samples }: CpuProfile = JSON.parse(readFileSync(join(folder, name), "utf8"));
  const partOf = new Map(
    nodes.map(({ id, callFrame }) => [id, partAt(`${callFrame.functionName} ${callFrame.url}`)]),
  );
  const counts = new Map<string, number>();
  let busy = 0;
  for (const sample of samples) {
    const part = partOf.get(sample) ?? "";
    if (part === "") continue;
    busy += 1;
    counts.set(part, 1 + (counts.get(part) ?? 0));
  }
  return [...counts]
    .map(([part, count]) => ({ name: part, part: count / busy }))
    .sort((a, b) => b.part - a.part);
}

function partAt(place: string): string {
  return PARTS.find(([pattern]) => pattern.test(place))?.[1] ?? "the rest of Node";
}
