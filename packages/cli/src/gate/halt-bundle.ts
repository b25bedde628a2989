import { canonicalJson } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import type { BundleFile } from "@writ/engine/bundle";
import { readDocument } from "@writ/engine/document";
import { FaultList } from "@writ/engine/fault";
import { SourceFile } from "@writ/engine/source";

/** What blocks in a halted gateway; a policy may use the word too. */
export const HALTED = "HALTED";

/** What of a category says which inputs it takes and what they are called. */
const KEPT = ["action_type", "input", "tool"];

/**
 * The bundle that stands in for another while a gateway is halted: the same name, shapes and action
 * types, each category `always: BLOCK`, no rule, no judge. A function of the bundle alone, so an
 * auditor can make it again. `files` must have loaded.
 */
export function haltBundle(files: readonly BundleFile[]): BundleFile {
  const roots = files
    .map(({ path, text }) => readDocument(new SourceFile(path, text), new FaultList())?.json)
    .filter((root) => root instanceof JsonObject);
  const at = (key: string): readonly Json[] => roots.flatMap((root) => root.get(key) ?? []);
  const categories = membersOf(at("categories")).map(
    ([name, category]) => [name, halted(category)] as const,
  );
  const defs = membersOf(at("$defs"));
  const bundle = objectOf([
    ["writ", 1],
    ["name", at("name")[0] ?? null],
    ...(defs.length === 0 ? [] : [["$defs", objectOf(defs)] as const]),
    ["categories", objectOf(categories)],
  ]);
  return { path: "halted.json", text: canonicalJson(bundle) };
}

function halted(category: Json): Json {
  const kept = membersOf([category]).filter(([key]) => KEPT.includes(key));
  return objectOf([...kept, ["always", "BLOCK"], ["reason", HALTED]]);
}

function membersOf(objects: readonly Json[]): (readonly [string, Json])[] {
  return objects
    .filter((value) => value instanceof JsonObject)
    .flatMap(({ names, values }) => names.map((name, at) => [name, values[at] ?? null] as const));
}

function objectOf(members: readonly (readonly [string, Json])[]): JsonObject {
  return new JsonObject(
    members.map(([name]) => name),
    members.map(([, value]) => value),
  );
}
