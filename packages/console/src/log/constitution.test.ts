import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import { sha256 } from "@writ/tlog/hash";
import { signNote } from "@writ/tlog/note";
import { type Signer, signerOf } from "@writ/tlog/note-key";
import { checkChain, type Rules } from "./constitution.ts";

const key = (number: number, name: string): Signer =>
  signerOf(name, new Uint8Array(32).fill(number));
const log = key(1, "log.example");
const [ana, bo, cy] = [key(11, "ana"), key(12, "bo"), key(13, "cy")] as const;

const first: Rules = {
  origin: "log.example",
  log_key: log.verifierKey,
  governance: { keys: [ana.verifierKey, bo.verifierKey], threshold: 2 },
  writers: [],
  witnesses: [],
  predecessor: null,
  from: { size: 0, root: "0".repeat(64) },
};

function textOf(rules: Rules): string {
  return `${canonicalJson(jsonFrom(rules))}\n`;
}

function noteOf(rules: Rules, signers: readonly Signer[]): string {
  return new TextDecoder().decode(signNote(textOf(rules), signers));
}

function digestOf(rules: Rules): string {
  return Buffer.from(sha256(new TextEncoder().encode(textOf(rules)))).toString("hex");
}

function after(rules: Rules, changes: Partial<Rules>): Rules {
  return { ...rules, predecessor: { digest: digestOf(rules) }, ...changes };
}

function faults(notes: readonly string[]): readonly string[] {
  return checkChain(notes).flatMap(({ checks }, number) =>
    checks
      .filter(({ answer }) => answer === "fails")
      .map(({ title, sentence }) => `${number} ${title}: ${sentence}`),
  );
}

const second = after(first, {
  governance: { keys: [cy.verifierKey], threshold: 1 },
  from: { size: 10, root: "1".repeat(64) },
});
const third = after(second, { from: { size: 10, root: "1".repeat(64) } });
const chain = [noteOf(first, [ana, bo]), noteOf(second, [bo, ana]), noteOf(third, [cy])];

test("a chain holds if each link is signed by those whom the one before it names", () => {
  assert.deepEqual(faults(chain), []);
  const links = checkChain(chain);
  assert.equal(links[1]?.rules?.predecessor?.digest, links[0]?.digest);
  assert.equal(links[0]?.digest, digestOf(first));
});

const broken: readonly (readonly [what: string, notes: readonly string[], fault: RegExp])[] = [
  ["too few signatures", [noteOf(first, [ana])], /^0 Signatures: 1 of 2 governance keys/],
  ["signed by its own keys", [chain[0] ?? "", noteOf(second, [cy])], /^1 Signatures: /],
  [
    "another predecessor",
    [chain[0] ?? "", noteOf({ ...second, predecessor: { digest: "f".repeat(64) } }, [ana, bo])],
    /^1 Predecessor: It names another predecessor/,
  ],
  ["a link left out", [chain[0] ?? "", chain[2] ?? ""], /^1 (Signatures|Predecessor): /],
  [
    "from before its predecessor",
    [...chain.slice(0, 2), noteOf(after(second, { from: first.from }), [cy])],
    /^2 Predecessor: It holds from before/,
  ],
  [
    "of another log",
    [chain[0] ?? "", noteOf(after(first, { origin: "other.example" }), [ana, bo])],
    /^1 Predecessor: It is of another log/,
  ],
  ["begins in the middle", [noteOf(second, [cy])], /^0 Predecessor: The first one follows another/],
  ["no note", ["{}"], /^0 Form: /],
  ["not canonical", [sign("{ }\n")], /^0 Form: Its text is not canonical/],
  ["not rules", [sign('{"origin":"log.example"}\n')], /^0 Form: It lacks/],
];

function sign(text: string): string {
  return new TextDecoder().decode(signNote(text, [ana, bo]));
}

for (const [what, notes, fault] of broken) {
  test(`a chain does not hold: ${what}`, () => {
    assert.match(faults(notes)[0] ?? "none", fault);
  });
}

test("any altered byte of a note is noticed", () => {
  const note = Buffer.from(chain[0] ?? "");
  for (let at = 0; at < note.length; at++) {
    const altered = Buffer.from(note);
    altered[at] = (altered[at] ?? 0) ^ 1;
    const notes = [altered.toString("latin1") === "" ? "" : altered.toString("utf8")];
    assert.notDeepEqual(faults(notes), [], `byte ${at}`);
  }
});
