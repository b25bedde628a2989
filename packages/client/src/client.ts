import { type Answer, blocked, readAnswer, type Verb } from "./answer.ts";
import { inputText } from "./json-text.ts";

export type { Answer, Blocked, BlockedWhy, Executed, Rewritten } from "./answer.ts";

export interface ClientOptions {
  /** The gateway's, `http://127.0.0.1:8420`. A path before `/v1` is kept. */
  readonly url: string | URL;
  /** The caller's key, of `writ caller add`. It goes to this URL and nowhere else. */
  readonly key?: string;
  /** Milliseconds from a call to the last byte of its answer; 10,000 if not given. */
  readonly deadlineMs?: number;
  /** Bytes that an answer may have; 16 MiB if not given. */
  readonly maxAnswerBytes?: number;
  /** What sends, instead of the platform's own: one with a client certificate, or a proxy. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly deadlineMs?: number;
  /** Gives the call up. What was sent may be judged and recorded all the same. */
  readonly signal?: AbortSignal;
}

/** One thing to be judged. */
export interface Asked {
  readonly category: string;
  /** Plain JSON; a value that is none makes the answer BLOCK. */
  readonly input: object;
}

/**
 * Asks a gateway. No call rejects, and none is made twice: whatever goes wrong, the answer is BLOCK.
 * After `LATE`, `ABORTED` or `UNREACHABLE` the attempt may stand in the ledger, and with `execute`
 * its effect may have come about.
 */
export interface Client {
  /** May this be done? Act only on `EXECUTE`. */
  enforce(category: string, input: object, options?: CallOptions): Promise<Answer>;
  /** Do this, if it is allowed: the category's adapter acts. */
  execute(category: string, input: object, options?: CallOptions): Promise<Answer>;
  /** `enforce` for each, up to 256 in one request, each under the deadline; answers in their order. */
  enforceAll(asked: readonly Asked[], options?: CallOptions): Promise<Answer[]>;
}

/** Options that no call could be made with. */
export class ClientRefused extends Error {
  override readonly name = "ClientRefused";
  readonly code = "CLIENT_REFUSED";
}

/** Throws ClientRefused. */
export function createClient(options: ClientOptions): Client {
  return new FetchClient(options);
}

const JSON_TYPE = "application/json";
const NDJSON_TYPE = "application/x-ndjson";
/** One request's: few enough that a sender need not read while it sends. */
const batchLength = 256;
/** Longest deadline that a timer can keep. */
const longestMs = 2 ** 31 - 1;

class FetchClient implements Client {
  readonly #urls: Readonly<Record<Verb, string>>;
  readonly #authorization: string | null;
  readonly #deadlineMs: number;
  readonly #maxBytes: number;
  readonly #fetch: typeof fetch;

  constructor({ url, key, deadlineMs, maxAnswerBytes, ...options }: ClientOptions) {
    const base = baseOf(url);
    this.#urls = { enforce: `${base}/v1/enforce`, execute: `${base}/v1/execute` };
    if (key !== undefined && !/^writ_[\w-]{43}$/.test(key)) {
      throw new ClientRefused("give the key as `writ caller add` printed it");
    }
    this.#authorization = key === undefined ? null : `Bearer ${key}`;
    this.#deadlineMs = requireCount("deadlineMs", deadlineMs ?? 10_000, longestMs);
    this.#maxBytes = requireCount("maxAnswerBytes", maxAnswerBytes ?? 2 ** 24, 2 ** 31);
    this.#fetch = options.fetch ?? ((...call) => fetch(...call));
  }

  enforce(category: string, input: object, options?: CallOptions): Promise<Answer> {
    return this.#one("enforce", { category, input }, options);
  }

  execute(category: string, input: object, options?: CallOptions): Promise<Answer> {
    return this.#one("execute", { category, input }, options);
  }

