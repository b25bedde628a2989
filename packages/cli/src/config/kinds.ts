import { isIP } from "node:net";
import { resolve } from "node:path";
import { isCategory } from "@writ/contract/category";
import type { Json } from "@writ/contract/json";
import { isTransient } from "@writ/contract/transient";
import { type Address, parseAddress } from "../deployment.ts";

/** One sort of value that a key of writ.yaml may have. */
export interface Kind<T> {
  /** What fits, as it reads after "let KEY be". */
  readonly form: string;
  /**
   * The value that the file gives, undefined if it does not fit. Paths are taken from `base`: the
   * folder of the file, or where the command was run.
   */
  of(value: Json, base: string): T | undefined;
  /** The same of the text of a flag or of a variable. */
  ofText(text: string, base: string): T | undefined;
}

function text<T>(form: string, read: (text: string, base: string) => T | undefined): Kind<T> {
  return {
    form,
    of: (value, base) => (typeof value === "string" ? read(value, base) : undefined),
    ofText: read,
  };
}

export const PATH: Kind<string> = text("a path", (given, base) =>
  given === "" ? undefined : resolve(base, given),
);

export const ADDRESS: Kind<Address> = text("HOST:PORT", parseAddress);

/** Nobody is asked for a key there, so nobody else's machine may reach it. */
export const LOOPBACK: Kind<Address> = text(
  "HOST:PORT on this machine alone (127.0.0.1, [::1], localhost)",
  (given) => {
    const address = parseAddress(given);
    return address !== undefined && isLoopback(address.host) ? address : undefined;
  },
);

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

export function count(least: number, most: number): Kind<number> {
  const fits = (value: number): number | undefined =>
    Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;
  return {
    form: `a whole number, ${least} to ${most}`,
    of: (value) => (typeof value === "number" ? fits(value) : undefined),
    ofText: (given) => (/^\d{1,15}$/.test(given) ? fits(Number(given)) : undefined),
  };
}

export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return text(`one of ${words.join(", ")}`, (given) => words.find((word) => word === given));
}

/** Where lines go: a word for a stream of the process, or a file. */
export const LINES: Kind<string> = text("none, stderr or a path", (given, base) => {
  if (given === "none" || given === "stderr") return given;
  return given === "" ? undefined : resolve(base, given);
});

export const URL_OF: Kind<string> = text(
  "an http or https URL without a credential (use authorization_env)",
  (given) => {
    const url = URL.parse(given);
    if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
    return url.username === "" && url.password === "" ? url.href : undefined;
  },
);

/** Where others reach what we serve, by a name of its own. */
export const HTTPS_ORIGIN: Kind<string> = text(
  "an https URL without a path, such as https://pdp.example.com",
  (given) => {
    const url = URL.parse(given);
    return url?.protocol === "https:" && url.href === `${url.origin}/` ? url.origin : undefined;
  },
);

export const VARIABLE: Kind<string> = text("the name of an environment variable", (given) =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(given) ? given : undefined,
);

export const VKEY: Kind<string> = text("a verifier key on one line", (given) =>
  /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(given) ? given : undefined,
);

export const VALIDATOR_NAME: Kind<string> = text(
  "at most 64 of a-z, 0-9 and _, beginning with a letter",
  (given) => (/^[a-z][a-z0-9_]{0,63}$/.test(given) ? given : undefined),
);

export const ADAPTER_NAME: Kind<string> = text(
  "at most 64 of a-z, 0-9, _ . and -, beginning with a letter",
  (given) => (/^[a-z][a-z0-9_.-]{0,63}$/.test(given) ? given : undefined),
);

export const SERVER_NAME: Kind<string> = text(
  "at most 32 of a-z, 0-9 and -, beginning with a letter",
  (given) => (/^[a-z][a-z0-9-]{0,31}$/.test(given) ? given : undefined),
);

/** As callers are named in the callers file, for a policy sees it. */
export const CALLER_NAME: Kind<string> = text(
  "at most 64 of a-z, 0-9, _ . and -, beginning with a letter, and no UUID",
  (given) => (/^[a-z][a-z0-9_.-]{0,63}$/.test(given) && !isTransient(given) ? given : undefined),
);

/** A word of a command line: any text but one that a program could not be given. */
export const WORD: Kind<string> = text("a text without NUL", (given) =>
  given.includes("\0") ? undefined : given,
);

export const CATEGORY_NAME: Kind<string> = text("a category", (given) =>
  isCategory(given) ? given : undefined,
);
