import assert from "node:assert/strict";
import { chownSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parseDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";
import { decodeAdmit } from "../../packages/bucket/src/append/admission-messages.ts";
import {
  decodeAppend,
  decodeAppendAdmitted,
  MESSAGE,
} from "../../packages/bucket/src/append/messages.ts";
import { requireKept } from "../faults/ledger.ts";
import { RoleProcess } from "../rules/roles.ts";
import { type Carried, type Meet, Tap } from "../rules/tap.ts";
import {
  type Place,
  type PlaceOptions,
  preparePlace,
  recordsIn,
  until,
  untilReady,
} from "../rules/world.ts";
import { type Answered, Callers, type Verb } from "./callers.ts";
import { CountingEndpoint } from "./endpoint.ts";

const CALLERS = 200;
/**
 * How an attempt without a Bucket may be late: 200 others are answered in the same moment. Less than
 * what a Bucket that is slow by ten seconds takes longer.
 */
const SLACK_MS = 4_000;
/** Longest that an append, or the question whether one may be made, waits for the Bucket. */
const APPEND_MS = 5_000;

/** One that no caller and no process of ours runs as. */
const NOBODY = 65_534;

/** A gateway under 200 callers, an endpoint that counts, and a Bucket that can be struck. */
export class Gate {
  readonly place: Place;
  readonly tap: Tap;
  readonly endpoint: CountingEndpoint;
  readonly gateway: RoleProcess;
  readonly callers: Callers;
  /** Decision ids that the gateway sent, repetitions included: to be appended, to be admitted. */
  readonly sent: { readonly append: string[]; readonly admit: string[] } = {
    append: [],
    admit: [],
  };
  /** What becomes of each message between gateway and Bucket from now on. */
  meet: Meet = () => "pass";
  readonly #bucketUid: number | undefined;
  #bucket: RoleProcess;
  #isOver = false;

  private constructor(
    place: Place,
    tap: Tap,
    endpoint: CountingEndpoint,
    gateway: RoleProcess,
    bucket: RoleProcess,
    uid: number | undefined,
  ) {
    this.place = place;
    this.tap = tap;
    this.endpoint = endpoint;
    this.gateway = gateway;
    this.callers = new Callers(gateway.url, CALLERS);
    this.#bucket = bucket;
    this.#bucketUid = uid;
    tap.meet = (carried) => {
      this.#see(carried);
      return this.meet(carried);
    };
  }

  /** @param words a program in the place of `writ serve --only bucket`, run by nobody */
  static async open(options: PlaceOptions = {}, words?: readonly string[]): Promise<Gate> {
    const place = preparePlace(options);
    const { data } = place.deployment;
    const uid = words !== undefined && process.getuid?.() === 0 ? NOBODY : undefined;
    if (uid !== undefined) giveTo(uid, data);
    const [bucket, endpoint] = await Promise.all([
      words === undefined
        ? RoleProcess.start("bucket", ["--data", data])
        : RoleProcess.startProgram([...words, data], uid),
      CountingEndpoint.open(),
    ]);
    const tap = await Tap.open(place.gatewaySocket, place.bucketSocket);
    const gateway = await RoleProcess.start("gateway", [
      "--config",
      writeConfiguration(place, endpoint.url),
    ]);
    await untilReady(gateway);
    return new Gate(place, tap, endpoint, gateway, bucket, uid);
  }

  get bucket(): RoleProcess {
    return this.#bucket;
  }

  /** Starts the Bucket again, as a service manager would. Rejects if it does not open. */
  async startBucket(): Promise<void> {
    const flags = ["--data", this.place.deployment.data];
    this.#bucket = await RoleProcess.start("bucket", flags, this.#bucketUid);
  }

  /** All 200 at once; fails unless each is allowed, and done where that was asked for. */
  async requireService(): Promise<void> {
    const answers = await this.callers.once();
    for (const one of answers) {
      assert.deepEqual([one.status, one.decision], [200, "EXECUTE"], one.text);
      assert.equal(one.hasResult, one.verb === "execute");
    }
  }

  /** Waits until the gateway could record again, by itself and under a higher epoch. */
  async untilBack(epochBefore: number): Promise<void> {
    await until(() => this.tap.lines.at(-1)?.isAccepted ?? false);
    await untilReady(this.gateway);
    const { id } = await this.callers.call(0);
    assert.ok(parseDecisionId(id).epoch > epochBefore, `${id} is not of a higher epoch`);
  }

  /** Highest epoch of an attempt so far. */
  get epoch(): number {
    return Math.max(...this.callers.answers.map(({ id }) => parseDecisionId(id).epoch));
  }

  /** Answers to calls that began within a time; fails unless each is a refusal in time. */
  requireBlocked(from: number, till: number, verb?: Verb): Answered[] {
    const blocked = this.callers.answers.filter(
      (one) => one.began >= from && one.began < till && (verb ?? one.verb) === one.verb,
    );
    for (const one of blocked) requireRefusal(one);
    return blocked;
  }

  /** Calls of the endpoint for these attempts. */
  actedOn(answers: readonly Answered[]): string[] {
    const ids = new Set(answers.map(({ id }) => id));
    return this.endpoint.calls.filter((id) => ids.has(id));
  }

  /** Waits until the gateway has seen that its line to the Bucket is gone, once more than before. */
  async untilLost(strike: () => Promise<unknown>): Promise<void> {
    const count = (): number => this.gateway.stderr.split('"event":"bucket_lost"').length;
    const before = count();
    await strike();
    await until(() => count() > before);
  }

  /** Ends everything, then holds all that was ever answered to what the ledger says. */
  async close(t: TestContext): Promise<void> {
    this.#isOver = true;
    const { callers, gateway, tap, endpoint } = this;
    callers.close();
    assert.equal(await gateway.stop(), 0);
    tap.close();
    endpoint.close();
    assert.equal(await this.#bucket.stop(), 0);
    await this.#requireTruth(t);
    assert.doesNotMatch(gateway.stderr, /violation/);
  }

  /** For a test that failed on the way: leaves nothing running. */
  async abandon(): Promise<void> {
    if (this.#isOver) return;
    this.callers.close();
    this.tap.close();
    this.endpoint.close();
    for (const { pid } of [this.gateway, this.#bucket]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It was gone.
      }
    }
  }

  #see({ type, body }: Carried): void {
    const kind = type === MESSAGE.admit ? "admit" : "append";
    for (const entry of EVENTS_OF[type]?.(body) ?? []) {
      const event: Event = JSON.parse(String(Buffer.from(entry)));
      this.sent[kind].push(event.enforcement_decision_id);
    }
  }

  async #requireTruth(t: TestContext): Promise<void> {
    const { answers } = this.callers;
    const released = answers.filter(({ decision }) => decision === "EXECUTE");
    const attempted = new Set([...answers.map(({ id }) => id), ...this.sent.append]);
    assert.ok(released.length >= CALLERS);
    const { deployment } = this.place;
    const acknowledged = new Set(released.map(({ id }) => id));
    const { unknown } = await requireKept(deployment, { attempted, acknowledged });
    const events = new Map(
      recordsIn(deployment.bucket).map(({ event }) => [event.enforcement_decision_id, event]),
    );
    for (const one of released) requireRecord(one, events.get(one.id));
    this.#requireOnce(answers);
    t.diagnostic(
      `${answers.length} answers; ${released.length} released, each in the ledger; ${unknown} in it that were not`,
    );
  }

  /** No attempt has an id of another, and none was sent, asked about or carried out twice. */
  #requireOnce(answers: readonly Answered[]): void {
    requireDistinct(answers.map(({ id }) => id));
    requireDistinct(this.sent.append);
    requireDistinct(this.sent.admit);
    requireDistinct(this.endpoint.calls);
    const wished = answers.filter(({ verb }) => verb === "execute").map(({ id }) => id);
    assert.deepEqual(
      this.endpoint.calls.filter((id) => !wished.includes(id)),
      [],
      "carried out, though nobody asked for it",
    );
  }
}

