import type { Ending, RejectionCode } from "./ending.ts";
import {
  BODY_OFFSET,
  frameMessage,
  MESSAGE_BYTES,
  openMessage,
  type Room,
  WireFault,
} from "./framing.ts";

/** Version of this protocol. The Bucket names it first; a writer that speaks another hangs up. */
export const PROTOCOL_VERSION = 1;

/**
 * Every message there is. There is no type to update, delete, read or replay, and none is ever to
 * be added (rules §5).
 */
export const MESSAGE = {
  hello: 0x01,
  answer: 0x02,
  accepted: 0x03,
  refused: 0x04,
  append: 0x10,
  ended: 0x11,
  admit: 0x12,
  admitted: 0x13,
  release: 0x14,
  appendAdmitted: 0x15,
} as const;

export const CHALLENGE_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const EVENTS_PER_MESSAGE = 4096;
/** C2SP entry bundles give an entry's length 16 bits. */
export const ENTRY_BYTES = 65_535;

const KEY_HASH_BYTES = 32;
const NAME_BYTES = 8;
const ANSWER_BYTES = NAME_BYTES + 8 + SIGNATURE_BYTES;
const APPEND_HEAD_BYTES = 8 + 4 + SIGNATURE_BYTES;
const ENTRY_LENGTH_BYTES = 2;
export const COUNTER_BYTES = 8;

/** Bytes of an append message's body that its entries may fill, each with 2 bytes of length. */
export const APPEND_ROOM: number = MESSAGE_BYTES - 1 - APPEND_HEAD_BYTES;

/** What one event takes of APPEND_ROOM. */
export function entryRoom(event: Uint8Array): number {
  return ENTRY_LENGTH_BYTES + event.length;
}

/** The Bucket's first word: which log this is, and what to sign. */
export interface Hello {
  readonly version: number;
  readonly challenge: Uint8Array;
  /** SHA-256 of the log's raw 32-byte public key. */
  readonly logKeyHash: Uint8Array;
  readonly origin: string;
}

/** A writer's answer: who it is, its epoch, and its signature over the handshake text. */
export interface Answer {
  /** 16 hex digits. */
  readonly writer: string;
  readonly epoch: number;
  readonly signature: Uint8Array;
}

/** Events that share one signature and one fate. */
export interface AppendMessage {
  /** 1, 2, … within one connection. */
  readonly batch: number;
  readonly signature: Uint8Array;
  readonly entries: readonly Uint8Array[];
}

/** An append message whose every event was admitted: `admissions` names them, one an event. */
export interface AdmittedMessage extends AppendMessage {
  readonly admissions: readonly number[];
}

/** The fate of one append message. */
export interface Ended {
  readonly batch: number;
  readonly ending: Ending;
}

const utf8 = new TextEncoder();

export function encodeHello(hello: Hello): Uint8Array {
  const origin = utf8.encode(hello.origin);
  const bytes = frameMessage(MESSAGE.hello, 1 + CHALLENGE_BYTES + KEY_HASH_BYTES + origin.length);
  bytes[BODY_OFFSET] = hello.version;
  bytes.set(hello.challenge, BODY_OFFSET + 1);
  bytes.set(hello.logKeyHash, BODY_OFFSET + 1 + CHALLENGE_BYTES);
  bytes.set(origin, BODY_OFFSET + 1 + CHALLENGE_BYTES + KEY_HASH_BYTES);
  return bytes;
}

/** Throws WireFault. */
export function decodeHello(body: Uint8Array): Hello {
  const head = 1 + CHALLENGE_BYTES + KEY_HASH_BYTES;
  if (body.length <= head) throw new WireFault("hello is too short");
  return {
    version: body[0] ?? 0,
    challenge: body.slice(1, 1 + CHALLENGE_BYTES),
    logKeyHash: body.slice(1 + CHALLENGE_BYTES, head),
    origin: decodeText(body.subarray(head)),
  };
}

