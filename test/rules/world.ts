import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Constitution, formatConstitution } from "@writ/bucket/constitution";
import { signConstitution, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { readConstitutions } from "@writ/bucket/read/log-key";
import {
  generateSignerKey,
  type OpenWriterKey,
  openWriterKey,
  signerKeyLine,
} from "@writ/bucket/writer-key";
import { decodeEvent, type Event } from "@writ/contract/event";
import { parseSignerKey } from "@writ/tlog/note-key";
import { type Deployment, deploymentAt } from "../../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../../packages/cli/src/first-use.ts";
import { RoleProcess } from "./roles.ts";
import { Tap } from "./tap.ts";

/** One category, of which a word brings each outcome. */
export const POLICY = `writ: 1
name: words
categories:
  say:
    action_type: message
    input:
      type: object
      additionalProperties: false
      required: [text]
      properties: { text: { type: string } }
constraints:
  - name: words
    evaluators:
      - name: says_secret
        categories: [say]
        when: input.text == "secret"
        then: BLOCK
        reason: SECRET
      - name: is_loud
        categories: [say]
        when: input.text == "loud"
        then: REWRITE
        rewrite_class: LOWER_VOICE
        reason: LOUD
canaries:
  say:
    block: [{ text: secret }]
    execute: [{ text: hello }]
`;

export const say = (text: string): string => JSON.stringify({ category: "say", input: { text } });

/** A workflow with every outcome, and two inputs that are refused. */
export const WORKFLOW: readonly string[] = [
  say("hello"),
  say("loud"),
  say("secret"),
  say("good bye"),
  '{"category":"sing","input":{"text":"hello"}}',
  "{",
];

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Gone with the process, and so not before what runs in it. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-"));
  folders.push(folder);
  return folder;
}

/** A deployment whose gateway lives in a folder of its own, where nothing of the Bucket stands. */
export interface Place {
  readonly deployment: Deployment;
  /** The data folder of the gateway. */
  readonly gatewayData: string;
  readonly policy: string;
  /** Where the gateway looks for its Bucket. */
  readonly gatewaySocket: string;
  readonly bucketSocket: string;
  readonly constitution: Constitution;
  /** The gateway's own key. */
  readonly writer: OpenWriterKey;
  /** Keys of further writers. */
  readonly writers: readonly OpenWriterKey[];
}

export interface PlaceOptions {
  /** How many writers there are beside the gateway. */
  readonly writers?: number;
  /** Changes the constitution before it is signed. */
  readonly amend?: (constitution: Constitution) => Constitution;
}

/** Makes one that was never used, under a constitution of its own. */
export function preparePlace({ writers = 0, amend = (one) => one }: PlaceOptions = {}): Place {
  const deployment = deploymentAt(freshFolder());
  prepareDeployment(deployment);
  const keys = Array.from({ length: writers }, (_, at) =>
    openWriterKey(generateSignerKey(`writer-${at + 1}`)),
  );
  const constitution = enact(deployment, (first) => amend(withWriters(first, keys)));
  const gatewayData = freshFolder();
  mkdirSync(join(gatewayData, "gateway"));
  mkdirSync(join(gatewayData, "run"));
  const own = deploymentAt(gatewayData);
  copyFileSync(deployment.writerKey, own.writerKey);
  copyFileSync(deployment.epoch, own.epoch);
  copyFileSync(deployment.gatewayVkey, own.gatewayVkey);
  const policy = freshFolder();
  writeFileSync(join(policy, "words.yaml"), POLICY);
  return {
    deployment,
    gatewayData,
    policy,
    gatewaySocket: join(gatewayData, own.socket),
    bucketSocket: join(deployment.data, deployment.socket),
    constitution,
    writer: openWriterKey(readFileSync(deployment.writerKey, "utf8")),
    writers: keys,
  };
}

function withWriters(first: Constitution, keys: readonly OpenWriterKey[]): Constitution {
  const quota = { events: 100_000, bytes: 1_000_000_000 };
  const more = keys.map(({ name, verifierKey }) => ({ name, key: verifierKey, quota }));
  const writers = [...first.writers, ...more].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...first, writers };
}

