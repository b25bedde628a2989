import type { Action, Adapter } from "@writ/enforce/adapter";

export interface HttpAdapterOptions {
  readonly name: string;
  readonly url: string;
  /** Milliseconds from the call to the last byte of the answer. */
  readonly deadlineMs: number;
  /** Bytes that an answer may have. */
  readonly maxResultBytes: number;
  /** Value of the header `authorization`; null where none is sent. */
  readonly authorization: string | null;
}

/** Why a call counts as failed. The endpoint may have acted all the same. */
export class HttpCallFailed extends Error {
  override readonly name = "HttpCallFailed";
  readonly code: "HTTP_STATUS" | "HTTP_RESULT";

  constructor(code: HttpCallFailed["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * An adapter that posts an action to one URL: `POST` of `{"category", "action_type", "trace_id",
 * "enforcement_decision_id", "input"}`, the input being exactly what was judged. The answer is a
 * status of 2xx and a JSON value, or no body at all, which is null. Anything else has failed: another
 * status, a redirect, a broken connection, bytes beyond the limit. Nothing is sent twice; whoever
 * acts on it may know a repetition by its `enforcement_decision_id`.
 */
export function httpAdapter(options: HttpAdapterOptions): Adapter {
  const { name, deadlineMs, maxResultBytes } = options;
  const run = (action: Action, signal: AbortSignal): Promise<unknown> =>
    call(options, bodyOf(action), signal);
  return { name, deadlineMs, maxResultBytes, run };
}

function bodyOf(action: Action): string {
  const { category, actionType, traceId, decisionId } = action;
  const named = JSON.stringify({
    category,
    action_type: actionType,
    trace_id: traceId,
    enforcement_decision_id: decisionId,
  });
  // The input goes as the text it was judged by, not through another writer.
  return `${named.slice(0, -1)},"input":${action.inputText}}`;
}

async function call(
  { url, authorization, maxResultBytes }: HttpAdapterOptions,
  body: string,
  signal: AbortSignal,
): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    // A redirect could send the input, and the credential, somewhere that nobody configured.
    redirect: "error",
    signal,
    headers: {
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...(authorization === null ? {} : { authorization }),
    },
    body,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new HttpCallFailed("HTTP_STATUS", `the endpoint answered with status ${response.status}`);
  }
  return resultIn(await readBody(response, maxResultBytes));
}

async function readBody(response: Response, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > most) throw new HttpCallFailed("HTTP_RESULT", `the answer is beyond ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function resultIn(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new HttpCallFailed("HTTP_RESULT", "the answer is no JSON in UTF-8");
  }
}
