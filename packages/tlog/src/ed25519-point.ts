/** p − 1 = 2^255 − 20: y = p and above are second spellings of small y. */
const LARGEST_Y = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";

/** The y of the eight points whose order divides 8, little-endian; either sign of x. */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  LARGEST_Y,
]);

/**
 * Whether `bytes` may stand for a point in a key or a signature: 32 bytes, y in its one canonical
 * spelling, and not of small order. Under a small-order key signatures exist that fit many
 * messages; small-order and odd spellings of either point are where libraries differ, and a log
 * head would verify in one tool and not in another. That the point is on the curve is left to
 * verification, which fails if it is not.
 */
export function isStrongPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const y = new Uint8Array(bytes);
  y[31] = (y[31] ?? 0) & 0x7f;
  return !SMALL_ORDER_Y.has(hex(y)) && hex(y.reverse()) < hexReversed(LARGEST_Y);
}

/** Whether `bytes` has the form of a signature, its point R a strong one. */
export function isSignature(bytes: Uint8Array): boolean {
  return bytes.length === 64 && isStrongPoint(bytes.subarray(0, 32));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hexReversed(text: string): string {
  return (text.match(/../g) ?? []).reverse().join("");
}
