/**
 * Identity from the bytes received to the trace_id, by other means than the product's: the naive
 * JSON and the naive shapes of the contract's own tests, with a naive envelope around them.
 */
import { createHash } from "node:crypto";
import { naiveJson } from "../packages/contract/src/naive-json.test-support.ts";
import {
  canonical,
  identify,
  steps1And2,
  type Value,
} from "../packages/contract/src/oracle.test-support.ts";
import { type Expected, type Given, type Plain, receivedBytes } from "../vectors/case.ts";

type Members = Map<string, Value>;

/** An input, or the bytes that name what is none (SPEC 2). */
type Opened = { readonly category: string } & (
  | { readonly input: Members }
  | { readonly named: Uint8Array }
);

const MAX_DEPTH = 64;
const MAX_SIZE = 1_048_576;

export function expected(given: Given): Expected {
  const bytes = receivedBytes(given);
  const opened = given.how === "bare" ? bare(bytes, given.category) : envelope(bytes);
  const { form, refusal } = judged(opened, given);
  const version = `3.0.0+${given.bundle_digest}`;
  return {
    category: opened.category,
    refusal,
    normal_form: form,
    engine_version: version,
    trace_id: sha256(form + opened.category + version),
  };
}

function sha256(named: string | Uint8Array): string {
  return createHash("sha256").update(named).digest("hex");
}

function judged(opened: Opened, given: Given): Pick<Expected, "refusal"> & { form: string } {
  if ("named" in opened) return { refusal: "MALFORMED_INPUT", form: `"${sha256(opened.named)}"` };
  const schema = Object.hasOwn(given.shapes, opened.category)
    ? given.shapes[opened.category]
    : undefined;
  if (schema === undefined) {
    return { refusal: "UNKNOWN_CATEGORY", form: `[${canonical(steps1And2(opened.input))}]` };
  }
  const host = given.host && members(given.host);
  const shape = members(schema);
  const own = shape.get("$defs");
  const defs = given.defs ? members(given.defs) : own instanceof Map ? own : new Map();
  const result = identify(opened.input, shape, defs, host);
  return { form: result.form, refusal: "refusal" in result ? result.refusal : null };
}

/** Patterns are written for RE2, whose \s is ASCII and \x{…} is \u{…} of the oracle's own engine. */
function members(plain: Plain): Members {
  const text = JSON.stringify(plain)
    .replaceAll("\\\\s", "[\\\\t\\\\n\\\\f\\\\r ]")
    .replaceAll("\\\\x{", "\\\\u{");
  const read = naiveJson(Buffer.from(text));
  if (!(read?.value instanceof Map)) throw new Error("write an object");
  return read.value;
}

const categoryOf = (value: Value | undefined): string =>
  typeof value === "string" && /^[a-z][a-z_]{0,63}$/.test(value) ? value : "unrecognized";

function bare(bytes: Uint8Array, category: string | undefined): Opened {
  const named = { category: categoryOf(category) };
  return naiveJson(bytes) === undefined
    ? { ...named, named: bytes }
    : inputIn(trimmed(bytes), named);
}

/** A value's own bytes, which are the input or name it (SPEC 2.2 rules 4 and 5). */
function inputIn(bytes: Uint8Array, named: { category: string }): Opened {
  const read = naiveJson(bytes);
  const within = read !== undefined && read.depth <= MAX_DEPTH && bytes.length <= MAX_SIZE;
  return within && read.value instanceof Map
    ? { ...named, input: read.value }
    : { ...named, named: bytes };
}

/** Without the white space around it. */
function trimmed(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes)
      .toString()
      .replace(/^[ \t\r\n]+|(?<![ \t\r\n])[ \t\r\n]+$/g, ""),
  );
}

function envelope(bytes: Uint8Array): Opened {
  const refused = { category: "unrecognized", named: bytes };
  const read = naiveJson(bytes);
  if (!(read?.value instanceof Map)) return refused;
  const spans = memberTexts(Buffer.from(bytes).toString());
  const others = [...spans].filter(([name]) => name !== "input");
  if (others.some(([, text]) => (naiveJson(Buffer.from(text))?.depth ?? 0) > MAX_DEPTH)) {
    return refused;
  }
  const named = { category: categoryOf(read.value.get("category")) };
  const input = spans.get("input");
  return input === undefined
    ? { ...named, named: bytes }
    : inputIn(trimmed(Buffer.from(input)), named);
}

/** The text of each member of an object that is known to be JSON, by name. */
function memberTexts(text: string): Map<string, string> {
  const texts = new Map<string, string>();
  let depth = 0;
  let start = 0;
  let name: string | undefined;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]/g)) {
    if (depth === 1 && name === undefined && token.startsWith('"')) name = JSON.parse(token);
    if (depth === 1 && token === ":") start = index + 1;
    if (depth === 1 && (token === "," || token === "}") && name !== undefined) {
      texts.set(name, text.slice(start, index));
      name = undefined;
    }
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
  }
  return texts;
}
