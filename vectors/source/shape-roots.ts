/** Of schemas as a whole: the root, definitions, and the names they declare (SPEC 5.1, 5.5). */
import type { Plain, PlainObject, SchemaCase } from "../case.ts";
import { holding } from "./case.ts";

const FAULTY = true;
const LOADS = false;

const DEFS: PlainObject = { d: { type: "string" }, o: holding(true) };

const S = { type: "string" };
const O = { type: "object", additionalProperties: false };

function root(name: string, why: string, schema: Plain, faulty: boolean, defs?: Plain): SchemaCase {
  return { name: `fault-${name}`, why, schema, ...(defs !== undefined && { defs }), faulty };
}

/** Each name that may not be declared, disguised. */
const momentary: readonly string[] = [
  "now",
  "timestamp",
  "timestamp_ms",
  "currentTime",
  "current-date-time",
  "created_at",
  "updatedAt",
  "Modified_At",
  "deleted at",
  "requestedAt",
  "received.at",
  "submitted_at",
  "SENT_AT",
  "issuedAt",
  "occurred-at",
  "logged_at",
  "requestTime",
  "request_timestamp",
  "UUID",
  "guid",
  "Nonce",
  "request_id",
  "X-Request-ID",
  "requestUuid",
  "correlation_id",
  "traceId",
  "traceparent",
  "span_id",
  "attempt-id",
  "invocationId",
  "tool_call_id",
  "Idempotency-Key",
  "enforcement_decision_id",
];

const permitted: readonly string[] = [
  "date",
  "time",
  "known",
  "nowhere",
  "created",
  "updated_by",
  "time_stamp_count",
  "event_date",
  "departure_time",
  "order_uuid",
  "reservation_id",
  "id",
  "trace",
  "span",
  "key",
  "requester",
  "requests",
  "nonces",
  "timestamp2",
  "ms_timestamp",
  "n\u00f6nce",
  "\uff4e\uff4f\uff57",
  "__proto__",
  "constructor",
  "",
  "-",
];

const lettered: readonly string[] = [
  "timestamp\u00e9",
  "\u00fcuuid",
  "n.o.w",
  "__now__",
  "no\u0130w",
];

function declaring(name: string, faulty: boolean, i: number): SchemaCase {
  const why =
    "A declared name, without all but ASCII letters and digits and in lowercase (SPEC 5.5).";
  const schema = { type: "object", additionalProperties: true, properties: { [name]: true } };
  return root(`name-${faulty ? "of-a-moment" : "permitted"}-${i}`, why, schema, faulty);
}

const ROOT = "The root is of kind object and does not admit null (SPEC 5.1).";
const HOST = "host is a closed object of caller, facts and validators at most (SPEC 5.1).";
const DEFINITIONS =
  "Definitions are given apart or by the root, and are checked though unused (SPEC 5.1).";
const ITSELF = "No definition contains itself (SPEC 5.1).";

const closed = (properties: PlainObject): PlainObject => ({ ...O, properties });
const host = (schema: Plain): PlainObject => closed({ host: schema });

/** So many arrays around a schema. */
function arrays(count: number, inner: Plain): Plain {
  let schema = inner;
  for (let i = 0; i < count; i++) schema = { type: "array", items: schema };
  return schema;
}

const to = (name: string): PlainObject => ({ $ref: `#/$defs/${name}` });

/** Definitions that are references, each to the next one. */
function chain(length: number): PlainObject {
  const names = Array.from({ length }, (_, i) => `d${i}`);
  return Object.fromEntries(names.map((name, i) => [name, to(names[i + 1] ?? "s")]));
}

const HEIGHT = "The root and each definition are at most 64 high (SPEC 5.1).";
const LOW: PlainObject = { low: arrays(32, true) };