/** Puts a changed first constitution in place of the one that first use made. */
function enact(
  { bucket, governanceKey }: Deployment,
  change: (first: Constitution) => Constitution,
): Constitution {
  const [{ constitution }] = verifyConstitutionChain(readConstitutions(diskFolder(bucket)));
  const changed = change(constitution);
  const governance = parseSignerKey(signerKeyLine(readFileSync(governanceKey, "utf8")));
  const note = signConstitution(formatConstitution(changed), [governance]);
  writeFileSync(join(bucket, "constitution", "0.note"), note);
  return changed;
}

/** A Bucket process, and a tap before it, ready for a gateway. */
export interface World extends Place {
  readonly bucket: RoleProcess;
  readonly tap: Tap;
  close(): Promise<void>;
}

export async function openWorld(options: PlaceOptions = {}): Promise<World> {
  const place = preparePlace(options);
  const bucket = await RoleProcess.start("bucket", ["--data", place.deployment.data]);
  const tap = await Tap.open(place.gatewaySocket, place.bucketSocket);
  return {
    ...place,
    bucket,
    tap,
    async close() {
      tap.close();
      assert.equal(await bucket.stop(), 0);
    },
  };
}

/** A gateway process that has found its Bucket. */
export async function startGateway(place: Place, uid?: number): Promise<RoleProcess> {
  const { gatewayData, policy } = place;
  const flags = ["--data", gatewayData, "--policy", policy, "--listen", "127.0.0.1:0"];
  const gateway = await RoleProcess.start("gateway", flags, uid);
  await untilReady(gateway);
  return gateway;
}

/** Waits until a gateway could record an attempt. */
export async function untilReady(gateway: RoleProcess): Promise<void> {
  const due = performance.now() + 30_000;
  while ((await fetch(`${gateway.url}/readyz`)).status !== 200) {
    if (performance.now() > due) throw new Error("the gateway does not find its Bucket");
    await pause(10);
  }
}

/** Waits until a gateway has a line to its Bucket that it did not have before. */
export async function untilReconnected(
  { tap }: World,
  gateway: RoleProcess,
  linesBefore: number,
): Promise<void> {
  await until(() => tap.lines.length > linesBefore && (tap.lines.at(-1)?.isAccepted ?? false));
  await untilReady(gateway);
}

export interface Record {
  readonly index: number;
  readonly bytes: Buffer;
  readonly event: Event;
}

/** All records of a Bucket, in its order; any damage fails. */
export function recordsIn(bucket: string): Record[] {
  const records: Record[] = [];
  for (const item of readLog(diskFolder(bucket))) {
    assert.notEqual(item.kind, "damage", JSON.stringify(item));
    if (item.kind !== "frame") continue;
    for (const entry of item.frame.submissions.flatMap(({ entries }) => entries)) {
      const bytes = Buffer.from(entry);
      records.push({ index: records.length, bytes, event: decodeEvent(entry) });
    }
  }
  return records;
}

/** The bytes of a Bucket's log, one segment after the other. */
export function logBytes(bucket: string): Buffer {
  return concatenated(join(bucket, "log"));
}

/** The constitutions in force and before. */
export function constitutionBytes(bucket: string): Buffer {
  return concatenated(join(bucket, "constitution"));
}

function concatenated(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

/** Fails unless all that stood in the log still stands there, byte for byte. */
export function assertKept(before: Buffer, after: Buffer): void {
  assert.ok(after.length >= before.length, `${before.length} bytes became ${after.length}`);
  assert.ok(after.subarray(0, before.length).equals(before), "what stood in the log was changed");
}

/** Waits, half a minute at most: a gateway alone rests up to five seconds between two visits. */
export async function until(holds: () => boolean): Promise<void> {
  const due = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > due) throw new Error(`still not so: ${holds}`);
    await pause(2);
  }
}
