import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gatewayName } from "@writ/contract/decision-id";
import { signNote } from "@writ/tlog/note";
import { type Signer, signerOf } from "@writ/tlog/note-key";
import fc from "fast-check";
import { constitutionWith, LOG_KEY, signer } from "./append/bucket.test-support.ts";
import {
  type Constitution,
  ConstitutionRefused,
  constitutionDigest,
  formatConstitution,
  parseConstitution,
} from "./constitution.ts";
import {
  type Enacted,
  governing,
  peekConstitution,
  signConstitution,
  standingOf,
  verifyConstitutionChain,
} from "./constitution-chain.ts";
import { rawPublicKey } from "./verifier-key.ts";

const G: readonly Signer[] = [11, 12, 13, 14].map((number) => signer(number));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const vkeys = (...which: number[]): string[] => which.map((at) => G[at]?.verifierKey ?? "");
const signers = (...which: number[]): Signer[] => G.filter((_, at) => which.includes(at));

const FIRST = constitutionWith({ governance: { keys: vkeys(0, 1, 2), threshold: 2 } });
const FIRST_TEXT = formatConstitution(FIRST);

function successor(before: string, changes: Partial<Constitution> = {}): string {
  return formatConstitution({
    ...FIRST,
    predecessor: { digest: hex(constitutionDigest(before)) },
    from: { size: 10, root: "ab".repeat(32) },
    ...changes,
  });
}

function refusedChain(notes: readonly Uint8Array[], code: ConstitutionRefused["code"]): void {
  assert.throws(
    () => verifyConstitutionChain(notes),
    (error) => {
      assert.ok(error instanceof ConstitutionRefused, String(error));
      assert.equal(error.code, code, error.message);
      return true;
    },
  );
}

const first = signConstitution(FIRST_TEXT, signers(0, 1));

test("a first constitution, signed by k of its own keys, is a chain", () => {
  const [enacted] = verifyConstitutionChain([first]);
  assert.deepEqual(enacted.constitution, FIRST);
  assert.equal(enacted.text, FIRST_TEXT);
  assert.equal(hex(enacted.digest), hex(constitutionDigest(FIRST_TEXT)));
});

const subsets = (n: number): number[][] =>
  Array.from({ length: 2 ** n }, (_, bits) =>
    Array.from({ length: n }, (_, at) => at).filter((at) => (bits >> at) % 2 === 1),
  );

test("any k or more of n keys are enough, fewer are not: every k, n to 4 and subset", () => {
  for (let n = 1; n <= 4; n += 1) {
    const all = Array.from({ length: n }, (_, at) => at);
    for (let k = 1; k <= n; k += 1) {
      const text = formatConstitution(
        constitutionWith({ governance: { keys: vkeys(...all), threshold: k } }),
      );
      for (const who of subsets(n).filter(({ length }) => length > 0)) {
        const note = signConstitution(text, signers(...who));
        assert.deepEqual(standingOf(note, parseConstitution(text).governance), {
          signed: vkeys(...who),
          missing: Math.max(0, k - who.length),
          foreign: [],
        });
        if (who.length >= k) assert.equal(verifyConstitutionChain([note])[0].text, text);
        else refusedChain([note], "CONSTITUTION_UNSIGNED");
      }
    }
  }
});

test("in whatever order k of n sign, one after the other, the note is the same in force", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 1 }), (order) => {
      let note: Uint8Array | undefined;
      for (const who of order) note = signConstitution(FIRST_TEXT, signers(who), note);
      assert.ok(note !== undefined);
      const { missing } = standingOf(note, FIRST.governance);
      assert.equal(missing, Math.max(0, 2 - order.length));
      if (missing > 0) refusedChain([note], "CONSTITUTION_UNSIGNED");
      else
        assert.equal(
          hex(verifyConstitutionChain([note])[0].digest),
          hex(constitutionDigest(FIRST_TEXT)),
        );
    }),
    { numRuns: 30 },
  );
});

test("a foreign signature counts for nothing, a bent one of a governor's spoils the note", () => {
  const note = signConstitution(FIRST_TEXT, [...signers(0, 1), signer(99)]);
  assert.deepEqual(standingOf(note, FIRST.governance), {
    signed: vkeys(0, 1),
    missing: 0,
    foreign: ["key.example/99"],
  });
  const lines = Buffer.from(signConstitution(FIRST_TEXT, signers(0, 1, 2))).toString();
  const bent = Buffer.from(lines.replace(/.{6}\n$/, "AAAAA=\n").replace(/AAAAA=\n$/, "AAAA==\n"));
  assert.throws(() => standingOf(bent, FIRST.governance), ConstitutionRefused);
});

const long = process.env.WRIT_LONG === "1";

test("a log has room for so many writers in all its life", { skip: !long }, () => {
  const writers = Array.from({ length: 1024 }, (_, number) => number);
  const of = (generation: number): Constitution["writers"] =>
    writers.map((number) => {
      const raw = new Uint8Array(createHash("sha256").update(`${generation}.${number}`).digest());
      const key = signerOf("w", raw).verifierKey;
      return { name: gatewayName(rawPublicKey(key)), key, quota: { events: 1, bytes: 1 } };
    });
  const notes = [first];
  let before = FIRST_TEXT;
  for (let generation = 0; generation < 4; generation += 1) {
    before = successor(before, { writers: of(generation) });
    notes.push(signConstitution(before, signers(0, 1)));
  }
  // With the two of the first there are 4,098.
  refusedChain(notes, "CONSTITUTION_CHAIN");
  assert.equal(verifyConstitutionChain(notes.slice(0, 4)).length, 4);
});

