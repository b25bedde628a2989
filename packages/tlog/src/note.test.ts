import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { signingKey } from "./ed25519.node.ts";
import {
  formatNote,
  MAX_NOTE_BYTES,
  MAX_SIGNATURES,
  type NoteRefused,
  openNote,
  parseNote,
  type Signature,
  signNote,
} from "./note.ts";
import { parseSignerKey, parseVerifierKey, signerOf, verifierOf } from "./note-key.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Vectors of golang.org/x/mod/sumdb/note. */
const peter = parseVerifierKey(
  "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
);
const enoch = parseVerifierKey("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop");
const signer = parseSignerKey(
  "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
);
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const peterLine =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const enochLine =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

const namesOf = (list: readonly Signature[]): string[] => list.map(({ name }) => name);
const note = (...lines: string[]): Uint8Array => encode(`${text}\n${lines.join("")}`);
const code = (expected: NoteRefused["code"]): object => ({ name: "NoteRefused", code: expected });

test("the note of the specification", () => {
  const verifier = parseVerifierKey(
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
  );
  const message = encode(
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
  );
  const opened = openNote(message, [verifier]);
  assert.equal(opened.text, "This is an example message.\n");
  assert.deepEqual(namesOf(opened.verified), ["example.com/foo"]);
  const quasimodo =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
  assert.equal(decode(formatNote(parseNote(encode(quasimodo)))), quasimodo);
});

test("signs what Go signs", () => {
  assert.equal(decode(signNote(text, [signer])), decode(note(peterLine)));
});

test("known keys verify, others are kept apart", () => {
  const one = openNote(note(peterLine, enochLine), [peter]);
  assert.equal(one.text, text);
  assert.deepEqual(
    [namesOf(one.verified), namesOf(one.unverified)],
    [["PeterNeumann"], ["EnochRoot"]],
  );
  const both = openNote(note(peterLine, enochLine), [enoch, peter]);
  assert.deepEqual(
    [namesOf(both.verified), namesOf(both.unverified)],
    [["PeterNeumann", "EnochRoot"], []],
  );
  assert.throws(() => openNote(note(peterLine, enochLine), []), code("NO_KNOWN_SIGNATURE"));
});

test("a name or a key ID alone does not make a key known", () => {
  const renamed = peterLine.replace("PeterNeumann", "CarmenSandiego");
  const otherId = peterLine.replace("x08g", "xxxx");
  const opened = openNote(note(renamed, otherId, enochLine), [peter, enoch]);
  assert.deepEqual(namesOf(opened.unverified), ["CarmenSandiego", "PeterNeumann"]);
  assert.throws(() => openNote(note(renamed, otherId), [peter]), code("NO_KNOWN_SIGNATURE"));
});

test("repeats are listed once, and every one by a known key is checked", () => {
  const otherEnoch = `${enochLine.slice(0, 60)}ABCD${enochLine.slice(60)}`;
  const opened = openNote(note(peterLine, peterLine, enochLine, enochLine, otherEnoch), [peter]);
  assert.deepEqual(namesOf(opened.verified), ["PeterNeumann"]);
  assert.deepEqual(namesOf(opened.unverified), ["EnochRoot", "EnochRoot"]);
  assert.throws(
    () => openNote(note(peterLine, enochLine, otherEnoch), [peter, enoch]),
    code("SIGNATURE_INVALID"),
  );
});

test("two verifiers under one name and ID are refused", () => {
  assert.throws(() => openNote(note(peterLine), [peter, enoch, peter]), code("KEYS_AMBIGUOUS"));
});

test("limits: 16 signatures and more, no more than the stated number, no note beyond its size", () => {
  const most = note(...Array<string>(MAX_SIGNATURES).fill(peterLine));
  assert.ok(MAX_SIGNATURES >= 16);
  assert.equal(openNote(most, [peter]).verified.length, 1);
  for (const known of [[peter], []]) {
    const tooMany = note(...Array<string>(MAX_SIGNATURES + 1).fill(peterLine));
    assert.throws(() => openNote(tooMany, known), code("NOTE_TOO_LARGE"));
  }
  const room = MAX_NOTE_BYTES - signNote("\n", [signer]).length;
  assert.equal(
    openNote(signNote(`${"a".repeat(room)}\n`, [signer]), [peter]).text.length,
    room + 1,
  );
  assert.throws(() => signNote(`${"a".repeat(room + 1)}\n`, [signer]), code("NOTE_TOO_LARGE"));
  assert.throws(() => parseNote(new Uint8Array(MAX_NOTE_BYTES + 1)), code("NOTE_TOO_LARGE"));
});

