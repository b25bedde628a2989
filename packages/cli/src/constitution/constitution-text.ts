import type { Constitution } from "@writ/bucket/constitution";
import { type Change, changesBetween } from "@writ/bucket/constitution/changes";
import { shown } from "../policy/diagnostic-text.ts";
import { hex, type Placed } from "./constitution-file.ts";

/** A constitution as a person reads it before signing or installing it. */
export function constitutionLines(placed: Placed): readonly string[] {
  const { constitution, digest } = placed.enacted;
  const { origin, log_key, writers, quotas, governance, witnesses, from } = constitution;
  const rows: (readonly [string, string])[] = [
    ["log", origin],
    ["digest", hex(digest)],
    ["follows", constitution.predecessor?.digest ?? "nothing: it is the first"],
    ["holds from", `${count(from.size)} events, root ${from.root}`],
    ["log key", log_key],
    ["quotas", `${amount(quotas)}, ${count(quotas.in_flight)} in flight`],
    ...listed(
      "writers",
      writers.map(({ name, key, quota }) => `${name}  ${amount(quota)}  ${key}`),
    ),
    ...listed(`${governance.threshold} of`, governance.keys),
    ...listed(
      "witnesses",
      witnesses.map(({ key, url }) => (url === null ? key : `${key} at ${url}`)),
    ),
  ];
  const table = rows.map(([name, text]) => `${name.padEnd(11)} ${shown(text)}`);
  return [...table, "", ...changeLines(placed), "", standingLine(placed)];
}

/** What it changes, one line a rule; of a first one, which changes nothing, none. */
export function changeLines({ predecessor, enacted }: Placed): readonly string[] {
  if (predecessor === undefined) return ["the first constitution of its log"];
  const changes = changesBetween(predecessor.constitution, enacted.constitution);
  if (changes.length === 0) return ["changes nothing"];
  return changes.flatMap(changeText).map(shown);
}

function changeText({ of, before, after }: Change): string[] {
  if (before === null) return [`+ ${of}: ${after}`];
  if (after === null) return [`- ${of}: ${before}`];
  return [`- ${of}: ${before}`, `+ ${of}: ${after}`];
}

/** How many have signed, and how many are missing. */
export function standingLine({ standing, governance, note, predecessor }: Placed): string {
  const { signed, missing, foreign } = standing;
  const whose = predecessor === undefined ? "its own" : "the governance before it";
  const has = note === undefined ? "nobody has signed this draft" : `signed by ${names(signed)}`;
  const strange = foreign.length === 0 ? "" : `; ${names(foreign)} counts for nothing`;
  const rest = missing === 0 ? "complete" : `${missing} missing`;
  const needs = `needs ${governance.threshold} of ${governance.keys.length} of ${whose}`;
  return shown(`${has}; ${needs}: ${rest}${strange}`);
}

/** The same for programs. */
export function constitutionJson(placed: Placed): object {
  const { enacted, predecessor, governance, standing } = placed;
  return {
    digest: hex(enacted.digest),
    constitution: enacted.constitution,
    changes: predecessor && changesBetween(predecessor.constitution, enacted.constitution),
    signatures: { needed: governance.threshold, of: governance.keys, ...standing },
    complete: standing.missing === 0,
  };
}

function listed(title: string, items: readonly string[]): (readonly [string, string])[] {
  if (items.length === 0) return [[title, "none"]];
  return items.map((item, i) => [i === 0 ? title : "", item] as const);
}

function amount({ events, bytes }: Constitution["writers"][number]["quota"]): string {
  return `${count(events)} events, ${count(bytes)} bytes`;
}

/** Digits in groups of three: a quota of a zero more is seen. */
function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

function names(keys: readonly string[]): string {
  return keys.length === 0 ? "nobody" : keys.map((key) => key.split("+", 1)[0]).join(", ");
}
