import { sha256Into } from "#sha256";

/** Bytes of a SHA-256 hash. */
export const HASH_SIZE = 32;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

// One hash input each, reused: all of this is synchronous, so no two calls ever overlap.
const NODE_INPUT = new Uint8Array(1 + 2 * HASH_SIZE);
const LEAF_INPUT = new Uint8Array(1 + 0xffff);
const LEAF_VIEWS = new Array<Uint8Array | undefined>(2048).fill(undefined);

/** SHA-256 of `data`, 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_SIZE);
  sha256Into(data, out, 0);
  return out;
}

/** The hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 6962 §2.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_SIZE);
  leafHashInto(entry, out, 0);
  return out;
}

/** `leafHash`, written to `out[at .. at + 32)`: for whoever packs hashes. */
export function leafHashInto(entry: Uint8Array, out: Uint8Array, at: number): void {
  const input = leafInput(1 + entry.length);
  input[0] = LEAF_PREFIX;
  input.set(entry, 1);
  sha256Into(input, out, at);
}

/** The leaf hashes of entries, packed into `out`: 32 bytes each, in order. */
export function leafHashesInto(entries: readonly Uint8Array[], out: Uint8Array): void {
  let at = 0;
  for (const entry of entries) {
    leafHashInto(entry, out, at);
    at += HASH_SIZE;
  }
}

/** So many bytes to be hashed at once; views of the usual lengths are made once. */
function leafInput(length: number): Uint8Array {
  if (length > LEAF_INPUT.length) return new Uint8Array(length);
  if (length >= LEAF_VIEWS.length) return LEAF_INPUT.subarray(0, length);
  const view = LEAF_VIEWS[length] ?? LEAF_INPUT.subarray(0, length);
  LEAF_VIEWS[length] = view;
  return view;
}

/** The hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  requireHash(left);
  requireHash(right);
  const out = new Uint8Array(HASH_SIZE);
  NODE_INPUT[0] = NODE_PREFIX;
  NODE_INPUT.set(left, 1);
  NODE_INPUT.set(right, 1 + HASH_SIZE);
  sha256Into(NODE_INPUT, out, 0);
  return out;
}

/**
 * `nodeHash` of the 32 bytes at `left[leftAt]` and the 32 at `right[rightAt]`, written to
 * `out[outAt]`; `out` may be `left` or `right`. For loops over packed hashes: it allocates nothing
 * and checks nothing.
 */
export function nodeHashInto(
  left: Uint8Array,
  leftAt: number,
  right: Uint8Array,
  rightAt: number,
  out: Uint8Array,
  outAt: number,
): void {
  NODE_INPUT[0] = NODE_PREFIX;
  for (let i = 0; i < HASH_SIZE; i++) {
    NODE_INPUT[1 + i] = left[leftAt + i] ?? 0;
    NODE_INPUT[1 + HASH_SIZE + i] = right[rightAt + i] ?? 0;
  }
  sha256Into(NODE_INPUT, out, outAt);
}

/** The root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). A fresh array. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** Whether two byte strings are the same. Not constant in time: nothing here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Throws a RangeError unless `hash` is 32 bytes long. */
export function requireHash(hash: Uint8Array): void {
  if (hash.length !== HASH_SIZE) {
    throw new RangeError(`a hash has ${HASH_SIZE} bytes, not ${hash.length}`);
  }
}