test("malformed notes", () => {
  const bad: readonly Uint8Array[] = [
    encode(""),
    encode("\n"),
    encode("\n\n"),
    encode(text),
    encode(`${text}\n`),
    note(peterLine.slice(0, -1)),
    encode(`\u0001${text}\n${peterLine}`),
    encode(`\r${text}\n${peterLine}`),
    Uint8Array.of(0xff, ...note(peterLine)),
    Uint8Array.of(0xed, 0xa0, 0x80, ...note(peterLine)),
    note(
      "— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
    ),
    note(peterLine, "Unexpected line.\n"),
    note(peterLine.replace("— ", "- ")),
    note(peterLine.replace("— ", "—")),
    note(peterLine.replace("— ", "—\u00a0")),
    note(peterLine.replace(" x08", "  x08")),
    note(peterLine.replace("=\n", "= \n")),
    note(peterLine.replace("=\n", "\n")),
    note(peterLine.replace("M=\n", "N=\n")),
    note("— PeterNeumann x08gow==\n"),
    note("— PeterNeumann \n"),
    note("— PeterNeumann\n"),
    note("—  x08go/ZJ\n"),
  ];
  for (const message of bad) {
    assert.throws(() => openNote(message, [peter]), code("NOTE_MALFORMED"), decode(message));
  }
});

test("every single-bit flip of a signed note is refused", () => {
  const message = signNote("a\nb\n", [signer]);
  const verifiers = [peter];
  for (let bit = 0; bit < message.length * 8; bit++) {
    const flipped = message.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => openNote(flipped, verifiers), { name: "NoteRefused" }, `bit ${bit}`);
  }
});

test("a kept signature stays in front, one of the signer's own key gives way", () => {
  const { signatures } = parseNote(note(enochLine, peterLine));
  assert.equal(decode(signNote(text, [signer], signatures)), decode(note(enochLine, peterLine)));
  const stale = { name: signer.name, keyId: signer.keyId, signature: new Uint8Array(64) };
  assert.equal(decode(signNote(text, [signer], [stale])), decode(note(peterLine)));
});

test("refuses to sign what it would refuse to open", () => {
  for (const bad of ["", "abc", "a\tb\n", "a\r\n", "\ud800\n"]) {
    assert.throws(() => signNote(bad, [signer]), code("NOTE_MALFORMED"), bad);
  }
  assert.throws(() => signNote(text, []), code("NOTE_MALFORMED"));
  const misnamed = { ...signer, name: "a b" };
  assert.throws(() => signNote(text, [misnamed]), code("NOTE_MALFORMED"));
  const empty = { name: "a", keyId: 1, signature: new Uint8Array(0) };
  assert.throws(() => formatNote({ text, signatures: [empty] }), code("NOTE_MALFORMED"));
});

const lines = fc.array(fc.string({ unit: "grapheme", maxLength: 8 }), {
  minLength: 1,
  maxLength: 5,
});
const texts = lines
  .map((parts) => `${parts.join("\n")}\n`)
  .filter((body) => body.isWellFormed() && ![...body].some((unit) => unit < " " && unit !== "\n"));

test("whatever text is signed comes back, empty lines and all", () => {
  const key = signingKey(new Uint8Array(32).fill(3));
  const other = signerOf("ключ.example", new Uint8Array(32).fill(3));
  const verifier = verifierOf("ключ.example", key.publicKey);
  fc.assert(
    fc.property(texts, (body) => {
      const message = signNote(body, [other, signer]);
      assert.equal(openNote(message, [verifier, peter]).text, body);
      assert.deepEqual(formatNote(parseNote(message)), message);
    }),
    { numRuns: 100 },
  );
});

test("an edited note is refused or is spelled as it would be formatted", () => {
  const edit = fc.record({
    at: fc.nat(260),
    cut: fc.nat(2),
    add: fc.constantFrom("", "\n", "\n\n", " ", "=", "A", "— ", "\u0000", "\ufeff"),
  });
  const original = decode(note(peterLine, enochLine));
  fc.assert(
    fc.property(edit, ({ at, cut, add }) => {
      const edited = encode(original.slice(0, at) + add + original.slice(at + cut));
      try {
        assert.deepEqual(formatNote(parseNote(edited)), edited);
      } catch (error) {
        assert.equal((error as Error).name, "NoteRefused");
      }
    }),
    { numRuns: 2000 },
  );
});
