import { bareInput, openEnvelope } from "@writ/contract/envelope";
import {
  bytes,
  envelope,
  HOST,
  type Row,
  rows,
  SOUND,
  type Strike,
  withHost,
  withMember,
} from "./failure-matrix.node.ts";

/* What can be wrong with what the engine is given to judge. */

const encoder = new TextEncoder();

export const BYTES: readonly Row[] = [
  ...rows("E1", "MALFORMED_INPUT", {
    "no byte": () => bytes(""),
    "no UTF-8": () => ({ received: openEnvelope(Uint8Array.of(0x7b, 0xff, 0x7d)) }),
    "a byte order mark": () => bytes('\uFEFF{"category":"act","input":{}}'),
    "broken JSON": () => bytes('{"category":"act","input":{}'),
    "JSON and more": () => bytes('{"category":"act","input":{}} {}'),
    "a duplicate key in the envelope": () => bytes('{"input":{},"input":{},"category":"act"}'),
    "a duplicate key in the input": () => envelope('{"a":1,"\\u0061":1}'),
    "half a surrogate pair": () => envelope('{"a":"\\ud800"}'),
    "a number that binary64 does not hold": () => envelope('{"a":9007199254740993}'),
    "an infinite number": () => envelope('{"a":1e400}'),
  }),
  ...rows("E2", "MALFORMED_INPUT", {
    "an envelope that is no object": () => bytes("[]"),
    "an envelope without input": () => bytes('{"category":"act"}'),
    "a list for an input": () => envelope("[]"),
    "null for an input": () => envelope("null"),
    "a bare string": () => ({ received: bareInput(encoder.encode('"x"'), "act") }),
  }),
  ...rows("E3", "MALFORMED_INPUT", {
    "65 levels": () => envelope(`{"a":${"[".repeat(64)}${"]".repeat(64)}}`),
    "a million levels": () => envelope(`{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`),
    "a byte more than 1 MiB": () => envelope(`{"a":"${"x".repeat(1_048_576 - 7)}"}`),
  }),
];

export const CATEGORIES: readonly Row[] = rows("E4", "UNKNOWN_CATEGORY", {
  "not in the bundle": () => ({ received: { ...SOUND, category: "other" } }),
  "not in the grammar": () => ({ received: { ...SOUND, category: "Act" } }),
  "none named": () => bytes('{"input":{}}'),
  "no string": () => bytes('{"category":1,"input":{}}'),
  "no string, past the envelope": () => ({ received: { ...SOUND, category: 7 } }),
  "the reserved one": () => ({ received: { ...SOUND, category: "unrecognized" } }),
  "a name of JavaScript's": () => ({ received: { ...SOUND, category: "__proto__" } }),
});

const tone = (verdict: unknown): Strike => withHost({ validators: { tone: verdict } });
export const HOSTS: readonly Row[] = [
  ...rows("E5", "VALIDATOR_UNAVAILABLE", {
    "no host": () => ({ host: null }),
    "no validators": () => withHost({ validators: null }),
    "validators that are a list": () => withHost({ validators: [] }),
    "no verdict": () => withHost({ validators: {} }),
    "null for a verdict": () => tone(null),
    "a word for a verdict": () => tone("EXECUTE"),
    "no outcome": () => tone({ reason: "FINE" }),
    "no reason": () => tone({ outcome: "EXECUTE" }),
    "a fourth word": () => tone({ outcome: "ALLOW", reason: "FINE" }),
    "a word in lower case": () => tone({ outcome: "execute", reason: "FINE" }),
    "a reason that is no code": () => tone({ outcome: "EXECUTE", reason: "fine" }),
    "a reason that is a number": () => tone({ outcome: "EXECUTE", reason: 3 }),
  }),
  ...rows("E6", "INPUT_SHAPE_VIOLATION", {
    "host from outside": () => withMember("host", HOST),
    "host from outside, and none from enforcement": () => {
      return { ...withMember("host", HOST), host: null };
    },
  }),
];

export const MEMBERS: readonly Row[] = [
  ...rows("E7", "MISSING_MANDATORY_INPUT", {
    "at the top": () => withMember("list", undefined),
    "in an element of a list": () => withMember("deep", [{ id: "a" }, { note: "b" }]),
    "among the facts": () => withHost({ facts: {} }),
    "beside a violation and a transient value": () =>
      withMember("deep", [{ note: 3 }, { id: "2026-11-21T20:00:00Z" }]),
  }),
  ...rows("E8", "INPUT_SHAPE_VIOLATION", {
    "another type": () => withMember("list", "x"),
    "another type in a list": () => withMember("list", [1, "x"]),
    "null for a mandatory member": () => withMember("list", null),
    "an undeclared member": () => withMember("more", 1),
    "an undeclared member, deep": () => withMember("deep", [{ id: "a", more: 1 }]),
    "not among the enum": () => withMember("mode", "other"),
    "not the const": () => withMember("sure", false),
    "too short": () => withMember("word", "a"),
    "too long": () => withMember("word", "abcdefghij"),
    "against the pattern": () => withMember("word", "a-b"),
    "not exact": () => withMember("path", "/srv/X"),
    "below the minimum": () => withMember("zero", -1),
    "above the maximum": () => withMember("zero", 10),
    "at the exclusive minimum": () => withMember("part", 0),
    "at the exclusive maximum": () => withMember("part", 1),
    "a fraction for an integer": () => withMember("zero", 0.5),
    "an integer beyond 2^53 - 1": () => withMember("huge", 2 ** 53),
    "too few items": () => withMember("two", ["a"]),
    "too many items": () => withMember("list", new Array(81).fill(1)),
    "another type among the facts": () => withHost({ facts: { age: "3" } }),
    "beside a transient value": () => withMember("deep", [{ id: 3, note: "2026-11-21T20:00:00Z" }]),
  }),
  ...rows("E9", "TRANSIENT_FIELD", {
    "a moment": () => withMember("deep", [{ id: "2026-11-21T20:00:00Z" }]),
    "a UUID in a list": () => withMember("deep", [{ id: "6f1c2b54-8d0e-4b77-9a53-2e7d0c9b1a60" }]),
    "a UUID where anything may stand": () =>
      withMember("any", ["6F1C2B54-8D0E-4B77-9A53-2E7D0C9B1A60"]),
    "a moment among the facts": () =>
      withHost({ facts: { age: 3, since: "2026-11-21T20:00:00Z" } }),
  }),
];
