import { cosignatureTime } from "@writ/tlog/cosignature";
import { NoteRefused, openNote, parseNote, type Signature, sameKey } from "@writ/tlog/note";
import type { Verifier } from "@writ/tlog/note-key";
import { type AddCheckpoint, formatAddCheckpoint } from "./add-checkpoint.ts";

/** What a witness made of a checkpoint. */
export type Submitted =
  | { readonly kind: "cosigned"; readonly signature: Signature; readonly time: number }
  /** It cosigned a tree of `size` last, and not of the old size that it was given. */
  | { readonly kind: "conflict"; readonly size: number }
  | { readonly kind: "refused"; readonly status: number };

/** A witness gave no answer that means anything; `message` says what came instead. */
export class WitnessUnanswered extends Error {
  override readonly name = "WitnessUnanswered";
  readonly code = "WITNESS_UNANSWERED";
}

/** No honest answer is longer: a few signature lines. */
const MAX_ANSWER_BYTES = 64 * 1024;
const SIZE_TYPE = "text/x.tlog.size";

/**
 * Sends one checkpoint to the witness at `prefix` (its submission prefix) and waits for its answer
 * until `signal`. A cosignature is given only if `witness` verifies it; all else in
 * the answer is ignored (tlog-witness). Throws WitnessUnanswered.
 */
export async function submitCheckpoint(
  { prefix, witness, signal }: { prefix: string; witness: Verifier; signal: AbortSignal },
  request: AddCheckpoint,
): Promise<Submitted> {
  const { status, type, body } = await post(
    addressOf(prefix),
    formatAddCheckpoint(request),
    signal,
  );
  if (status === 200) return cosignature(request.note, body, witness);
  if (status === 409 && type === SIZE_TYPE) return { kind: "conflict", size: sizeIn(body) };
  return { kind: "refused", status };
}

function addressOf(prefix: string): string {
  return `${prefix.replace(/\/+$/, "")}/add-checkpoint`;
}

interface HttpAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Uint8Array;
}

async function post(url: string, body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
  try {
    // A redirect would turn the POST into something else, at somebody else's.
    const init = { method: "POST", body, signal, redirect: "error" } as const;
    const response = await fetch(url, init);
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      body: await bounded(response),
    };
  } catch (error) {
    if (error instanceof WitnessUnanswered) throw error;
    throw new WitnessUnanswered(reasonOf(error), { cause: error });
  }
}

/** fetch says "fetch failed", and keeps the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it gave no answer in time";
  return error.cause instanceof Error ? error.cause.message : error.message;
}

async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new WitnessUnanswered("its answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads the answer as tlog-witness advises: as signatures of the note that was sent. */
function cosignature(note: Uint8Array, lines: Uint8Array, witness: Verifier): Submitted {
  try {
    const { text } = parseNote(note);
    const whole = Buffer.concat([Buffer.from(`${text}\n`), lines]);
    const signature = openNote(whole, [witness]).verified.find((one) => sameKey(one, witness));
    const time = signature === undefined ? undefined : cosignatureTime(signature.signature);
    if (signature !== undefined && time !== undefined) return { kind: "cosigned", signature, time };
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
  }
  throw new WitnessUnanswered("its answer holds no valid cosignature by its key");
}

function sizeIn(body: Uint8Array): number {
  const size = Number(/^(0|[1-9][0-9]{0,15})\n$/.exec(Buffer.from(body).toString("latin1"))?.[1]);
  if (!Number.isSafeInteger(size)) throw new WitnessUnanswered("it names no size in its conflict");
  return size;
}
