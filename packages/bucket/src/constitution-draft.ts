import { gatewayName } from "@writ/contract/decision-id";
import { canonicalJson } from "@writ/contract/jcs";
import { type Json, JsonObject } from "@writ/contract/json";
import { type Constitution, parseConstitution } from "./constitution.ts";
import { rawPublicKey } from "./verifier-key.ts";

/**
 * Reads a constitution as people write it: the members in any order and spelling, and without the
 * names of writers, which follow from their keys. Throws ConstitutionRefused, which says where.
 */
export function constitutionFrom(draft: Json): Constitution {
  return parseConstitution(`${canonicalJson(withNames(draft))}\n`);
}

function withNames(draft: Json): Json {
  return changed(draft, "writers", (writers) =>
    Array.isArray(writers) ? writers.map((writer: Json) => named(writer)) : writers,
  );
}

/** A writer with its name; whatever is wrong with it stays for the reader to say. */
function named(writer: Json): Json {
  if (!(writer instanceof JsonObject) || writer.get("name") !== undefined) return writer;
  const key = writer.get("key");
  const name = typeof key === "string" ? nameOf(key) : undefined;
  if (name === undefined) return writer;
  return new JsonObject([...writer.names, "name"], [...writer.values, name]);
}

function nameOf(vkey: string): string | undefined {
  try {
    return gatewayName(rawPublicKey(vkey));
  } catch {
    return undefined;
  }
}

function changed(json: Json, name: string, change: (value: Json) => Json): Json {
  if (!(json instanceof JsonObject)) return json;
  const values = json.values.map((value, i) => (json.names[i] === name ? change(value) : value));
  return new JsonObject(json.names, values);
}