const roots: readonly SchemaCase[] = [
  root("root-object", ROOT, O, LOADS),
  root("root-open", ROOT, { type: "object", additionalProperties: true }, LOADS),
  root("root-true", ROOT, true, FAULTY),
  root("root-false", ROOT, false, FAULTY),
  root("root-empty", ROOT, {}, FAULTY),
  root("root-null", ROOT, null, FAULTY),
  root("root-array", ROOT, { type: "array" }, FAULTY),
  root("root-string", ROOT, S, FAULTY),
  root("root-const", ROOT, { const: "a" }, FAULTY),
  root("root-nullable", ROOT, { ...O, type: ["object", "null"] }, FAULTY),
  root("root-reference", ROOT, { $ref: "#/$defs/o" }, LOADS, DEFS),
  root("root-reference-to-a-string", ROOT, { $ref: "#/$defs/d" }, FAULTY, DEFS),
  root(
    "host-all-parts",
    HOST,
    host(closed({ caller: true, facts: true, validators: true })),
    LOADS,
  ),
  root("host-no-parts", HOST, host(O), LOADS),
  root("host-reference", HOST, host({ $ref: "#/$defs/h" }), LOADS, { h: closed({ caller: S }) }),
  root("host-true", HOST, host(true), FAULTY),
  root("host-string", HOST, host(S), FAULTY),
  root("host-open", HOST, host({ type: "object", additionalProperties: true }), FAULTY),
  root("host-additional-schema", HOST, host({ type: "object", additionalProperties: {} }), FAULTY),
  root("host-other-part", HOST, host(closed({ caller: true, ip: true })), FAULTY),
  root("host-capital-part", HOST, host(closed({ Caller: true })), FAULTY),
  root("host-inside", "Only at the root (SPEC 5.1).", closed({ a: closed({ host: true }) }), LOADS),
  root("host-capital", "Only that very name (SPEC 5.1).", closed({ Host: true }), LOADS),
  root(
    "definitions-of-the-root",
    DEFINITIONS,
    { ...closed({ a: { $ref: "#/$defs/w" } }), $defs: { w: { const: 1 } } },
    LOADS,
  ),
  root("definitions-twice", DEFINITIONS, { ...O, $defs: {} }, FAULTY, {}),
  root(
    "definitions-of-a-reference",
    "$ref stands alone, at the root too (SPEC 5.1).",
    { ...to("o"), $defs: { o: O } },
    FAULTY,
  ),
  root("definitions-of-the-root-null", DEFINITIONS, { ...O, $defs: { b: null } }, FAULTY),
  root("definitions-no-object", DEFINITIONS, { ...O, $defs: [] }, FAULTY),
  root("definitions-apart-no-object", DEFINITIONS, O, FAULTY, 1),
  root("definitions-unused-fault", DEFINITIONS, O, FAULTY, { unused: { type: "text" } }),
  root("definitions-unused-null", DEFINITIONS, O, FAULTY, { unused: null }),
  root("definitions-unused-false", DEFINITIONS, O, FAULTY, { unused: false }),
  root("definitions-unused-name", DEFINITIONS, O, FAULTY, { unused: closed({ nonce: true }) }),
  root(
    "definitions-named-like-a-moment",
    "Definitions are not declared names (SPEC 5.5).",
    O,
    LOADS,
    { nonce: true },
  ),
  root("definitions-diamond", ITSELF, closed({ a: { $ref: "#/$defs/x" } }), LOADS, {
    x: closed({ a: { $ref: "#/$defs/z" }, b: { $ref: "#/$defs/z" } }),
    z: S,
  }),
  root("itself-directly", ITSELF, O, FAULTY, { x: { $ref: "#/$defs/x" } }),
  root("itself-in-items", ITSELF, closed({ a: { $ref: "#/$defs/x" } }), FAULTY, {
    x: { type: "array", items: { $ref: "#/$defs/x" } },
  }),
  root("itself-in-a-property", ITSELF, O, FAULTY, { x: closed({ a: { $ref: "#/$defs/x" } }) }),
  root("itself-in-additional-properties", ITSELF, O, FAULTY, {
    x: { type: "object", additionalProperties: { $ref: "#/$defs/x" } },
  }),
  root("itself-by-another", ITSELF, O, FAULTY, {
    x: { type: "array", items: { $ref: "#/$defs/y" } },
    y: { $ref: "#/$defs/x" },
  }),
  root("nested-64-below-the-root", HEIGHT, holding(arrays(63, S)), LOADS),
  root("nested-65-below-the-root", HEIGHT, holding(arrays(64, S)), FAULTY),
  root("nested-64-with-true", HEIGHT, holding(arrays(63, true)), LOADS),
  root("nested-65-with-true", HEIGHT, holding(arrays(64, true)), FAULTY),
  root("nested-64-without-items", HEIGHT, holding(arrays(63, { type: "array" })), LOADS),
  root("nested-64-in-a-definition", HEIGHT, O, LOADS, { x: arrays(64, true) }),
  root("nested-65-in-a-definition", HEIGHT, O, FAULTY, { x: arrays(65, true) }),
  root("nested-64-in-its-own-definition", HEIGHT, { ...O, $defs: { x: arrays(64, true) } }, LOADS),
  root("nested-64-through-a-reference", HEIGHT, holding(arrays(30, to("low"))), LOADS, LOW),
  root("nested-65-through-a-reference", HEIGHT, holding(arrays(31, to("low"))), FAULTY, LOW),
  root(
    "nested-65-through-a-known-definition",
    HEIGHT,
    closed({ a: to("low"), b: arrays(31, to("low")) }),
    FAULTY,
    LOW,
  ),
  root("nested-64-between-definitions", HEIGHT, O, LOADS, { ...LOW, high: arrays(31, to("low")) }),
  root("nested-65-between-definitions", HEIGHT, O, FAULTY, { ...LOW, high: arrays(32, to("low")) }),
  root("nested-64-references", HEIGHT, O, LOADS, { ...chain(64), s: S }),
  root("nested-65-references", HEIGHT, O, FAULTY, { ...chain(65), s: S }),
  root(
    "name-in-a-definition",
    "Names at any depth and in definitions (SPEC 5.5).",
    closed({ a: { $ref: "#/$defs/x" } }),
    FAULTY,
    { x: closed({ traceId: true }) },
  ),
  root(
    "name-inside",
    "Names at any depth (SPEC 5.5).",
    closed({ a: { type: "array", items: closed({ created_at: true }) } }),
    FAULTY,
  ),
  root(
    "name-in-additional-properties",
    "Names at any depth (SPEC 5.5).",
    { type: "object", additionalProperties: closed({ uuid: true }) },
    FAULTY,
  ),
];

export const cases: readonly SchemaCase[] = [
  ...momentary.map((name, i) => declaring(name, FAULTY, i)),
  ...lettered.map((name, i) => declaring(name, FAULTY, momentary.length + i)),
  ...permitted.map((name, i) => declaring(name, LOADS, i)),
  ...roots,
];