test("signatures can be added one after another", () => {
  const one = signConstitution(FIRST_TEXT, signers(0));
  refusedChain([one], "CONSTITUTION_UNSIGNED");
  const two = signConstitution(FIRST_TEXT, signers(2), one);
  assert.equal(verifyConstitutionChain([two]).length, 1);
  const again = signConstitution(FIRST_TEXT, signers(0), one);
  refusedChain([again], "CONSTITUTION_UNSIGNED");
});

test("signatures cannot be added to another text", () => {
  const other = signConstitution(successor(FIRST_TEXT), signers(0));
  assert.throws(() => signConstitution(FIRST_TEXT, signers(1), other), ConstitutionRefused);
});

test("one key's signature twice counts once", () => {
  const line = new TextDecoder()
    .decode(signNote(FIRST_TEXT, signers(0)))
    .slice(FIRST_TEXT.length + 1);
  const note = new TextEncoder().encode(`${FIRST_TEXT}\n${line}${line}`);
  refusedChain([note], "CONSTITUTION_UNSIGNED");
});

test("the predecessor's keys sign, not the successor's own", () => {
  const text = successor(FIRST_TEXT, { governance: { keys: vkeys(3), threshold: 1 } });
  assert.equal(verifyConstitutionChain([first, signConstitution(text, signers(0, 2))]).length, 2);
  refusedChain([first, signConstitution(text, signers(3))], "CONSTITUTION_UNSIGNED");
  refusedChain([first, signConstitution(text, signers(0, 3))], "CONSTITUTION_UNSIGNED");
});

test("governance can change hands, and the old hands are then out", () => {
  const second = successor(FIRST_TEXT, { governance: { keys: vkeys(3), threshold: 1 } });
  const third = successor(second, { from: { size: 20, root: "cd".repeat(32) } });
  const chain = [first, signConstitution(second, signers(0, 1))];
  assert.equal(verifyConstitutionChain([...chain, signConstitution(third, signers(3))]).length, 3);
  refusedChain([...chain, signConstitution(third, signers(0, 1))], "CONSTITUTION_UNSIGNED");
});

const brokenSuccessors: Readonly<Record<string, Partial<Constitution>>> = {
  "no predecessor": { predecessor: null },
  "another predecessor": { predecessor: { digest: "00".repeat(32) } },
  "another origin": {
    origin: "other.example/log",
    log_key: signer(1, "other.example/log").verifierKey,
  },
};

for (const [what, changes] of Object.entries(brokenSuccessors)) {
  test(`a successor with ${what} breaks the chain`, () => {
    const note = signConstitution(successor(FIRST_TEXT, changes), signers(0, 1));
    refusedChain([first, note], "CONSTITUTION_CHAIN");
  });
}

test("tree sizes never fall along the chain, and one size has one root", () => {
  const second = successor(FIRST_TEXT);
  const link = (from: Constitution["from"]): Uint8Array[] => [
    first,
    signConstitution(second, signers(0, 1)),
    signConstitution(successor(second, { from }), signers(0, 1)),
  ];
  assert.equal(verifyConstitutionChain(link({ size: 10, root: "ab".repeat(32) })).length, 3);
  refusedChain(link({ size: 9, root: "ab".repeat(32) }), "CONSTITUTION_CHAIN");
  refusedChain(link({ size: 10, root: "cd".repeat(32) }), "CONSTITUTION_CHAIN");
});

test("a chain begins at the beginning", () => {
  const second = signConstitution(successor(FIRST_TEXT), signers(0, 1));
  refusedChain([], "CONSTITUTION_CHAIN");
  refusedChain([second], "CONSTITUTION_CHAIN");
  refusedChain([second, first], "CONSTITUTION_CHAIN");
  const late = formatConstitution({ ...FIRST, from: { size: 3, root: "ab".repeat(32) } });
  refusedChain([signConstitution(late, signers(0, 1))], "CONSTITUTION_CHAIN");
});

test("no link can be left out, doubled or swapped", () => {
  const second = successor(FIRST_TEXT);
  const third = successor(second, { from: { size: 20, root: "cd".repeat(32) } });
  const [a, b, c] = [FIRST_TEXT, second, third].map((text) =>
    signConstitution(text, signers(0, 1)),
  );
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  assert.equal(verifyConstitutionChain([a, b, c]).length, 3);
  for (const notes of [
    [a, c],
    [a, b, b],
    [a, c, b],
    [b, c],
    [a, a],
  ]) {
    refusedChain(notes, "CONSTITUTION_CHAIN");
  }
});

test("every flipped byte of a note is found", () => {
  const note = signConstitution(FIRST_TEXT, signers(0, 1));
  for (let at = 0; at < note.length; at += 3) {
    const bent = note.slice();
    bent[at] = (bent[at] ?? 0) ^ 1;
    assert.throws(() => verifyConstitutionChain([bent]), ConstitutionRefused, `byte ${at}`);
  }
});

test("a note that governance signed but that is no constitution is refused", () => {
  refusedChain([first, signNote("hello\n", signers(0, 1))], "CONSTITUTION_MALFORMED");
  assert.throws(() => signConstitution("hello\n", signers(0)), ConstitutionRefused);
  assert.throws(() => peekConstitution(new TextEncoder().encode("hello\n")), ConstitutionRefused);
});

test("a leaf is governed by the last constitution that holds from it or before", () => {
  const linkAt = (size: number): Enacted => ({
    constitution: { ...FIRST, log_key: LOG_KEY, from: { size, root: "ab".repeat(32) } },
    text: String(size),
    digest: new Uint8Array(32),
  });
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(25), (sizes, leaf) => {
      const rising = [...sizes].sort((a, b) => a - b);
      const naive = [0, ...rising].filter((size) => size <= leaf).at(-1);
      assert.equal(governing([linkAt(0), ...rising.map(linkAt)], leaf).text, String(naive));
    }),
  );
});
