import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LOG, memoryFolder, remembered, sampleFiles } from "./ledger.test-support.ts";
import { verifyFolder } from "./verify.ts";

const RUNS: number = process.env.WRIT_LONG === undefined ? 500 : 20_000;

/** What may happen to a file: bytes overwritten, cut out or put in, anywhere. */
const blow = fc.record({
  file: fc.nat(),
  at: fc.nat(),
  gone: fc.nat({ max: 300 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .constantFrom("\n", "\n\n", "{}", "é", "\u2014 ", "\xffWRITF\n\x01")
      .map((text) => Buffer.from(text)),
  ),
});

test("whatever is in the files, there is a report, and it is not ok", async () => {
  const whole = await sampleFiles();
  const paths = [...whole.keys()];
  const work = remembered();
  fc.assert(
    fc.property(fc.array(blow, { minLength: 1, maxLength: 4 }), (blows) => {
      const files = new Map(whole);
      for (const { file, at, gone, put } of blows) {
        const path = paths[file % paths.length] ?? "";
        const bytes = Buffer.from(files.get(path) ?? []);
        const from = at % (bytes.length + 1);
        files.set(path, Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + gone)]));
      }
      const same = paths.every((path) => {
        const [a, b] = [files.get(path), whole.get(path)];
        return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
      });
      assert.equal(verifyFolder(memoryFolder(files), { key: LOG.verifierKey }, work).ok, same);
    }),
    { numRuns: RUNS },
  );
});
