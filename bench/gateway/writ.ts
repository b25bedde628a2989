import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deploymentAt } from "../../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../../packages/cli/src/first-use.ts";
import { type Child, start } from "../bucket/child.ts";
import type { Contender, Place, Served } from "./server.ts";
import { BUNDLE, ENVELOPES } from "./workload.ts";

const program = join(import.meta.dirname, "..", "..", "packages", "cli", "bin", "writ.js");
const LINES = 256;

/** Gateway and Bucket of one deployment, as two processes. */
export interface Pair {
  readonly gateway: Child;
  readonly bucket: Child;
  readonly port: number;
  readonly data: string;
}

/** Makes a deployment under the limits and gives its data folder and its policy's. */
export function prepare(folder: string): { readonly data: string; readonly policy: string } {
  const data = join(folder, "data");
  const policy = join(folder, "policy");
  mkdirSync(policy, { recursive: true });
  writeFileSync(join(policy, "limits.yaml"), BUNDLE);
  prepareDeployment(deploymentAt(data));
  return { data, policy };
}

export async function startBucket(data: string): Promise<Child> {
  return (await start(program, ["serve", "--only", "bucket", "--data", data])).child;
}

/** @param nodeFlags of the gateway's Node itself */
export async function startPair(folder: string, nodeFlags: readonly string[] = []): Promise<Pair> {
  const { data, policy } = prepare(folder);
  const bucket = await startBucket(data);
  const flags = [
    "--data",
    data,
    "--policy",
    policy,
    "--listen",
    "127.0.0.1:0",
    "--log-level",
    "error",
  ];
  const words = ["serve", "--only", "gateway", ...flags];
  const { child, ready } = await start(program, words, nodeFlags);
  return { gateway: child, bucket, port: (ready as { readonly port: number }).port, data };
}

/** How many events a Bucket's published head covers. */
export function heldIn(data: string): number {
  const checkpoint = readFileSync(join(data, "bucket", "tiles", "checkpoint"), "utf8");
  return Number(checkpoint.split("\n")[1]);
}

/** So many envelopes as the lines of one body, each body beginning with another. */
function batches(): readonly string[] {
  const lines = ENVELOPES.map(({ body }) => `${body}\n`);
  return Array.from({ length: 8 }, (_, i) =>
    [...lines, ...lines].slice(i * 64, i * 64 + LINES).join(""),
  );
}

async function serve(place: Place, isBatch: boolean): Promise<Served> {
  const { gateway, bucket, port, data } = await startPair(place.folder);
  return {
    pids: [gateway.pid, bucket.pid],
    port,
    path: "/v1/enforce",
    type: isBatch ? "application/x-ndjson" : "application/json",
    bodies: isBatch ? batches() : ENVELOPES.map(({ body }) => body),
    perBody: isBatch ? LINES : 1,
    proof: ENVELOPES,
    isRefusal: (answer) => JSON.parse(answer).decision !== "EXECUTE",
    held: () => heldIn(data),
    async stop() {
      await gateway.stop();
      await bucket.stop();
    },
  };
}

const RECORDED =
  "decided, and its record synced (fdatasync) and covered by a signed tree head, before it is given";

export const WRIT: Contender = {
  name: "writ",
  title: "Writ /v1/enforce",
  means: `${RECORDED}; gateway and Bucket are two processes`,
  start: (place) => serve(place, false),
};

export const WRIT_LINES: Contender = {
  name: "writ-ndjson",
  title: `Writ /v1/enforce, ${LINES} lines a request`,
  means: `the same for each line of application/x-ndjson; figures are of lines, times of a whole request`,
  start: (place) => serve(place, true),
};

/** What of the first row's cost is not the record's. */
export const WRIT_UNRECORDED: Contender = {
  name: "writ-unrecorded",
  title: "Writ's gateway, nothing recorded",
  means:
    "the same gateway decides and makes the record, which then goes nowhere. Its answers leave one by one. Not a way to run it: no switch does this",
  async start({ folder }) {
    const { policy } = prepare(folder);
    const script = join(import.meta.dirname, "unrecorded.ts");
    const { child, ready } = await start(script, [policy]);
    return {
      pids: [child.pid],
      port: (ready as { readonly port: number }).port,
      path: "/v1/enforce",
      type: "application/json",
      bodies: ENVELOPES.map(({ body }) => body),
      perBody: 1,
      proof: ENVELOPES,
      isRefusal: (answer) => JSON.parse(answer).decision !== "EXECUTE",
      stop: () => child.stop(),
    };
  },
};
