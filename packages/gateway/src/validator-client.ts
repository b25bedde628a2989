import { type Json, JsonObject } from "@writ/contract/json";
import { isOutcome } from "@writ/contract/outcome";
import { isReasonCode } from "@writ/contract/reason";
import { parseStrictJson } from "@writ/contract/strict-json";
import type { ValidatorAsker, ValidatorVerdict } from "@writ/enforce/validators";

/** Where one validator is asked. */
export interface ValidatorAddress {
  readonly url: string;
  /** From asking to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Value of the header `authorization`; null where none is sent. */
  readonly authorization: string | null;
}

/** A verdict is a word and a reason code; what is longer is none. */
const maxAnswerBytes = 4_096;

/**
 * Asks validators over HTTP: `POST` of `{"category","input"}`, the input in normal form; the answer
 * is status 200 and `{"outcome","reason"}`, no other member. Anything else, and anything late, is
 * silence: a status, a redirect, a broken connection, bytes beyond the limit. Nothing is asked
 * twice, so that no validator decides by which of its answers it is taken at.
 */
export function httpValidators(addresses: ReadonlyMap<string, ValidatorAddress>): ValidatorAsker {
  return {
    async ask({ category, form, validators }) {
      // Both are JSON already: a category has no character that needs an escape.
      const body = `{"category":"${category}","input":${form}}`;
      const heard = await Promise.all(
        validators.map(async (name) => {
          const address = addresses.get(name);
          return [name, address === undefined ? null : await askOne(address, body)] as const;
        }),
      );
      return new Map(heard.flatMap(([name, verdict]) => (verdict ? [[name, verdict]] : [])));
    },
  };
}

async function askOne(address: ValidatorAddress, body: string): Promise<ValidatorVerdict | null> {
  const { url, timeoutMs, authorization } = address;
  try {
    const response = await fetch(url, {
      method: "POST",
      // A redirect could send the input, and the credential, somewhere that nobody configured.
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        "content-type": "application/json",
        "accept-encoding": "identity",
        ...(authorization === null ? {} : { authorization }),
      },
      body,
    });
    if (response.status === 200) return verdictIn(await readBody(response));
    await response.body?.cancel();
    return null;
  } catch {
    return null;
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > maxAnswerBytes) throw new Error(`answer in at most ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function verdictIn(bytes: Uint8Array): ValidatorVerdict | null {
  const value: Json = parseStrictJson(bytes);
  if (!(value instanceof JsonObject) || value.names.length !== 2) return null;
  const outcome = value.get("outcome");
  const reason = value.get("reason");
  if (!isOutcome(outcome) || typeof reason !== "string" || !isReasonCode(reason)) return null;
  return { outcome, reason };
}
