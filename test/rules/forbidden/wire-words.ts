import assert from "node:assert/strict";
import type { RejectionCode } from "@writ/bucket/append";
import { decodeAdmitted } from "../../../packages/bucket/src/append/admission-messages.ts";
import { frameMessage } from "../../../packages/bucket/src/append/framing.ts";
import { decodeEnded, MESSAGE } from "../../../packages/bucket/src/append/messages.ts";
import { BEHAVIOURS, type Behaviour } from "./behaviours.ts";
import type { Peer } from "./peer.ts";

/** The fate of the message that ends next, null for committed. */
export async function fateOf(peer: Peer): Promise<RejectionCode | null> {
  const message = await peer.next();
  assert.equal(message?.type, MESSAGE.ended);
  const { ending } = decodeEnded(message.body);
  assert.notEqual(ending.ending, "unknown");
  return ending.ending === "rejected" ? ending.code : null;
}

export async function admissionOf(peer: Peer): Promise<RejectionCode | null> {
  const message = await peer.next();
  assert.equal(message?.type, MESSAGE.admitted);
  return decodeAdmitted(message.body).code;
}

/** A message of a type, with what is wanted as its body. */
export function saying(type: number, behaviour: Behaviour): Uint8Array {
  const body = Buffer.from(JSON.stringify({ [behaviour]: { index: 0 } }));
  const bytes = frameMessage(type, body.length);
  bytes.set(body, bytes.length - body.length);
  return bytes;
}

/** One part of a list for each behaviour; all parts together are the list. */
export function shareOf(types: readonly number[], behaviour: Behaviour): number[] {
  const at = BEHAVIOURS.indexOf(behaviour);
  return types.filter((_, index) => index % BEHAVIOURS.length === at);
}

export function nameOf(type: number): string {
  return Object.entries(MESSAGE).find(([, one]) => one === type)?.[0] ?? String(type);
}
