const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map(
  [...ALPHABET].map((digit, value) => [digit, value]),
);
const FORM = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 with padding (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) text += encodeGroup(bytes.subarray(at, at + 3));
  return text;
}

/**
 * The bytes of standard, padded base64, or undefined for any text that `encodeBase64` never gives:
 * set bits after the last byte, line breaks and missing padding are refused, so that one byte
 * string has one spelling.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!FORM.test(text)) return undefined;
  const digits = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    held = ((held << 6) | (VALUES.get(digit) ?? 0)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  const leftover = held & ((1 << bits) - 1);
  return leftover === 0 ? bytes : undefined;
}

function encodeGroup(group: Uint8Array): string {
  const [first = 0, second = 0, third = 0] = group;
  const packed = (first << 16) | (second << 8) | third;
  const digits = [18, 12, 6, 0].map((shift) => ALPHABET.charAt((packed >> shift) & 63)).join("");
  return digits.slice(0, group.length + 1).padEnd(4, "=");
}