  async enforceAll(asked: readonly Asked[], options?: CallOptions): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let at = 0; at < asked.length; at += batchLength) {
      answers.push(...(await this.#batch(asked.slice(at, at + batchLength), options)));
    }
    return answers;
  }

  async #one(verb: Verb, asked: Asked, options?: CallOptions): Promise<Answer> {
    const sent = envelopeOf(asked);
    if (typeof sent !== "string") return sent;
    const came = await this.#send(this.#urls[verb], JSON_TYPE, sent, options);
    return typeof came === "string" ? readAnswer(verb, came) : came;
  }

  async #batch(asked: readonly Asked[], options?: CallOptions): Promise<Answer[]> {
    const envelopes = asked.map(envelopeOf);
    const sent = envelopes.filter((envelope) => typeof envelope === "string");
    const lines = sent.map((envelope) => `${envelope}\n`).join("");
    const came =
      lines === "" ? "" : await this.#send(this.#urls.enforce, NDJSON_TYPE, lines, options);
    const answers = typeof came === "string" ? linesOf(came, sent.length) : sent.map(() => came);
    // What was not sent has its answer already, and takes no line.
    let next = 0;
    return envelopes.map((envelope) =>
      typeof envelope === "string" ? (answers[next++] ?? NO_LINE) : envelope,
    );
  }

  /** The text of a whole answer, or why there is none. */
  async #send(
    url: string,
    type: string,
    body: string,
    { deadlineMs = this.#deadlineMs, signal }: CallOptions = {},
  ): Promise<string | Answer> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), Math.min(deadlineMs, longestMs));
    const signals = signal === undefined ? [deadline.signal] : [deadline.signal, signal];
    try {
      const response = await this.#fetch(url, {
        method: "POST",
        headers: this.#headers(type),
        body,
        // A redirect could take the input, and the key, somewhere that nobody named.
        redirect: "manual",
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.any(signals),
      });
      const text = await textOf(response, type, this.#maxBytes);
      // Nothing that came too late counts, even if it came.
      return deadline.signal.aborted ? LATE : text;
    } catch (error) {
      if (signal?.aborted === true) return blocked("ABORTED", "the caller gave it up");
      return deadline.signal.aborted ? LATE : blocked("UNREACHABLE", describe(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #headers(type: string): Record<string, string> {
    const headers = { "content-type": type, accept: type, "accept-encoding": "identity" };
    return this.#authorization === null
      ? headers
      : { ...headers, authorization: this.#authorization };
  }
}

const LATE: Answer = blocked("LATE", "no whole answer came in time");
const NO_LINE: Answer = blocked("BODY", "the batch's answer ended before this line");

function envelopeOf({ category, input }: Asked): string | Answer {
  try {
    return `{"category":${JSON.stringify(category)},"input":${inputText(input)}}`;
  } catch (error) {
    return blocked("INPUT", describe(error));
  }
}

/** The answer of each line; of more lines than were sent, none is anybody's. */
function linesOf(text: string, count: number): Answer[] {
  const lines = text.split("\n");
  // What follows the last line feed is no whole line.
  lines.pop();
  if (lines.length > count) return Array.from({ length: count }, () => readAnswer("enforce", ""));
  return lines.map((line) => readAnswer("enforce", line));
}

async function textOf(response: Response, type: string, most: number): Promise<string | Answer> {
  const { status, headers, body } = response;
  const refuse = (answer: Answer): Answer => {
    body?.cancel().catch(() => {});
    return answer;
  };
  if (status !== 200) {
    return refuse(blocked("HTTP_STATUS", `the answer has status ${status}`, status));
  }
  const media = /^([^;,\s]+)[ \t]*(?:;[^,]*)?$/.exec(headers.get("content-type") ?? "")?.[1];
  if (media?.toLowerCase() !== type) {
    return refuse(blocked("CONTENT_TYPE", `the answer is no ${type}`));
  }
  if ((headers.get("content-encoding") ?? "identity") !== "identity") {
    return refuse(blocked("CONTENT_TYPE", "the answer is encoded, which nobody asked for"));
  }
  return readText(body, most);
}

async function readText(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<string | Answer> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const reader = body?.getReader();
  let size = 0;
  let text = "";
  for (let piece = await reader?.read(); piece?.value; piece = await reader?.read()) {
    size += piece.value.length;
    if (size > most) {
      reader?.cancel().catch(() => {});
      return blocked("TOO_LARGE", `the answer has more than ${most} bytes`);
    }
    try {
      text += decoder.decode(piece.value, { stream: true });
    } catch {
      reader?.cancel().catch(() => {});
      return NOT_UTF8;
    }
  }
  try {
    return text + decoder.decode();
  } catch {
    return NOT_UTF8;
  }
}

const NOT_UTF8: Answer = blocked("BODY", "the body is no UTF-8");

function baseOf(url: string | URL): string {
  const parsed = URL.parse(`${url}`);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new ClientRefused(`${url} is no http or https URL`);
  }
  if (parsed.username !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw new ClientRefused("give the gateway's URL without user, query or fragment");
  }
  return parsed.href.replace(/\/+$/, "");
}

function requireCount(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw new ClientRefused(`give ${name} as a whole number from 1 to ${most}`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
