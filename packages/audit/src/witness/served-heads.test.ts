import assert from "node:assert/strict";
import { test } from "node:test";
import type { Published } from "@writ/bucket/read/published";
import { parseCheckpoint } from "@writ/tlog/checkpoint";
import { parseNote } from "@writ/tlog/note";
import fc from "fast-check";
import { SampleLog, testSigner } from "./log-sample.test-support.ts";
import { ServedHeads } from "./served-heads.ts";

const log = new SampleLog(testSigner("log.example/a", 1));
const others = [2, 3, 4].map((number) => testSigner(`witness.example/${number}`, number));

/** The head of that size with so many signatures besides the log's. */
function head(size: number, cosignatures = 0): Published {
  const note = log.checkpoint(size, others.slice(0, cosignatures));
  return { note, checkpoint: parseCheckpoint(parseNote(note).text) };
}

function shownBy(heads: ServedHeads, newest: Published): [number, number] {
  const { text, signatures } = parseNote(heads.checkpoint(newest) ?? new Uint8Array(0));
  return [parseCheckpoint(text).size, signatures.length - 1];
}

test("for ten seconds the head with the most cosignatures goes before the newest", () => {
  let now = 0;
  const heads = new ServedHeads(() => now);
  assert.equal(heads.checkpoint(undefined), undefined);
  const offer = (of: Published): void => heads.offer(of, of.note);
  assert.deepEqual(shownBy(heads, head(5)), [5, 0]);
  offer(head(5, 2));
  offer(head(9));
  assert.deepEqual(shownBy(heads, head(9)), [5, 2]);
  now = 4000;
  offer(head(9, 1));
  assert.deepEqual(shownBy(heads, head(12)), [5, 2]);
  now = 10_001;
  assert.deepEqual(shownBy(heads, head(12)), [12, 0]);
  offer(head(12, 1));
  assert.deepEqual(shownBy(heads, head(12)), [12, 1]);
  now = 90_000;
  assert.deepEqual(shownBy(heads, head(12)), [12, 1]);
});

test("whatever happens, what is shown never shrinks and never runs ahead of the newest", () => {
  const step = fc.record({
    after: fc.nat(6000),
    grow: fc.nat(3),
    cosign: fc.nat(3),
    which: fc.nat(4),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let now = 0;
      let newest = 0;
      let last = 0;
      const heads = new ServedHeads(() => now);
      for (const { after, grow, cosign, which } of steps) {
        now += after;
        newest += grow;
        const cosigned = head(Math.max(newest - which, 0), cosign);
        heads.offer(cosigned, cosigned.note);
        const [size] = shownBy(heads, head(newest));
        assert.ok(size >= last && size <= newest, `${last} ${size} ${newest}`);
        last = size;
      }
    }),
    { numRuns: 20 },
  );
});
