import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  ALICE,
  BOB,
  type BucketOptions,
  constitutionWith,
  eventOf,
  ORIGIN,
  openBucket,
  type TestBucket,
} from "./bucket.test-support.ts";
import {
  type Admitted,
  type AppendDoor,
  type ClientLimits,
  connectBucket,
  type Ending,
  type RejectionCode,
} from "./client.ts";

export const COMMITTED: Ending = { ending: "committed" };
export const UNKNOWN: Ending = { ending: "unknown" };
export const rejected = (code: RejectionCode): Ending => ({ ending: "rejected", code });
export const good = (sequence = 1): Uint8Array => eventOf(ALICE, 1, sequence);
/** A larger form of the same attempt's event. */
export const large = (sequence = 1): Uint8Array =>
  eventOf(ALICE, 1, sequence, "transfer".repeat(8));

export async function connectAlice(
  t: TestContext,
  socketPath: string,
  limits: Partial<ClientLimits> = {},
): Promise<AppendDoor> {
  const door = await connectBucket({ socketPath, origin: ORIGIN, writer: ALICE, epoch: 1, limits });
  t.after(() => door.close());
  return door;
}

export async function withDoor(
  t: TestContext,
  options: BucketOptions = {},
  limits: Partial<ClientLimits> = {},
): Promise<TestBucket & { readonly door: AppendDoor }> {
  const bucket = await openBucket(t, options);
  const door = await connectAlice(t, bucket.socketPath, limits);
  t.after(() => bucket.log.release());
  return { ...bucket, door };
}

export async function admitted(door: AppendDoor, event: Uint8Array): Promise<Admitted> {
  const admission = await door.admit(event);
  assert.ok(admission.ending === "admitted", JSON.stringify(admission));
  return admission;
}

/** Alice may write so much; the log's own quotas are wide. */
export function limited(quota: { events: number; bytes: number }, inFlight = 4096): BucketOptions {
  const quotas = { events: 1e6, bytes: 1e9, in_flight: inFlight };
  const writers = [
    { name: ALICE.name, key: ALICE.verifierKey, quota },
    { name: BOB.name, key: BOB.verifierKey, quota: { events: 1e6, bytes: 1e9 } },
  ];
  return { constitution: constitutionWith({ quotas, writers }) };
}
