import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isTransient as naive } from "./oracle.test-support.ts";
import { isTransient } from "./transient.ts";

test("UUIDs of any version and RFC 3339 date-times are transient", () => {
  const transient = [
    "123e4567-e89b-12d3-a456-426614174000",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "1985-04-12t23:20:50.52z",
    "1996-12-19t16:39:57-08:00",
    "1990-12-31t23:59:60z",
    "1937-01-01t12:00:27.87+00:20",
    "2024-05-20 10:00:00z",
    "0000-01-01t00:00:00z",
    "2024-02-31t00:00:00z",
    `2024-05-20t10:00:00.${"0".repeat(100)}z`,
    "2024-05-20t10:00:00-00:00",
    "2024-05-20t10:00:00+23:59",
  ];
  for (const text of transient) assert.equal(isTransient(text), true, text);
});

test("what only resembles them is not", () => {
  const lasting = [
    "",
    "2024-05-20",
    "10:00:00z",
    "2024-05-20t10:00:00",
    "2024-05-20t10:00z",
    "2024-05-20t10:00:00.z",
    "2024-05-20t10:00:00,5z",
    "2024-05-20t24:00:00z",
    "2024-05-20t10:60:00z",
    "2024-05-20t10:00:61z",
    "2024-13-20t10:00:00z",
    "2024-00-20t10:00:00z",
    "2024-05-00t10:00:00z",
    "2024-05-32t10:00:00z",
    "2024-05-20t10:00:00+24:00",
    "2024-05-20t10:00:00+10:60",
    "2024-05-20t10:00:00+0100",
    "2024-05-20_10:00:00z",
    "2024-05-20  10:00:00z",
    "20240520t100000z",
    "24-05-20t10:00:00z",
    "+02024-05-20t10:00:00z",
    "at 2024-05-20t10:00:00z",
    "2024-05-20t10:00:00z.",
    "2024-05-20t10:00:00z\n",
    "\u0662024-05-20t10:00:00z",
    "123e4567e89b12d3a456426614174000",
    "{123e4567-e89b-12d3-a456-426614174000}",
    "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
    "123e4567-e89b-12d3-a456-42661417400",
    "123e4567-e89b-12d3-a456-4266141740000",
    "g23e4567-e89b-12d3-a456-426614174000",
    "123e-4567e89b-12d3-a456-426614174000",
    "3.0.0+2024-05-20",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  ];
  for (const text of lasting) assert.equal(isTransient(text), false, text);
});

test("near a transient string, the grammars are the naive ones", () => {
  const seeds = fc.constantFrom(
    "123e4567-e89b-12d3-a456-426614174000",
    "2024-05-20t10:00:00z",
    "2024-05-20 19:39:57.123-08:00",
  );
  const edit = fc.tuple(
    fc.nat({ max: 36 }),
    fc.nat({ max: 1 }),
    fc.constantFrom(..."0123456789abfz-:.+t ", ""),
  );
  fc.assert(
    fc.property(seeds, fc.array(edit, { maxLength: 3 }), (seed, edits) => {
      let text = seed;
      for (const [at, cut, put] of edits) text = text.slice(0, at) + put + text.slice(at + cut);
      assert.equal(isTransient(text), naive(text), text);
    }),
    { numRuns: 10_000 },
  );
});
