import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";

/** Who may read events: the SHA-256 digests of the auditors' keys. The keys themselves are kept nowhere. */
export interface AuditorKeys {
  admits(presentedKey: string): boolean;
}

/** A line of the key file is not `<64 lowercase hex>[ <comment>]`. */
export class AuditorKeysUnreadable extends Error {
  readonly code = "AUDITOR_KEYS_UNREADABLE";

  constructor(file: string, line: number) {
    super(
      `${file}:${line}: write the SHA-256 of an auditor's key as 64 hex digits, then a comment`,
    );
    this.name = "AuditorKeysUnreadable";
  }
}

/** Reads the key file: one digest a line, then anything after a space; empty lines are ignored. A missing file admits nobody. */
export function readAuditorKeys(file: string): AuditorKeys {
  const digests = existsSync(file) ? parseDigests(file, readFileSync(file, "utf8")) : [];
  return {
    admits: (presentedKey) => {
      const presented = digestOf(presentedKey);
      let admitted = false;
      // No early exit: how long it takes must not tell which key came near.
      for (const digest of digests) admitted = timingSafeEqual(digest, presented) || admitted;
      return admitted;
    },
  };
}

/** Makes a new auditor's key (256 random bits, base64url), appends its digest to the file and returns the key: the only time it is seen. */
export function mintAuditorKey(file: string, comment: string): string {
  const key = randomBytes(32).toString("base64url");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendFileSync(file, `${digestOf(key).toString("hex")} ${comment.replaceAll(/\s+/g, " ")}\n`, {
    mode: 0o600,
  });
  return key;
}

/** The key a request carries: `Authorization: Bearer KEY`, or `?key=KEY` for a link opened in a browser. */
export function presentedKey(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) return /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1];
  const query = (request.url ?? "").split("?", 2)[1];
  return new URLSearchParams(query ?? "").get("key") ?? undefined;
}

function parseDigests(file: string, text: string): Buffer[] {
  const digests: Buffer[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const digest = /^([0-9a-f]{64})(?: .*)?$/.exec(line)?.[1];
    if (digest === undefined) throw new AuditorKeysUnreadable(file, index + 1);
    digests.push(Buffer.from(digest, "hex"));
  }
  return digests;
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key, "utf8").digest();
}
