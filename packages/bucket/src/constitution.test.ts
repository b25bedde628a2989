import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { formatVerifierKey, keyId } from "@writ/tlog/note-key";
import fc from "fast-check";
import {
  ALICE,
  BOB,
  constitutionWith,
  LOG_KEY,
  ORIGIN,
  signer,
} from "./append/bucket.test-support.ts";
import {
  type Constitution,
  ConstitutionRefused,
  constitutionDigest,
  formatConstitution,
  parseConstitution,
} from "./constitution.ts";

type Plain = Record<string, unknown>;

function vkeyOf(type: number, name: string, publicKey: Uint8Array): string {
  const id = keyId(name, type, publicKey).toString(16).padStart(8, "0");
  return `${name}+${id}+${Buffer.from([type, ...publicKey]).toString("base64")}`;
}

function witnessKey(number: number): string {
  return vkeyOf(4, `witness.example/${number}`, rawOf(signer(number).verifierKey));
}

const WITNESSES = [
  { key: witnessKey(60), url: "https://witness.example/a" },
  { key: witnessKey(61), url: null },
];

/** Sorted members at every depth; only plain ASCII values, so JSON.stringify is canonical. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

function textWith(change: (plain: Plain) => void): string {
  const plain: Plain = JSON.parse(formatConstitution(constitutionWith({ witnesses: WITNESSES })));
  change(plain);
  return `${canonical(plain)}\n`;
}

function refused(text: string, code: ConstitutionRefused["code"], message: RegExp): void {
  assert.throws(
    () => parseConstitution(text),
    (error) => {
      assert.ok(error instanceof ConstitutionRefused, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}

test("what is formatted is parsed to the same, and has one text", () => {
  const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const quota = fc.record({ events: amount, bytes: amount }, { noNullPrototype: true });
  fc.assert(
    fc.property(
      quota,
      quota,
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 3 }),
      (one, all, inFlight, k) => {
        const constitution = constitutionWith({
          writers: [{ name: ALICE.name, key: ALICE.verifierKey, quota: one }],
          quotas: { ...all, in_flight: inFlight },
          governance: { keys: [11, 12, 13].map((n) => signer(n).verifierKey), threshold: k },
          witnesses: WITNESSES,
          predecessor: { digest: "ab".repeat(32) },
          from: { size: 5, root: "cd".repeat(32) },
        });
        const text = formatConstitution(constitution);
        assert.deepEqual(parseConstitution(text), constitution);
        assert.equal(formatConstitution(parseConstitution(text)), text);
        assert.equal(text, `${canonical(JSON.parse(text))}\n`);
      },
    ),
    { numRuns: 30 },
  );
});

test("the text begins as the format says", () => {
  const text = formatConstitution(constitutionWith());
  assert.ok(
    text.startsWith('{"event_schema":1,"format":"writ-constitution/v1","from":{"root":"e3b0c442'),
  );
  assert.equal(text.indexOf("\n"), text.length - 1);
});

test("the digest is SHA-256 over the text and its LF", () => {
  const text = formatConstitution(constitutionWith());
  const expected = createHash("sha256").update(text, "utf8").digest();
  assert.deepEqual(Buffer.from(constitutionDigest(text)), expected);
});

test("a constitution without writers is one: nobody may append", () => {
  const constitution = constitutionWith({ writers: [] });
  assert.deepEqual(parseConstitution(formatConstitution(constitution)), constitution);
});

test("every member is required, and no other is allowed, at every depth", () => {
  const paths = [
    [],
    ["from"],
    ["governance"],
    ["quotas"],
    ["writers", "0"],
    ["writers", "0", "quota"],
    ["witnesses", "0"],
  ];
  for (const path of paths) {
    const at = (plain: Plain): Plain =>
      path.reduce<Plain>((value, name) => value[name] as Plain, plain);
    refused(
      textWith((plain) => {
        at(plain).extra = 1;
      }),
      "CONSTITUTION_MALFORMED",
      /extra/,
    );
    for (const name of Object.keys(at(JSON.parse(textWith(() => {}))))) {
      refused(
        textWith((plain) => {
          delete at(plain)[name];
        }),
        "CONSTITUTION_MALFORMED",
        new RegExp(name),
      );
    }
  }
});

/** One bad value at one place each; the message must name the place. */
const faults: readonly (readonly [place: string, value: unknown])[] = [
  ["format", "writ-constitution/v2"],
  ["event_schema", 2],
  ["event_schema", "1"],
  ["origin", ""],
  ["origin", 5],
  ["origin", "x".repeat(256)],
  ["log_key", "no key"],
  ["log_key", signer(1, "other.example/log").verifierKey],
  ["log_key", LOG_KEY.replace(/\+[0-9a-f]{8}\+/, "+00000000+")],
  ["writers", {}],
  ["writers/0/name", "0".repeat(16)],
  ["writers/0/name", ALICE.name.toUpperCase()],
  ["log_key", vkeyOf(4, ORIGIN, rawOf(LOG_KEY))],
  ["writers/0/key", witnessKey(60)],
  ["writers/0/quota/events", -1],
  ["writers/0/quota/events", 1.5],
  ["writers/0/quota/bytes", "9"],
  ["quotas/in_flight", 0],
  ["quotas/in_flight", 1_000_001],
  ["quotas/bytes", null],
  ["governance/keys", []],
  ["governance/keys", Array.from({ length: 17 }, (_, i) => signer(20 + i).verifierKey)],
  ["governance/keys/0", ""],
  ["governance/keys/0", witnessKey(60)],
  ["governance/keys/0", vkeyOf(1, "weak.example/key", new Uint8Array(32))],
  ["governance/threshold", 0],
  ["governance/threshold", 2],
  ["witnesses/0/key", signer(60).verifierKey],
  ["witnesses/0/url", "ftp://witness.example"],
  ["witnesses/0/url", "https://witness.example/a b"],
  ["predecessor", { digest: "AB".repeat(32) }],
  ["from/size", -1],
  ["from/root", "00"],
  ["from/root", "00".repeat(32)],
];