/** A refusal of the one shape, and no later than two waits for the Bucket take. */
function requireRefusal(one: Answered): void {
  const body = JSON.parse(one.text);
  assert.deepEqual(Object.keys(body), [
    "decision",
    "trace_id",
    "enforcement_decision_id",
    "status",
  ]);
  assert.deepEqual([one.status, body.decision, body.status], [200, "BLOCK", "failed"]);
  const waits = one.verb === "enforce" ? 1 : 2;
  const ms = one.ended - one.began;
  assert.ok(ms < waits * APPEND_MS + SLACK_MS, `${one.verb} took ${ms} ms`);
}

/** What was released stands in the ledger as it was answered. */
function requireRecord({ id, verb }: Answered, event: Event | undefined): void {
  const adapter = verb === "execute" ? "counter" : null;
  assert.deepEqual(
    [event?.decision, event?.status, event?.adapter_name],
    ["ALLOW", "success", adapter],
    id,
  );
}

function requireDistinct(ids: readonly string[]): void {
  assert.equal(new Set(ids).size, ids.length);
}

const EVENTS_OF: Readonly<Record<number, (body: Uint8Array) => readonly Uint8Array[]>> = {
  [MESSAGE.append]: (body) => decodeAppend(body).entries,
  [MESSAGE.appendAdmitted]: (body) => decodeAppendAdmitted(body).entries,
  [MESSAGE.admit]: (body) => [decodeAdmit(body).largest],
};

/** What the operator of this gateway wrote down: where an action goes that is allowed in `say`. */
function writeConfiguration({ gatewayData, policy }: Place, url: string): string {
  const file = join(gatewayData, "writ.yaml");
  const settings = {
    data: gatewayData,
    policy,
    listen: "127.0.0.1:0",
    adapters: { counter: { kind: "http", url } },
    execute: { say: "counter" },
  };
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

/** A folder and all in it. */
function giveTo(uid: number, folder: string): void {
  chownSync(folder, uid, uid);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    chownSync(join(folder, name), uid, uid);
  }
}

/** A published head: how many events, and their root in hex. */
export function headOf(bucket: string): { readonly size: number; readonly root: string } {
  const text = readFileSync(join(bucket, "tiles", "checkpoint"), "utf8");
  const [, size = "", root = ""] = text.split("\n");
  return { size: Number(size), root: Buffer.from(root, "base64").toString("hex") };
}
