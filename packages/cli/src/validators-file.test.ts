import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Engine } from "@writ/engine/engine";
import { readValidatorsFile, requireValidators, validatorAddresses } from "./validators-file.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** An engine whose policy declares these, the first of them mandatory. */
function declaring(...names: readonly string[]): Engine {
  const validators = new Map(names.map((name, at) => [name, { mandatory: at === 0 }]));
  return { validators } as unknown as Engine;
}

const ENVIRONMENT = { TONE: "Bearer s3cret", BROKEN: "a\nb", EMPTY: "" };
const NOBODY = declaring();

function read(content: unknown, engine: Engine = NOBODY): ReturnType<typeof validatorAddresses> {
  const path = join(folder, "validators.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  const validators = readValidatorsFile(path);
  requireValidators(engine, validators);
  return validatorAddresses(validators, ENVIRONMENT);
}

const URL = "https://tone.example/judge";
const GOOD = { url: URL, timeout_ms: 2000 };

test("addresses and credentials", () => {
  const secret = join(folder, "secret");
  writeFileSync(secret, "Basic YTpi\n");
  const found = read(
    {
      tone: { ...GOOD, authorization_env: "TONE" },
      taste: { ...GOOD, timeout_ms: 30_000, authorization_file: secret },
      plain: { url: "http://127.0.0.1:9000", timeout_ms: 1 },
    },
    declaring("tone", "style"),
  );
  assert.deepEqual(
    [...found],
    [
      ["tone", { url: URL, timeoutMs: 2000, authorization: "Bearer s3cret" }],
      ["taste", { url: URL, timeoutMs: 30_000, authorization: "Basic YTpi" }],
      ["plain", { url: "http://127.0.0.1:9000/", timeoutMs: 1, authorization: null }],
    ],
  );
});

test("some policies can do without addresses", () => {
  requireValidators(NOBODY, new Map());
  assert.throws(() => requireValidators(declaring("tone"), new Map()), /--validators/);
  assert.throws(() => read({ taste: GOOD }, declaring("tone", "taste")), /validator tone: add it/);
});

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["no JSON", "tone: {}", /json:1:1: this is not strict JSON/],
  ["a duplicate key", '{"tone":{},"tone":{}}', /not strict JSON/],
  ["no object", [], /validators is a mapping/],
  ["a validator that is no object", { tone: URL }, /validators.tone is a mapping/],
  ["an unknown key", { tone: { ...GOOD, retries: 3 } }, /tone has no key "retries": remove it/],
  ["no url", { tone: { timeout_ms: 1 } }, /tone needs the key url/],
  ["a url of another scheme", { tone: { ...GOOD, url: "file:///etc/passwd" } }, /tone.url be/],
  ["a url that is none", { tone: { ...GOOD, url: "tone" } }, /tone.url be/],
  ["a credential in the url", { tone: { ...GOOD, url: "https://a:b@c/" } }, /without a credential/],
  ["no timeout", { tone: { url: URL } }, /tone needs the key timeout_ms/],
  ["a timeout of nothing", { tone: { ...GOOD, timeout_ms: 0 } }, /timeout_ms be a whole number/],
  ["a fraction of a timeout", { tone: { ...GOOD, timeout_ms: 1.5 } }, /timeout_ms be/],
  ["a timeout too long", { tone: { ...GOOD, timeout_ms: 30_001 } }, /timeout_ms be/],
  ["a timeout in words", { tone: { ...GOOD, timeout_ms: "2000" } }, /timeout_ms be/],
  ["a variable that is not set", { tone: { ...GOOD, authorization_env: "X" } }, /variable X/],
  ["an empty credential", { tone: { ...GOOD, authorization_env: "EMPTY" } }, /no header value/],
  [
    "a credential of two lines",
    { tone: { ...GOOD, authorization_env: "BROKEN" } },
    /no header value/,
  ],
  ["a file that is not there", { tone: { ...GOOD, authorization_file: "/none" } }, /cannot read/],
  [
    "a credential itself",
    { tone: { ...GOOD, authorization: "Bearer x" } },
    /tone has no key "authorization"/,
  ],
  [
    "two credentials",
    { tone: { ...GOOD, authorization_env: "TONE", authorization_file: "x" } },
    /not both/,
  ],
  ["a credential without name", { tone: { ...GOOD, authorization_env: 3 } }, /name of an env/],
];

for (const [what, content, message] of REFUSED) {
  test(`refused: ${what}`, () => {
    assert.throws(() => read(content), { name: "Error", message });
  });
}

test("no message shows a credential", () => {
  assert.throws(
    () => read({ tone: { ...GOOD, authorization_env: "BROKEN" } }),
    (error: Error) => !error.message.includes("a\nb"),
  );
});
