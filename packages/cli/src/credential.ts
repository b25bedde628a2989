import { readFileSync } from "node:fs";
import type { Authorization } from "./config/table.ts";
import { describe, OperatorError } from "./operator-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of a header `authorization`, from where the settings say that it stands; null where they
 * say nothing. Throws OperatorError, which never shows what it found.
 */
export function credentialOf(
  { authorization_env, authorization_file }: Authorization,
  what: string,
  environment: Environment,
): string | null {
  const place = authorization_env ?? authorization_file;
  if (place === null) return null;
  const value = authorization_env === null ? contentOf(place) : environment[place];
  if (value === undefined) throw new OperatorError(`${what}: set the variable ${place}`);
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return value;
  throw new OperatorError(`${what}: the credential in ${place} is no header value on one line`);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new OperatorError(`cannot read a credential: ${describe(error)}`);
  }
}