for (const [place, value] of faults) {
  test(`refuses /${place}: ${JSON.stringify(value).slice(0, 60)}`, () => {
    const names = place.split("/");
    const last = names.pop() ?? "";
    const text = textWith((plain) => {
      const parent = names.reduce<Plain>((member, name) => member[name] as Plain, plain);
      parent[last] = value;
    });
    refused(text, "CONSTITUTION_MALFORMED", new RegExp(`/${names[0] ?? last}`));
  });
}

test("only the canonical text is read", () => {
  const text = formatConstitution(constitutionWith());
  const spellings = [
    text.trimEnd(),
    `${text}\n`,
    ` ${text}`,
    text.replace(/\n$/, "\r\n"),
    text.replace(",", ", "),
    text.replace('"event_schema":1', '"event_schema":1.0'),
    text.replace('"event_schema":1', '"event_schema":1,"event_schema":1'),
    text.replace("log.example", "log\\u002eexample"),
    text.slice(0, -20),
    "",
  ];
  for (const spelling of spellings) refused(spelling, "CONSTITUTION_MALFORMED", /constitution/);
});

test("no single byte of a text can change unseen", () => {
  const text = formatConstitution(constitutionWith());
  const digest = String(constitutionDigest(text));
  for (let at = 0; at < text.length; at += 7) {
    const bent = `${text.slice(0, at)}${text[at] === "1" ? "2" : "1"}${text.slice(at + 1)}`;
    try {
      parseConstitution(bent);
    } catch (error) {
      assert.ok(error instanceof ConstitutionRefused, String(error));
    }
    assert.notEqual(String(constitutionDigest(bent)), digest);
  }
});

const writerOf = (key: string): Constitution["writers"][number] => ({
  name: key === BOB.verifierKey ? BOB.name : ALICE.name,
  key,
  quota: { events: 1, bytes: 1 },
});

/** The same 32 bytes under another name: another vkey, the same holder. */
function renamed(number: number): string {
  return signer(number, "second.example/name").verifierKey;
}

const twins: Readonly<Record<string, Partial<Constitution>>> = {
  "the same writer twice": { writers: [writerOf(ALICE.verifierKey), writerOf(ALICE.verifierKey)] },
  "one writer's key under two key names": {
    writers: [writerOf(ALICE.verifierKey), writerOf(signer(101, "alias.example/a").verifierKey)],
  },
  "one governance key under two names": {
    governance: { keys: [signer(11).verifierKey, renamed(11)], threshold: 2 },
  },
  "the log's key in governance": { governance: { keys: [renamed(1)], threshold: 1 } },
  "a writer's key in governance": { governance: { keys: [renamed(101)], threshold: 1 } },
  "one witness twice": { witnesses: [...WITNESSES, ...WITNESSES] },
};

for (const [what, changes] of Object.entries(twins)) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => formatConstitution(constitutionWith(changes)),
      (error) => error instanceof ConstitutionRefused && error.code === "CONSTITUTION_KEYS",
    );
  });
}

test("a key whose name is the origin signs the log", () => {
  assert.equal(LOG_KEY, formatVerifierKey(ORIGIN, rawOf(LOG_KEY)));
});

function rawOf(vkey: string): Uint8Array {
  return Uint8Array.from(Buffer.from(vkey.split("+").slice(2).join("+"), "base64").subarray(1));
}

test("two keys that signature lines could not tell apart are refused", () => {
  // Found by trying 30,000 keys: the ID is 32 bits.
  const keys = [
    "g+5df48f56+ARwWAAcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "g+5df48f56+ATtwAAcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ];
  assert.throws(
    () => formatConstitution(constitutionWith({ governance: { keys, threshold: 2 } })),
    (error) => error instanceof ConstitutionRefused && error.code === "CONSTITUTION_KEYS",
  );
  for (const key of keys) {
    formatConstitution(constitutionWith({ governance: { keys: [key], threshold: 1 } }));
  }
});
