import { readFileSync } from "node:fs";
import { type Json, JsonObject } from "@writ/contract/json";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import type { Engine } from "@writ/engine/engine";
import type { ValidatorAddress } from "@writ/gateway/validator-client";
import { describe, OperatorError } from "./operator-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads where the validators of a policy are asked: a JSON object of `{url, timeout_ms}` by name,
 * with `authorization_env` or `authorization_file` for a credential, which stands neither here nor
 * in any argv. Every validator that the policy cannot do without must be in it; no path is an empty
 * object.
 */
export function readValidators(
  path: string | undefined,
  engine: Engine,
  environment: Environment,
): ReadonlyMap<string, ValidatorAddress> {
  const members = path === undefined ? [] : membersOf(readJson(path), path);
  const addresses = new Map(
    members.map(([name, value]) => {
      return [name, addressIn(value, `${path}: ${name}`, environment)] as const;
    }),
  );
  checkMandatory(engine, addresses, path);
  return addresses;
}

/** Without a validator that a category cannot do without, all of that category would be BLOCK. */
function checkMandatory(
  engine: Engine,
  addresses: ReadonlyMap<string, ValidatorAddress>,
  path: string | undefined,
): void {
  const missing = [...engine.validators].filter(
    ([name, { mandatory }]) => mandatory && !addresses.has(name),
  );
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(", ");
  const where = path === undefined ? "name a file with --validators" : `add it to ${path}`;
  throw new OperatorError(`the policy cannot do without the validator ${names}: ${where}`);
}

function readJson(path: string): Json {
  try {
    return parseStrictJson(readFileSync(path));
  } catch (error) {
    if (error instanceof NotStrictJson) {
      throw new OperatorError(`${path}: is not strict JSON (byte ${error.offset})`);
    }
    throw new OperatorError(`cannot read the validators: ${describe(error)}`);
  }
}

function membersOf(value: Json, what: string): readonly (readonly [string, Json])[] {
  if (!(value instanceof JsonObject)) throw new OperatorError(`${what}: write a JSON object`);
  return value.names.map((name, at) => [name, value.values[at] ?? null] as const);
}

const KEYS = ["url", "timeout_ms", "authorization_env", "authorization_file"];

/** Longer than a caller waits for a decision. */
const longestTimeoutMs = 30_000;

function addressIn(value: Json, what: string, environment: Environment): ValidatorAddress {
  const members = new Map(membersOf(value, what));
  for (const key of members.keys()) {
    if (!KEYS.includes(key)) {
      throw new OperatorError(`${what}: remove ${key}; known are ${KEYS.join(", ")}`);
    }
  }
  const timeoutMs = members.get("timeout_ms");
  if (!isTimeout(timeoutMs)) {
    throw new OperatorError(`${what}: let timeout_ms be a whole number up to ${longestTimeoutMs}`);
  }
  return {
    url: urlIn(members.get("url"), what),
    timeoutMs,
    authorization: credentialIn(members, what, environment),
  };
}

function isTimeout(value: Json | undefined): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= longestTimeoutMs;
}

function urlIn(value: Json | undefined, what: string): string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new OperatorError(`${what}: let url be an http or https URL`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new OperatorError(`${what}: take the credential out of url; use authorization_env`);
  }
  return url.href;
}

function credentialIn(
  members: ReadonlyMap<string, Json>,
  what: string,
  environment: Environment,
): string | null {
  const variable = members.get("authorization_env");
  const file = members.get("authorization_file");
  if (variable === undefined && file === undefined) return null;
  if (variable !== undefined && file !== undefined) {
    throw new OperatorError(`${what}: keep authorization_env or authorization_file, not both`);
  }
  const name = variable ?? file;
  if (typeof name !== "string" || name === "") {
    throw new OperatorError(`${what}: name where the credential stands, in a string`);
  }
  const value = file === undefined ? environment[name] : readCredential(name);
  if (value === undefined) throw new OperatorError(`${what}: set the variable ${name}`);
  // Whatever is wrong with it, the message must not show it.
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return value;
  throw new OperatorError(`${what}: the credential in ${name} is no header value on one line`);
}

function readCredential(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new OperatorError(`cannot read a credential: ${describe(error)}`);
  }
}
