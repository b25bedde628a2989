import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase64, encodeBase64 } from "./base64.ts";

test("encodes as RFC 4648 does and decodes what it encodes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
    }),
  );
});

test("accepts no second spelling of any bytes", () => {
  const digit = fc.constantFrom(..."AQgwZaz09+/=-_ \n");
  fc.assert(
    fc.property(fc.array(digit, { maxLength: 12 }), (digits) => {
      const text = digits.join("");
      const bytes = decodeBase64(text);
      assert.equal(bytes === undefined ? text : encodeBase64(bytes), text);
      assert.equal(bytes !== undefined, Buffer.from(text, "base64").toString("base64") === text);
    }),
    { numRuns: 2000 },
  );
});

test("every pair and triple of last digits", () => {
  const alphabet = encodeBase64(Uint8Array.from({ length: 48 }, (_, i) => sixBits(i)));
  assert.equal(new Set(alphabet).size, 64);
  for (const a of alphabet) {
    for (const b of alphabet) {
      assert.equal(decodeBase64(`${a}${b}==`) !== undefined, alphabet.indexOf(b) % 16 === 0);
      assert.equal(decodeBase64(`A${a}${b}=`) !== undefined, alphabet.indexOf(b) % 4 === 0);
    }
  }
});

/** Byte `i` of the 48 bytes whose 64 sextets are 0, 1, … 63. */
function sixBits(i: number): number {
  const group = Math.floor(i / 3) * 4;
  const packed = (group << 18) | ((group + 1) << 12) | ((group + 2) << 6) | (group + 3);
  return (packed >> (16 - 8 * (i % 3))) & 0xff;
}
