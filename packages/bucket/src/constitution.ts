import { gatewayName } from "@writ/contract/decision-id";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { parseStrictJson } from "@writ/contract/strict-json";
import { emptyRoot, sha256 } from "@writ/tlog/hash";
import { KeyRefused } from "@writ/tlog/note-key";
import {
  COSIGNATURE,
  decodeVerifierKey,
  dissectVerifierKey,
  NOTE_SIGNATURE,
  type VerifierKeyParts,
} from "./verifier-key.ts";

/** What a writer, or all of them, may ever put into the log. */
export interface Quota {
  readonly events: number;
  /** Charged bytes: what events and messages need on disk. */
  readonly bytes: number;
}

/** One who may append. */
export interface Writer {
  /** First 16 hex digits of SHA-256 of the raw public key; decision ids begin with it. */
  readonly name: string;
  /** vkey of the writer's Ed25519 key. */
  readonly key: string;
  readonly quota: Quota;
}

/** A witness whose cosignatures are collected. */
export interface Witness {
  /** vkey of signature type 4 (C2SP tlog-cosignature). */
  readonly key: string;
  /** Where its `add-checkpoint` is, or null if cosignatures come some other way. */
  readonly url: string | null;
}

/** The Bucket's own rules. They hold from one tree size until a successor's. */
export interface Constitution {
  /** The log's name: the origin line of its checkpoints, and the name of its key. */
  readonly origin: string;
  /** vkey that signs the log's checkpoints. */
  readonly log_key: string;
  /** Version of the event's closed schema. */
  readonly event_schema: typeof EVENT_SCHEMA;
  readonly writers: readonly Writer[];
  /** Of the whole log; `in_flight` bounds events submitted and not yet ended. */
  readonly quotas: Quota & { readonly in_flight: number };
  /** Whose signatures, and how many of them, the successor needs; the first needs its own. */
  readonly governance: { readonly keys: readonly string[]; readonly threshold: number };
  readonly witnesses: readonly Witness[];
  /** SHA-256 of the text that this one follows, 64 hex digits; null in the first. */
  readonly predecessor: { readonly digest: string } | null;
  /** The tree from which it holds: its size, and its root as 64 hex digits. */
  readonly from: { readonly size: number; readonly root: string };
}

/** Not a constitution, or not one that may hold here; `code` says why. */
export class ConstitutionRefused extends Error {
  override readonly name = "ConstitutionRefused";
  readonly code:
    | "CONSTITUTION_MALFORMED"
    | "CONSTITUTION_KEYS"
    | "CONSTITUTION_UNSIGNED"
    | "CONSTITUTION_CHAIN";

