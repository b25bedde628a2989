import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Files, memoryFolder, remembered, sampleFiles } from "./ledger.test-support.ts";
import { naiveVerify } from "./naive-verify.test-support.ts";
import { verifyFolder } from "./verify.ts";

const RUNS: number = process.env.WRIT_LONG === undefined ? 400 : 20_000;

/** What may happen to a file: bytes overwritten, cut out or put in, anywhere; or two files change places. */
const blow = fc.record({
  file: fc.nat(),
  other: fc.nat(),
  kind: fc.constantFrom("bytes", "bytes", "bit", "swap", "remove", "copy"),
  at: fc.nat(),
  gone: fc.oneof(fc.constant(0), fc.nat({ max: 4000 })),
  put: fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom("\n", "{}", "é", "\xffWRITF\n\x01").map((text) => Buffer.from(text, "latin1")),
  ),
});

type Blow = typeof blow extends fc.Arbitrary<infer T> ? T : never;

function struck(files: Files, { file, other, kind, at, gone, put }: Blow): Files {
  const paths = [...files.keys()].filter((path) => !path.startsWith("constitution/"));
  const path = paths[file % paths.length] ?? "";
  const second = paths[other % paths.length] ?? "";
  const bytes = Buffer.from(files.get(path) ?? []);
  const after: Files = new Map(files);
  const from = at % (bytes.length + 1);
  if (kind === "remove") after.delete(path);
  else if (kind === "copy") after.set(second, bytes);
  else if (kind === "swap") after.set(path, files.get(second) ?? bytes).set(second, bytes);
  else if (kind === "bit" && from < bytes.length) {
    after.set(path, bytes.with(from, (bytes[from] ?? 0) ^ (1 << (at % 8))));
  } else {
    after.set(path, Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + gone)]));
  }
  return after;
}

test("for any damage, ranges of any size give the report of the plain single pass", async (t) => {
  const whole = await sampleFiles();
  const work = remembered();
  let damaged = 0;
  fc.assert(
    fc.property(
      fc.array(blow, { maxLength: 3 }),
      fc.constantFrom(1, 300, 5_000, 30_000, 2 ** 30),
      (blows, rangeBytes) => {
        const folder = memoryFolder(blows.reduce(struck, whole));
        const expected = naiveVerify(folder, work);
        const { events, frames, root, faultCount, faults } = verifyFolder(
          folder,
          {},
          work,
          rangeBytes,
        );
        assert.deepEqual({ events, frames, root, faultCount, faults }, expected);
        damaged += faultCount === 0 ? 0 : 1;
      },
    ),
    {
      numRuns: RUNS,
      examples: [
        [[], 1],
        [[], 2 ** 30],
      ],
    },
  );
  t.diagnostic(`${damaged} damaged logs of ${RUNS}`);
  assert.ok(damaged > RUNS / 2);
});