export function encodeAnswer(answer: Answer): Uint8Array {
  const bytes = frameMessage(MESSAGE.answer, ANSWER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(BODY_OFFSET, BigInt(`0x${answer.writer}`));
  view.setBigUint64(BODY_OFFSET + NAME_BYTES, BigInt(answer.epoch));
  bytes.set(answer.signature, BODY_OFFSET + NAME_BYTES + 8);
  return bytes;
}

/** Throws WireFault. */
export function decodeAnswer(body: Uint8Array): Answer {
  if (body.length !== ANSWER_BYTES) throw new WireFault("answer has the wrong length");
  const view = viewOf(body);
  return {
    writer: view.getBigUint64(0).toString(16).padStart(16, "0"),
    epoch: counterAt(view, NAME_BYTES, "epoch"),
    signature: body.slice(NAME_BYTES + 8),
  };
}

export function encodeAccepted(): Uint8Array {
  return frameMessage(MESSAGE.accepted, 0);
}

/** Says that governance denies this writer, and no more: causes are for the Bucket's operator. */
export function encodeRefused(): Uint8Array {
  return frameMessage(MESSAGE.refused, 0);
}

/** The caller keeps to EVENTS_PER_MESSAGE, ENTRY_BYTES and APPEND_ROOM. */
export function encodeAppend(message: AppendMessage, room?: Room): Uint8Array {
  return encodeEntries(MESSAGE.append, message, [], room);
}

/** As `encodeAppend`; each admission takes 8 bytes of APPEND_ROOM beside its event. */
export function encodeAppendAdmitted(message: AdmittedMessage, room?: Room): Uint8Array {
  return encodeEntries(MESSAGE.appendAdmitted, message, message.admissions, room);
}

function encodeEntries(
  type: number,
  { batch, signature, entries }: AppendMessage,
  admissions: readonly number[],
  room: Room | undefined,
): Uint8Array {
  let length = 0;
  for (const entry of entries) length += entryRoom(entry);
  const entriesAt = APPEND_HEAD_BYTES + COUNTER_BYTES * admissions.length;
  const bytes = openMessage(type, entriesAt + length, room);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setBigUint64(BODY_OFFSET, BigInt(batch));
  view.setUint32(BODY_OFFSET + 8, entries.length);
  bytes.set(signature, BODY_OFFSET + 12);
  admissions.forEach((admission, index) => {
    const at = BODY_OFFSET + APPEND_HEAD_BYTES + COUNTER_BYTES * index;
    view.setBigUint64(at, BigInt(admission));
  });
  let at = BODY_OFFSET + entriesAt;
  for (const entry of entries) {
    view.setUint16(at, entry.length);
    bytes.set(entry, at + ENTRY_LENGTH_BYTES);
    at += entryRoom(entry);
  }
  return bytes;
}

/** Throws WireFault. The entries are views of `body`. */
export function decodeAppend(body: Uint8Array): AppendMessage {
  const { view, count, batch, signature } = decodeAppendHead(body);
  return { batch, signature, entries: decodeEntries(body, view, count, APPEND_HEAD_BYTES) };
}

/** Throws WireFault. The entries are views of `body`. */
export function decodeAppendAdmitted(body: Uint8Array): AdmittedMessage {
  const { view, count, batch, signature } = decodeAppendHead(body);
  const entriesAt = APPEND_HEAD_BYTES + COUNTER_BYTES * count;
  if (body.length < entriesAt) throw new WireFault("append ends inside its admissions");
  const admissions = Array.from({ length: count }, (_, index) =>
    counterAt(view, APPEND_HEAD_BYTES + COUNTER_BYTES * index, "admission"),
  );
  return { batch, signature, admissions, entries: decodeEntries(body, view, count, entriesAt) };
}

function decodeAppendHead(body: Uint8Array): {
  readonly view: DataView;
  readonly count: number;
  readonly batch: number;
  readonly signature: Uint8Array;
} {
  if (body.length < APPEND_HEAD_BYTES) throw new WireFault("append is too short");
  const view = viewOf(body);
  const count = view.getUint32(8);
  if (count < 1 || count > EVENTS_PER_MESSAGE) {
    throw new WireFault(`append of ${count} events; send between 1 and ${EVENTS_PER_MESSAGE}`);
  }
  const signature = body.slice(12, APPEND_HEAD_BYTES);
  return { view, count, batch: counterAt(view, 0, "batch"), signature };
}

function decodeEntries(
  body: Uint8Array,
  view: DataView,
  count: number,
  entriesAt: number,
): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = entriesAt;
  for (let index = 0; index < count; index += 1) {
    const start = at + ENTRY_LENGTH_BYTES;
    if (start > body.length) throw new WireFault("append ends inside a length");
    at = start + view.getUint16(at);
    if (at > body.length) throw new WireFault("append ends inside an event");
    entries.push(body.subarray(start, at));
  }
  if (at !== body.length) throw new WireFault("append has bytes after its last event");
  return entries;
}

/** One byte a fate, 0 where there is no code. `unknown` has none: who does not know says nothing. */
const CODES: readonly RejectionCode[] = ["QUOTA_EXCEEDED", "SCHEMA_REJECTED", "GOVERNANCE_DENIED"];

/** The code of a fate's byte, null for 0. Throws WireFault. */
export function decodeFate(byte: number | undefined): RejectionCode | null {
  if (byte === 0) return null;
  const code = CODES[(byte ?? 0) - 1];
  if (code === undefined) throw new WireFault("fate is none of those there are");
  return code;
}

export function fateByte(code: RejectionCode | null): number {
  return code === null ? 0 : 1 + CODES.indexOf(code);
}

export function encodeCommitted(batch: number): Uint8Array {
  return encodeEnded(batch, fateByte(null));
}

export function encodeRejected(batch: number, code: RejectionCode): Uint8Array {
  return encodeEnded(batch, fateByte(code));
}

function encodeEnded(batch: number, fate: number): Uint8Array {
  const bytes = frameMessage(MESSAGE.ended, 9);
  new DataView(bytes.buffer).setBigUint64(BODY_OFFSET, BigInt(batch));
  bytes[BODY_OFFSET + 8] = fate;
  return bytes;
}

/** Throws WireFault. */
export function decodeEnded(body: Uint8Array): Ended {
  if (body.length !== 9) throw new WireFault("ending has the wrong length");
  const code = decodeFate(body[8]);
  const ending: Ending = code === null ? { ending: "committed" } : { ending: "rejected", code };
  return { batch: counterAt(viewOf(body), 0, "batch"), ending };
}

/** A counter from 1 that a JavaScript number holds exactly. */
export function counterAt(view: DataView, offset: number, what: string): number {
  const value = view.getBigUint64(offset);
  if (value < 1n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new WireFault(`${what} must be between 1 and 2^53 - 1`);
  }
  return Number(value);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WireFault("origin is not UTF-8");
  }
}