  constructor(code: ConstitutionRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The one version of the event's schema that there is. */
export const EVENT_SCHEMA = 1;

const FORMAT = "writ-constitution/v1";
const MAX_ORIGIN_BYTES = 255;
const MAX_WRITERS = 1024;
/** Every reader of signed notes takes at least 16 signatures; more could not be counted on. */
const MAX_GOVERNANCE_KEYS = 16;
const MAX_WITNESSES = 64;
const MAX_IN_FLIGHT = 1_000_000;

/**
 * The text of a constitution: RFC 8785 JSON on one line, ended by LF. Every constitution has one
 * text. Throws ConstitutionRefused for what `parseConstitution` would refuse.
 */
export function formatConstitution(constitution: Constitution): string {
  const text = textOf(constitution);
  parseConstitution(text);
  return text;
}

/**
 * Reads exactly the texts that `formatConstitution` gives: closed, canonical, every key well-formed
 * and in one role. Whether anyone signed it is not its question. Throws ConstitutionRefused.
 */
export function parseConstitution(text: string): Constitution {
  const constitution = readConstitution(parseText(text));
  if (textOf(constitution) !== text) throw malformed("", "write it as canonical JSON and one LF");
  requireDistinctKeys(constitution);
  return constitution;
}

/** SHA-256 of a constitution's text, its LF included: what frames and successors name it by. */
export function constitutionDigest(text: string): Uint8Array {
  return sha256(new TextEncoder().encode(text));
}

function textOf(constitution: Constitution): string {
  return `${canonicalJson(jsonFrom({ format: FORMAT, ...constitution }))}\n`;
}

function parseText(text: string): Json {
  try {
    return parseStrictJson(new TextEncoder().encode(text));
  } catch (error) {
    throw malformed("", error instanceof Error ? error.message : "write it as strict JSON");
  }
}

function readConstitution(json: Json): Constitution {
  const top = members(json, "", [
    "event_schema",
    "format",
    "from",
    "governance",
    "log_key",
    "origin",
    "predecessor",
    "quotas",
    "witnesses",
    "writers",
  ]);
  if (top("format") !== FORMAT) throw malformed("/format", `write ${FORMAT}`);
  if (top("event_schema") !== EVENT_SCHEMA) throw malformed("/event_schema", "write 1");
  const origin = originAt(top("origin"), "/origin");
  return {
    origin,
    log_key: logKeyAt(top("log_key"), origin),
    event_schema: EVENT_SCHEMA,
    writers: list(top("writers"), "/writers", 0, MAX_WRITERS, writerAt),
    quotas: quotasAt(top("quotas")),
    governance: governanceAt(top("governance")),
    witnesses: list(top("witnesses"), "/witnesses", 0, MAX_WITNESSES, witnessAt),
    predecessor: predecessorAt(top("predecessor")),
    from: fromAt(top("from")),
  };
}

function originAt(json: Json, at: string): string {
  const origin = textAt(json, at);
  const bytes = new TextEncoder().encode(origin).length;
  if (bytes > MAX_ORIGIN_BYTES) throw malformed(at, `keep it within ${MAX_ORIGIN_BYTES} bytes`);
  return origin;
}

/** C2SP tlog-checkpoint: the log's signature line bears the origin as its key name. */
function logKeyAt(json: Json, origin: string): string {
  const vkey = noteKeyAt(json, "/log_key");
  if (dissectVerifierKey(vkey).name === origin) return vkey;
  throw malformed("/log_key", "give a key whose name is the origin");
}

function writerAt(json: Json, at: string): Writer {
  const member = members(json, at, ["key", "name", "quota"]);
  const key = noteKeyAt(member("key"), `${at}/key`);
  const name = gatewayName(dissectVerifierKey(key).publicKey);
  if (member("name") !== name) throw malformed(`${at}/name`, `write ${name}, the name of its key`);
  const quota = members(member("quota"), `${at}/quota`, ["bytes", "events"]);
  return {
    name,
    key,
    quota: {
      events: count(quota("events"), `${at}/quota/events`),
      bytes: count(quota("bytes"), `${at}/quota/bytes`),
    },
  };
}

function quotasAt(json: Json): Constitution["quotas"] {
  const member = members(json, "/quotas", ["bytes", "events", "in_flight"]);
  return {
    events: count(member("events"), "/quotas/events"),
    bytes: count(member("bytes"), "/quotas/bytes"),
    in_flight: count(member("in_flight"), "/quotas/in_flight", 1, MAX_IN_FLIGHT),
  };
}

function governanceAt(json: Json): Constitution["governance"] {
  const member = members(json, "/governance", ["keys", "threshold"]);
  const keys = list(member("keys"), "/governance/keys", 1, MAX_GOVERNANCE_KEYS, noteKeyAt);
  const threshold = count(member("threshold"), "/governance/threshold", 1, keys.length);
  return { keys, threshold };
}

function witnessAt(json: Json, at: string): Witness {
  const member = members(json, at, ["key", "url"]);
  const key = keyAt(member("key"), `${at}/key`, COSIGNATURE);
  const url = member("url");
  if (url === null) return { key, url };
  const address = textAt(url, `${at}/url`);
  if (!/^https?:\/\/[!-~]{1,2000}$/.test(address)) {
    throw malformed(`${at}/url`, "give an http or https URL, or null");
  }
  return { key, url: address };
}

function predecessorAt(json: Json): Constitution["predecessor"] {
  if (json === null) return null;
  const member = members(json, "/predecessor", ["digest"]);
  return { digest: hashAt(member("digest"), "/predecessor/digest") };
}

function fromAt(json: Json): Constitution["from"] {
  const member = members(json, "/from", ["root", "size"]);
  const size = count(member("size"), "/from/size");
  const root = hashAt(member("root"), "/from/root");
  if (size === 0 && root !== hex(emptyRoot())) {
    throw malformed("/from/root", "write the root of the empty tree");
  }
  return { size, root };
}

/**
 * One key, one role, by the public key's bytes: one holder may not count twice toward a threshold
 * under two names, and no key that is online (the log's, a writer's) may sign rules.
 */
function requireDistinctKeys(constitution: Constitution): void {
  const { log_key, writers, governance, witnesses } = constitution;
  const names = new Set<string>();
  for (const { name } of writers) {
    if (names.has(name)) throw keys(`two writers are named ${name}; keep one`);
    names.add(name);
  }
  const roles = [
    log_key,
    ...governance.keys,
    ...writers.map((writer) => writer.key),
    ...witnesses.map((witness) => witness.key),
  ];
  const seen = new Set<string>();
  for (const vkey of roles) {
    const raw = hex(decodeVerifierKey(vkey).publicKey);
    if (seen.has(raw)) throw keys(`${vkey} is there twice; give each role a key of its own`);
    // Signature lines name a key by its name and ID alone, and 32 bits of ID can be made to collide.
    const called = vkey.split("+", 2).join("+");
    if (seen.has(called)) throw keys(`two keys are called ${called}; name one of them anew`);
    seen.add(raw).add(called);
  }
}

type Member = (name: string) => Json;

/** The members of a closed object: these names, no other. */
function members(json: Json, at: string, names: readonly string[]): Member {
  if (!(json instanceof JsonObject)) throw malformed(at, "write an object");
  const extra = json.names.find((name) => !names.includes(name));
  if (extra !== undefined) throw malformed(at, `remove the member ${JSON.stringify(extra)}`);
  return (name) => {
    const value = json.get(name);
    if (value === undefined) throw malformed(at, `add the member ${name}`);
    return value;
  };
}

function list<T>(
  json: Json,
  at: string,
  least: number,
  most: number,
  read: (item: Json, at: string) => T,
): readonly T[] {
  if (!Array.isArray(json) || json.length < least || json.length > most) {
    throw malformed(at, `write an array of ${least} to ${most}`);
  }
  return json.map((item: Json, index) => read(item, `${at}/${index}`));
}

function textAt(json: Json, at: string): string {
  if (typeof json !== "string" || json === "") throw malformed(at, "write a string");
  return json;
}

function count(json: Json, at: string, least = 0, most: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof json === "number" && Number.isInteger(json) && json >= least && json <= most) {
    return json;
  }
  throw malformed(at, `write an integer from ${least} to ${most}`);
}

function hashAt(json: Json, at: string): string {
  const text = textAt(json, at);
  if (!/^[0-9a-f]{64}$/.test(text)) throw malformed(at, "write 64 lowercase hex digits");
  return text;
}

/** A vkey that signs notes and messages (type 1), and only such a one. */
function noteKeyAt(json: Json, at: string): string {
  return keyAt(json, at, NOTE_SIGNATURE);
}

function keyAt(json: Json, at: string, type: number): string {
  const vkey = textAt(json, at);
  const found = dissect(vkey, at).type;
  if (found !== type) throw malformed(at, `give a key of signature type ${type}, not ${found}`);
  return vkey;
}

function dissect(vkey: string, at: string): VerifierKeyParts {
  try {
    return dissectVerifierKey(vkey);
  } catch (error) {
    throw error instanceof KeyRefused ? malformed(at, error.message) : error;
  }
}

function malformed(at: string, advice: string): ConstitutionRefused {
  return new ConstitutionRefused("CONSTITUTION_MALFORMED", `constitution${at}: ${advice}`);
}

function keys(advice: string): ConstitutionRefused {
  return new ConstitutionRefused("CONSTITUTION_KEYS", `constitution: ${advice}`);
}

/** Lowercase hex. */
function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
