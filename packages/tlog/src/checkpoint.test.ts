import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Checkpoint,
  CheckpointRefused,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from "./checkpoint.ts";
import { parseNote, signNote } from "./note.ts";
import { parseVerifierKey, type Signer, signerOf, type Verifier } from "./note-key.ts";

const ORIGIN = "example.com/behind-the-sofa";
const SPEC_TEXT = `${ORIGIN}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n`;
const SPEC_NOTE = `${SPEC_TEXT}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;

const signer = (name: string, fill: number): Signer =>
  signerOf(name, new Uint8Array(32).fill(fill));
const verifier = (of: Signer): Verifier => parseVerifierKey(of.verifierKey);
const log = signer("log.example/a", 1);
const witness = signer("witness.example/w", 2);
const head: Checkpoint = {
  origin: "log.example/a",
  size: 3,
  root: new Uint8Array(32).fill(5),
  extensions: [],
};

const line = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((text) => text.isWellFormed() && ![...text].some((unit) => unit < " "));
const anyCheckpoint = fc.record(
  {
    origin: line,
    size: fc.oneof(fc.maxSafeNat(), fc.nat(300)),
    root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    extensions: fc.array(line, { maxLength: 3 }),
  },
  { noNullPrototype: true },
);

test("the checkpoint of the specification", () => {
  const parsed = parseCheckpoint(parseNote(new TextEncoder().encode(SPEC_NOTE)).text);
  assert.deepEqual([parsed.origin, parsed.size, parsed.extensions], [ORIGIN, 20_852_163, []]);
  assert.equal(formatCheckpoint(parsed), SPEC_TEXT);
});

test("a checkpoint and its text are the same statement", () => {
  fc.assert(
    fc.property(anyCheckpoint, (checkpoint) => {
      assert.deepEqual(parseCheckpoint(formatCheckpoint(checkpoint)), checkpoint);
    }),
  );
});

test("an edited checkpoint is refused or is spelled as it would be formatted", () => {
  const edit = fc.record({
    at: fc.nat(90),
    cut: fc.nat(2),
    add: fc.constantFrom("", "\n", "0", "1", " ", "+", "=", "A", "\r", "\u0000", "\ufeff"),
  });
  fc.assert(
    fc.property(edit, ({ at, cut, add }) => {
      const edited = SPEC_TEXT.slice(0, at) + add + SPEC_TEXT.slice(at + cut);
      try {
        assert.equal(formatCheckpoint(parseCheckpoint(edited)), edited);
      } catch (error) {
        assert.ok(error instanceof CheckpointRefused);
      }
    }),
    { numRuns: 2000 },
  );
});

test("malformed checkpoints", () => {
  const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  for (const text of [
    "",
    "\n",
    "a\n1\n",
    `a\n1\n${root}`,
    `\n1\n${root}\n`,
    `a\n\n${root}\n`,
    `a\n01\n${root}\n`,
    `a\n00\n${root}\n`,
    `a\n+1\n${root}\n`,
    `a\n-1\n${root}\n`,
    `a\n-0\n${root}\n`,
    `a\n1e3\n${root}\n`,
    `a\n0x1\n${root}\n`,
    `a\n1 \n${root}\n`,
    `a\n1.0\n${root}\n`,
    `a\n9007199254740992\n${root}\n`,
    `a\n18446744073709551616\n${root}\n`,
    `a\n1\n${root.slice(0, -1)}\n`,
    `a\n1\n${root.slice(0, -2)}J=\n`,
    `a\n1\n${root} \n`,
    "a\n1\nAAAA\n",
    `a\n1\n${root}\n\n`,
    `a\n1\n${root}\nx\n\n`,
    `a\n1\n${root}\n\nx\n`,
    `a\n1\n${root}\nx\ty\n`,
    `a\r\n1\r\n${root}\r\n`,
  ]) {
    assert.throws(
      () => parseCheckpoint(text),
      { code: "CHECKPOINT_MALFORMED" },
      JSON.stringify(text),
    );
  }
});

test("what no checkpoint can hold is not formatted", () => {
  for (const bad of [
    { origin: "" },
    { origin: "a\nb" },
    { origin: "\ud800" },
    { size: -1 },
    { size: 0.5 },
    { size: 2 ** 53 },
    { root: new Uint8Array(31) },
    { extensions: [""] },
    { extensions: ["a\nb"] },
  ]) {
    assert.throws(() => formatCheckpoint({ ...head, ...bad }), CheckpointRefused);
  }
  assert.equal(formatCheckpoint({ ...head, size: -0 }).split("\n")[1], "0");
});

test("opens what the log signed, witnesses beside it", () => {
  const signed = signCheckpoint(head, [log, witness]);
  const opened = openCheckpoint(signed, { log: verifier(log), witnesses: [verifier(witness)] });
  assert.deepEqual(opened.checkpoint, head);
  assert.equal(opened.note.verified.length, 2);
  assert.equal(openCheckpoint(signed, { log: verifier(log) }).note.unverified.length, 1);
});

test("a witness's signature is not the log's", () => {
  const trust = { log: verifier(log), witnesses: [verifier(witness)] };
  assert.throws(() => openCheckpoint(signCheckpoint(head, [witness]), trust), {
    code: "LOG_SIGNATURE_MISSING",
  });
  const sameName = signer("log.example/a", 9);
  const both = { log: verifier(log), witnesses: [verifier(sameName)] };
  assert.throws(() => openCheckpoint(signCheckpoint(head, [sameName]), both), {
    code: "LOG_SIGNATURE_MISSING",
  });
});

test("another log's origin is refused, whoever signed it", () => {
  const foreign = signCheckpoint({ ...head, origin: "log.example/b" }, [log]);
  assert.throws(() => openCheckpoint(foreign, { log: verifier(log) }), { code: "ORIGIN_MISMATCH" });
  assert.equal(
    openCheckpoint(foreign, { log: verifier(log), origin: "log.example/b" }).checkpoint.origin,
    "log.example/b",
  );
});

test("a note that is no checkpoint is refused although the log signed it", () => {
  const note = signNote("log.example/a\n3\nhello\n", [log]);
  assert.throws(() => openCheckpoint(note, { log: verifier(log) }), {
    code: "CHECKPOINT_MALFORMED",
  });
});
