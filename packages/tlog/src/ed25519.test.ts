import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import * as browser from "./ed25519.browser.ts";
import * as node from "./ed25519.node.ts";
import { isStrongPoint } from "./ed25519-point.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** RFC 8032 §7.1, TEST 1 to 3: seed, public key, message, signature. */
const RFC_8032: readonly (readonly [string, string, string, string])[] = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
];

/** Chalkias et al., “Taming the many EdDSAs”, cases 2–9: message, key, signature, and what we say. */
const CASES: readonly (readonly [string, string, string, boolean])[] = [
  [
    "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
    "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
    false,
  ],
  [
    "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
    "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
    "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    true,
  ],
  [
    "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
    "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
    "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    false,
  ],
  [
    "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
    "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
    "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
    false,
  ],
  [
    "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
    "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
    "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
    false,
  ],
  [
    "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
    "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
    "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
    false,
  ],
  [
    "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
    "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
    false,
  ],
  [
    "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
    "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
    false,
  ],
];

for (const [name, { signingKey, verifyingKey }] of Object.entries({ node, browser })) {
  test(`${name}: RFC 8032's answers, and no flipped bit of a signature, key or message`, () => {
    for (const [seed, publicKey, message, signature] of RFC_8032) {
      const key = signingKey(bytes(seed));
      assert.deepEqual(key.publicKey, bytes(publicKey));
      assert.deepEqual(key.sign(bytes(message)), bytes(signature));
      const verify = verifyingKey(bytes(publicKey));
      assert.equal(verify(bytes(message), bytes(signature)), true);
      assert.equal(verify(Uint8Array.of(...bytes(message), 0), bytes(signature)), false);
      for (let bit = 0; bit < 512; bit += 5) {
        const flipped = bytes(signature);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(verify(bytes(message), flipped), false);
      }
    }
  });

  test(`${name}: a signature has 64 bytes, a seed and a key 32`, () => {
    const [seed = "", publicKey = "", message = "", signature = ""] = RFC_8032[1] ?? [];
    const verify = verifyingKey(bytes(publicKey));
    assert.equal(verify(bytes(message), bytes(signature).subarray(1)), false);
    assert.equal(verify(bytes(message), Uint8Array.of(...bytes(signature), 0)), false);
    assert.equal(verify(bytes(message), new Uint8Array(0)), false);
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => signingKey(new Uint8Array(length)), RangeError);
      assert.throws(() => verifyingKey(new Uint8Array(length).fill(9)), RangeError);
    }
    assert.throws(() => signingKey(bytes(seed).subarray(1)), RangeError);
  });

  test(`${name}: where libraries differ, one answer`, () => {
    for (const [message, publicKey, signature, expected] of CASES) {
      assert.equal(verifyingKey(bytes(publicKey))(bytes(message), bytes(signature)), expected);
    }
  });

  test(`${name}: s + L is no second spelling of s`, () => {
    const [, publicKey = "", message = "", signature = ""] = RFC_8032[1] ?? [];
    const order = ed25519.Point.Fn.ORDER;
    const s =
      BigInt(`0x${Buffer.from(bytes(signature).subarray(32)).reverse().toString("hex")}`) + order;
    const other = bytes(signature);
    other.set(Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(), 32);
    assert.equal(verifyingKey(bytes(publicKey))(bytes(message), other), false);
  });

  test(`${name}: no point of small order, in any spelling, is a key`, () => {
    for (const point of smallOrderEncodings()) {
      assert.throws(() => verifyingKey(point), RangeError);
      assert.equal(isStrongPoint(point), false);
    }
  });
}

test("the table of small orders is the curve's: all eight points, and every spelling of their y", () => {
  const all = smallOrderEncodings();
  assert.equal(new Set(all.map((point) => Buffer.from(point).toString("hex"))).size, all.length);
  assert.ok(all.length >= 14);
});

/** 0, 1, … 7 times a point of order 8, with either sign bit, and y + p where that fits 255 bits. */
function smallOrderEncodings(): Uint8Array[] {
  const { Point } = ed25519;
  const generator = Point.fromBytes(
    bytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  );
  let point = Point.ZERO;
  const ys = new Set<bigint>();
  for (let i = 0; i < 8; i++) {
    assert.ok(point.isSmallOrder());
    ys.add(point.y);
    point = point.add(generator);
  }
  assert.ok(point.equals(Point.ZERO));
  const p = Point.Fp.ORDER;
  const spellings = [...ys].flatMap((y) => [y, y + p]).filter((y) => y < 2n ** 255n);
  return spellings.flatMap((y) => [encode(y), encode(y + 2n ** 255n)]);
}

function encode(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse());
}

test("every spelling of y from p on is refused as a key", () => {
  const p = ed25519.Point.Fp.ORDER;
  for (let y = p; y < 2n ** 255n; y++) {
    assert.equal(isStrongPoint(encode(y)), false);
    assert.equal(isStrongPoint(encode(y + 2n ** 255n)), false);
  }
  assert.equal(isStrongPoint(encode(p - 2n)), true);
});

// A Buffer's slice is a view: what copies with it would change the caller's bytes.
for (const [name, { signingKey, verifyingKey }] of Object.entries({ node, browser })) {
  test(`${name}: keys, messages and signatures given as Buffers stay as they are`, () => {
    const seed = Buffer.alloc(32, 7);
    const message = Buffer.from("message");
    const { publicKey, sign } = signingKey(seed);
    const key = Buffer.from(publicKey);
    const signature = Buffer.from(sign(message));
    const before = [seed, message, key, signature].map((given) => given.toString("hex"));
    const verify = verifyingKey(key);
    assert.ok(verify(message, signature));
    assert.ok(verify(message, signature));
    assert.deepEqual(
      [seed, message, key, signature].map((given) => given.toString("hex")),
      before,
    );
  });
}
