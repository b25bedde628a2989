import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddCheckpoint, MAX_PROOF_LINES, parseAddCheckpoint } from "./add-checkpoint.ts";

/** The example request of C2SP tlog-witness. */
const EXAMPLE = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

test("the specification's example is read, and written again to the same bytes", () => {
  const request = parseAddCheckpoint(Buffer.from(EXAMPLE));
  assert.equal(request.oldSize, 20_852_014);
  assert.equal(request.proof.length, 4);
  assert.ok(Buffer.from(request.note).toString().startsWith("example.com/behind-the-sofa\n"));
  assert.equal(Buffer.from(formatAddCheckpoint(request)).toString(), EXAMPLE);
});

test("a request and its bytes are the same statement", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const note = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.array(hash, { maxLength: MAX_PROOF_LINES }),
      note,
      (oldSize, proof, bytes) => {
        const read = parseAddCheckpoint(formatAddCheckpoint({ oldSize, proof, note: bytes }));
        assert.equal(read.oldSize, oldSize);
        assert.deepEqual(
          read.proof.map((one) => [...one]),
          proof.map((one) => [...one]),
        );
        assert.deepEqual([...read.note], [...bytes]);
      },
    ),
  );
});

test("any other bytes are refused", () => {
  const [head = "", ...rest] = EXAMPLE.split("\n");
  const withFirst = (line: string): string => [line, ...rest].join("\n");
  const withHash = (line: string): string => [head, line, ...rest.slice(1)].join("\n");
  const lines = Array.from({ length: MAX_PROOF_LINES + 1 }, () => rest[0] ?? "");
  const refused = [
    "",
    "\n\n",
    "old 1\n",
    head,
    ...["old", "old ", "old -1", "old 01", "old 1 ", " old 1", "old  1", "old\t1", "OLD 1"].map(
      withFirst,
    ),
    ...["old 1e3", "old 1.0", "old 9007199254740992", "old 18446744073709551616", "size 1"].map(
      withFirst,
    ),
    ...["old 1\r", "old ١", "", "x"].map(withFirst),
    ...["AAAA", "!", "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax="].map(withHash),
    ...["PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw", "Pl RN=", "PlRN\u00e9"].map(withHash),
    [head, ...lines, "", "x"].join("\n"),
  ];
  for (const text of refused) {
    assert.throws(() => parseAddCheckpoint(Buffer.from(text)), { code: "REQUEST_MALFORMED" }, text);
  }
  const proof = lines.map(() => new Uint8Array(32));
  assert.throws(() => formatAddCheckpoint({ oldSize: 1, proof, note: new Uint8Array(0) }), {
    code: "PROOF_LENGTH",
  });
});
