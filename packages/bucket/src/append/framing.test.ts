import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameMessage, MessageDecoder, WireFault, type WireMessage } from "./framing.ts";

const anyMessage = fc.record(
  { type: fc.integer({ min: 0, max: 255 }), body: fc.uint8Array({ maxLength: 300 }) },
  { noNullPrototype: true },
);

function encode({ type, body }: WireMessage): Uint8Array {
  const bytes = frameMessage(type, body.length);
  bytes.set(body, 5);
  return bytes;
}

/** Cuts bytes at the given places, in any order and with repeats. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...places.map((place) => place % (bytes.length + 1))].sort((a, b) => a - b);
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((end, index) => bytes.slice(edges[index], end));
}

function decodeAll(decoder: MessageDecoder, chunks: readonly Uint8Array[]): WireMessage[] {
  const messages: WireMessage[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) messages.push(next);
  }
  return messages;
}

test("however a stream is cut, the same messages come out", () => {
  fc.assert(
    fc.property(fc.array(anyMessage), fc.array(fc.nat()), (messages, places) => {
      const stream = Buffer.concat(messages.map(encode));
      const found = decodeAll(new MessageDecoder(301), cut(stream, places));
      assert.deepEqual(
        found.map(({ type, body }) => ({ type, body: Uint8Array.from(body) })),
        messages,
      );
    }),
  );
});

test("messages pushed before any is taken come out in order", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 1 }), fc.array(fc.nat()), (messages, places) => {
      const decoder = new MessageDecoder(301);
      for (const chunk of cut(Buffer.concat(messages.map(encode)), places)) decoder.push(chunk);
      for (const message of messages) assert.equal(decoder.next()?.type, message.type);
      assert.equal(decoder.next(), undefined);
    }),
  );
});

test("garbage gives messages within the limit or a WireFault, and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat()), (garbage, places) => {
      try {
        for (const { body } of decodeAll(new MessageDecoder(64), cut(garbage, places))) {
          assert.ok(body.length < 64);
        }
      } catch (error) {
        assert.ok(error instanceof WireFault);
      }
    }),
    { numRuns: 500 },
  );
});

test("a length of 0 or beyond the limit is refused as soon as it is read", () => {
  for (const length of [0, 65, 0xffffffff]) {
    const decoder = new MessageDecoder(64);
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, length);
    decoder.push(head);
    assert.throws(() => decoder.next(), WireFault);
  }
});

test("the limit can be raised between messages", () => {
  const decoder = new MessageDecoder(10);
  decoder.push(Buffer.concat([encode({ type: 1, body: new Uint8Array(9) }), frameMessage(2, 90)]));
  assert.equal(decoder.next()?.type, 1);
  decoder.limit = 91;
  assert.equal(decoder.next()?.body.length, 90);
});

test("a message dribbled byte by byte takes time linear in its length", () => {
  const time = (length: number): number => {
    const decoder = new MessageDecoder(1 + length);
    const bytes = frameMessage(1, length);
    // Of the processor, not of the wall: a busy machine makes nothing quadratic.
    const start = process.cpuUsage();
    for (let at = 0; at < bytes.length; at += 1) {
      decoder.push(bytes.subarray(at, at + 1));
      if (at < bytes.length - 1) assert.equal(decoder.next(), undefined);
    }
    assert.equal(decoder.next()?.body.length, length);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
  time(10_000);
  // Quadratic would be 64 times as long; the bound leaves room for a busy machine.
  assert.ok(time(400_000) < 30 * Math.max(time(50_000), 5));
});
