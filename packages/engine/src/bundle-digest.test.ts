import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { jsonFrom } from "@writ/contract/jcs";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { loadBundle } from "./bundle.ts";
import { bundleDigest } from "./bundle-digest.ts";
import { runs } from "./runs.node.ts";
import { bundleOf, PAYMENTS } from "./sample-bundle.node.ts";

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

const CONTENT: { [name: string]: Plain } = parse(PAYMENTS);

/** RFC 8785 as far as these contents need it, told naively. */
function naiveForm(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(naiveForm).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${naiveForm(each)}`).join(",")}}`;
}

test("the digest is SHA-256 of the canonical content", () => {
  const expected = createHash("sha256").update(naiveForm(CONTENT)).digest("hex");
  assert.equal(bundleOf(PAYMENTS).digest, expected);
});

test("the digest counts strings as they are", () => {
  const digest = (value: Plain): string => bundleDigest(jsonFrom(value));
  assert.notEqual(digest({ when: "a" }), digest({ when: "A" }));
  assert.notEqual(digest({ when: "a" }), digest({ when: "a " }));
  assert.notEqual(digest(["a", "b"]), digest(["b", "a"]));
});

/** The same content with members in another order, at every depth. */
function shuffled(value: Plain, random: () => number): Plain {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, random));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(
    ([name, each]) => [name, shuffled(each, random)] as const,
  );
  return Object.fromEntries(members.sort(() => random() - 0.5));
}

/** Top-level keys, and the members of those that may be spread, dealt to some files. */
function deal(content: { [name: string]: Plain }, files: number, random: () => number): Plain[] {
  const dealt: { [name: string]: Plain }[] = Array.from({ length: files }, () => ({}));
  const anyFile = (): { [name: string]: Plain } => dealt[Math.floor(random() * files)] ?? {};
  for (const [key, value] of Object.entries(content)) {
    const isSpread = ["$defs", "categories", "canaries"].includes(key);
    if (!isSpread || typeof value !== "object" || value === null || Array.isArray(value)) {
      anyFile()[key] = value;
      continue;
    }
    for (const [name, member] of Object.entries(value)) {
      const file = anyFile();
      file[key] = { ...(file[key] as object), [name]: member };
    }
  }
  return dealt.filter((file) => Object.keys(file).length > 0);
}

/** One way to write a value down; numbers of JSON also as `1000.0` and `1e3`. */
function written(value: Plain, style: number): { extension: string; text: string } {
  const json = JSON.stringify(value, null, style % 3);
  const numbers = json.replaceAll(
    /(?<=[:[,\s])(\d+)(?=[,\s}\]])/g,
    style % 2 === 0 ? "$1.0" : "$1e0",
  );
  if (style < 4) return { extension: "json", text: style < 2 ? json : numbers };
  if (style === 4)
    return { extension: "yaml", text: `# by hand\n${stringify(value, { indent: 4 })}` };
  if (style === 5) return { extension: "yml", text: stringify(value, { collectionStyle: "flow" }) };
  const crlf = stringify(value, { lineWidth: 40, singleQuote: true }).replaceAll("\n", "\r\n");
  return { extension: "yaml", text: style === 6 ? crlf : `--- # one\n${json}\n` };
}

test("file format, layout, order of keys and files, split and comments leave the digest", () => {
  const expected = bundleOf(PAYMENTS).digest;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(7), { minLength: 5, maxLength: 5 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 64, maxLength: 64 }),
      (count, styles, numbers) => {
        let drawn = 0;
        const random = (): number => numbers[drawn++ % 64] ?? 0;
        const content = shuffled(CONTENT, random) as { [name: string]: Plain };
        const files = deal(content, count, random).map((file, index) => {
          const { extension, text } = written(file, styles[index] ?? 0);
          return { path: `${Math.floor(random() * 1e6)}-${index}.${extension}`, text };
        });
        const loaded = loadBundle(files);
        assert.ok("bundle" in loaded, JSON.stringify(loaded));
        assert.equal(loaded.bundle.digest, expected);
      },
    ),
    { numRuns: runs(60, 2000) },
  );
});

test("a JSON file means what strict JSON means", () => {
  const text = fc.json({ noUnicodeString: false, maxDepth: 4 });
  fc.assert(
    fc.property(text, (canary) => {
      const content = { ...CONTENT, canaries: { ...(CONTENT.canaries as object) } };
      const json = JSON.stringify(content).replace('{"text":"hello"}', () => `{"text":${canary}}`);
      const loaded = loadBundle([{ path: "a.json", text: json }]);
      if ("faults" in loaded) return;
      assert.equal(
        loaded.bundle.digest,
        createHash("sha256")
          .update(naiveForm(JSON.parse(json)))
          .digest("hex"),
      );
    }),
    { numRuns: runs(120, 5000) },
  );
});
