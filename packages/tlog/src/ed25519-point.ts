/** p − 1 = 2^255 − 20, little-endian: y = p and above are second spellings of small y. */
const LARGEST_Y: Uint8Array = unhex(
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
);

/** The y of the eight points whose order divides 8, little-endian; either sign of x. */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  unhex("0000000000000000000000000000000000000000000000000000000000000000"),
  unhex("0100000000000000000000000000000000000000000000000000000000000000"),
  unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
  LARGEST_Y,
];

/**
 * Whether `bytes` may stand for a point in a key or a signature: 32 bytes, y in its one canonical
 * spelling, and not of small order. Under a small-order key signatures exist that fit many
 * messages; small-order and odd spellings of either point are where libraries differ, and a log
 * head would verify in one tool and not in another. That the point is on the curve is left to
 * verification, which fails if it is not.
 */
export function isStrongPoint(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  for (const small of SMALL_ORDER_Y) if (compareY(bytes, small) === 0) return false;
  return compareY(bytes, LARGEST_Y) < 0;
}

/** Compares two y, little-endian, leaving out the sign of x in the top bit of `a`. */
function compareY(a: Uint8Array, b: Uint8Array): number {
  const top = ((a[31] ?? 0) & 0x7f) - (b[31] ?? 0);
  if (top !== 0) return top;
  for (let i = 30; i >= 0; i -= 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `bytes` has the form of a signature, its point R a strong one. */
export function isSignature(bytes: Uint8Array): boolean {
  return bytes.length === 64 && isStrongPoint(bytes.subarray(0, 32));
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
