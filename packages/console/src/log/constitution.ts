import { canonicalJson } from "@writ/contract/jcs";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import { sha256 } from "@writ/tlog/hash";
import { NoteRefused, openNote, parseNote } from "@writ/tlog/note";
import { KeyRefused, parseVerifierKey } from "@writ/tlog/note-key";
import type { ShownCheck } from "../parts/shown-check.ts";

/** What a constitution says, as far as the page shows it. */
export interface Rules {
  readonly origin: string;
  readonly log_key: string;
  readonly governance: { readonly keys: readonly string[]; readonly threshold: number };
  readonly writers: readonly { readonly name: string; readonly key: string }[];
  readonly witnesses: readonly { readonly key: string; readonly url: string | null }[];
  readonly predecessor: { readonly digest: string } | null;
  readonly from: { readonly size: number; readonly root: string };
}

/** One link of the chain, and what was checked of it here. */
export interface Link {
  /** SHA-256 of its text, hex: what the next one names it by. */
  readonly digest: string;
  /** Undefined if its form does not hold. */
  readonly rules: Rules | undefined;
  readonly checks: readonly ShownCheck[];
}

/**
 * Checks a chain of constitutions from its first note on, with nothing but its own keys: each in
 * canonical form, each signed by as many governance keys as its predecessor (the first: itself)
 * demands, each naming the digest before it, of the same origin, from a tree that is no smaller. The
 * first is trusted for being first: its digest is to be compared with one from elsewhere.
 */
export function checkChain(notes: readonly string[]): readonly Link[] {
  const links: Link[] = [];
  for (const note of notes) links.push(checkLink(note, links.at(-1), links.length));
  return links;
}

function checkLink(note: string, before: Link | undefined, number: number): Link {
  const checks: ShownCheck[] = [];
  const ask = (title: string, sentence: () => string): boolean => {
    try {
      checks.push({ title, answer: "holds", sentence: sentence() });
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      checks.push({ title, answer: "fails", sentence: capital(error.message) });
      return false;
    }
  };
  let text = "";
  let rules: Rules | undefined;
  ask("Form", () => {
    text = parseNote(new TextEncoder().encode(note)).text;
    rules = readRules(text);
    return "It is a signed note over canonical JSON.";
  });
  const digest = hex(sha256(new TextEncoder().encode(text)));
  if (rules === undefined) return { digest, rules, checks };
  const read: Rules = rules;
  ask("Signatures", () => signaturesSay(note, number === 0 ? read : before?.rules));
  ask("Predecessor", () => predecessorSays(read, before));
  return { digest, rules, checks };
}

/** A check that fails, in a sentence. */
class Refused extends Error {
  override readonly name = "Refused";
}

function isRefusal(error: unknown): error is Error {
  const refusals = [Refused, NoteRefused, KeyRefused, NotStrictJson];
  return refusals.some((refusal) => error instanceof refusal);
}

function signaturesSay(note: string, demanding: Rules | undefined): string {
  if (demanding === undefined) {
    throw new Refused("the constitution before it cannot be read, so nobody can sign this one");
  }
  const { keys, threshold } = demanding.governance;
  const { verified } = openNote(new TextEncoder().encode(note), keys.map(parseVerifierKey));
  const signed = `${verified.length} of ${keys.length} governance keys signed it; ${threshold} must have`;
  if (verified.length < threshold) throw new Refused(signed);
  return `${signed}.`;
}

function predecessorSays({ origin, predecessor, from }: Rules, before: Link | undefined): string {
  if (before === undefined) {
    if (predecessor !== null || from.size !== 0) throw new Refused("the first one follows another");
    return "It is the first: compare its digest with one that you were given elsewhere.";
  }
  if (predecessor?.digest !== before.digest) {
    throw new Refused("it names another predecessor than the one before it");
  }
  if (origin !== before.rules?.origin) throw new Refused("it is of another log");
  if (from.size < before.rules.from.size) {
    throw new Refused("it holds from before its predecessor");
  }
  return `It names the one before it, and holds from the tree of ${from.size} events.`;
}

function readRules(text: string): Rules {
  const line = text.replace(/\n$/, "");
  const canonical = canonicalJson(parseStrictJson(new TextEncoder().encode(line)));
  if (`${canonical}\n` !== text) throw new Refused("its text is not canonical JSON and one LF");
  const value: unknown = JSON.parse(line);
  if (!isRules(value)) throw new Refused("it lacks what every constitution has");
  return value;
}

function isRules(value: unknown): value is Rules {
  const rules = value as Partial<Rules> | null;
  return (
    typeof rules?.origin === "string" &&
    typeof rules.log_key === "string" &&
    isList(rules.governance?.keys, (key) => typeof key === "string") &&
    Number.isSafeInteger(rules.governance?.threshold) &&
    Number(rules.governance?.threshold) >= 1 &&
    isList(rules.writers, (writer) => typeof (writer as { name?: unknown }).name === "string") &&
    isList(rules.witnesses, (witness) => typeof (witness as { key?: unknown }).key === "string") &&
    (rules.predecessor === null || typeof rules.predecessor?.digest === "string") &&
    Number.isSafeInteger(rules.from?.size) &&
    typeof rules.from?.root === "string"
  );
}

function isList(value: unknown, holds: (item: object | string) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        (typeof item === "string" || (typeof item === "object" && item !== null)) && holds(item),
    )
  );
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!]$/.test(text) ? "" : "."}`;
}
