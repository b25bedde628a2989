import assert from "node:assert/strict";
import { test } from "node:test";
import { decisionIdPrefix } from "@writ/contract/event-bytes";
import { verifyingKeyLater } from "@writ/tlog/ed25519";
import { leafHash } from "@writ/tlog/hash";
import fc from "fast-check";
import { batchText } from "../batch-signature.ts";
import { rawPublicKey } from "../verifier-key.ts";
import { ALICE, BOB, eventOf, ORIGIN } from "./bucket.test-support.ts";
import { type Standing, scrutinize } from "./scrutiny.ts";

const EPOCH = 4;
const standing: Standing = {
  origin: ORIGIN,
  writer: ALICE.name,
  epoch: EPOCH,
  idPrefix: decisionIdPrefix(ALICE.name, EPOCH),
  verify: verifyingKeyLater(rawPublicKey(ALICE.verifierKey)),
};

function signed(entries: readonly Uint8Array[], batch = 1): Parameters<typeof scrutinize>[0] {
  const leafHashes = entries.map(leafHash);
  const text = batchText({ origin: ORIGIN, writer: ALICE.name, epoch: EPOCH, batch, leafHashes });
  return { batch, entries, signature: ALICE.sign(text) };
}

const VALID = eventOf(ALICE, EPOCH, 1);

test("a writer's own events pass, and come with their leaf hashes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 2 ** 53 - 1 }), { minLength: 1, maxLength: 5 }),
      async (sequences) => {
        const entries = sequences.map((sequence) => eventOf(ALICE, EPOCH, sequence));
        const found = await scrutinize(signed(entries), standing);
        assert.ok(found.ok);
        assert.deepEqual(Buffer.from(found.leafHashes), Buffer.concat(entries.map(leafHash)));
      },
    ),
    { numRuns: 20 },
  );
});

test("whatever bytes a writer signs, they are judged and never thrown at", async () => {
  const bent = fc
    .array(fc.tuple(fc.nat(VALID.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    .map((changes) => {
      const copy = VALID.slice();
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  const deep = fc
    .integer({ min: 1, max: 32_000 })
    .map((depth) => new TextEncoder().encode("[".repeat(depth) + "]".repeat(depth)));
  const json = fc.json().map((text) => new TextEncoder().encode(text));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(bent, deep, json, fc.uint8Array({ maxLength: 400 })),
      async (entry) => {
        const found = await scrutinize(signed([entry]), standing);
        // A changed digit may give another valid event of the same writer and epoch.
        if (found.ok) assert.equal(entry.length, VALID.length);
        else assert.ok(found.cause === "EVENT_SCHEMA" || found.cause === "DECISION_ID");
      },
    ),
    { numRuns: 400 },
  );
});

test("the first fault in the order of checks is the fate", async () => {
  const nonsense = new Uint8Array(3);
  const foreign = eventOf(BOB, EPOCH, 1);
  const causeOf = async (entries: readonly Uint8Array[], batch = 1): Promise<string> => {
    const found = await scrutinize({ ...signed(entries), batch }, standing);
    return found.ok ? "none" : found.cause;
  };
  assert.equal(await causeOf([foreign, nonsense]), "DECISION_ID");
  assert.equal(await causeOf([nonsense, foreign]), "EVENT_SCHEMA");
  assert.equal(await causeOf([nonsense, foreign], 2), "BATCH_SIGNATURE");
});

test("a decision id that merely begins alike is another's", async () => {
  for (const epoch of [40, 41, 5]) {
    const found = await scrutinize(signed([eventOf(ALICE, epoch, 1)]), standing);
    assert.ok(!found.ok && found.cause === "DECISION_ID");
  }
});

test("no bit of an event, a signature or a batch number can change on the way", async () => {
  const message = signed([VALID, eventOf(ALICE, EPOCH, 2)]);
  const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
    const copy = bytes.slice();
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  };
  const refused = async (bent: typeof message): Promise<void> => {
    const found = await scrutinize(bent, standing);
    assert.ok(!found.ok && found.cause === "BATCH_SIGNATURE");
  };
  for (let bit = 0; bit < VALID.length * 8; bit += 29) {
    await refused({ ...message, entries: [flip(VALID, bit), ...message.entries.slice(1)] });
  }
  for (let bit = 0; bit < 512; bit += 7) {
    await refused({ ...message, signature: flip(message.signature, bit) });
  }
  await refused({ ...message, batch: 2 });
  await refused({ ...message, entries: [...message.entries].reverse() });
  await refused({ ...message, entries: message.entries.slice(1) });
});
