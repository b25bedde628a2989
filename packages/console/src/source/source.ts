/** Where the page came from: the audit process, or a folder of files that an export left. */
export type SourceKind = "audit" | "export";

/** The log as the page reads it: everything it shows or checks comes through here. */
export interface LogSource {
  readonly kind: SourceKind;
  /** Whether an auditor's key is sent along. It may still be refused. */
  readonly hasKey: boolean;
  /** The bytes of a path below the page's own folder. Rejects with SourceRefused. */
  bytes(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Its text. Rejects with SourceRefused. */
  text(path: string, signal?: AbortSignal): Promise<string>;
  /**
   * Its JSON, believed to be of the form that `answers.ts` gives: what is shown by a search is a
   * hint, and what is proved never comes this way. Rejects with SourceRefused.
   */
  json<T>(path: string, signal?: AbortSignal): Promise<T>;
}

/** A path that could not be read; `code` says whether asking again, or with a key, can help. */
export class SourceRefused extends Error {
  override readonly name = "SourceRefused";
  readonly code: "KEY_NEEDED" | "NOT_FOUND" | "BUSY" | "REFUSED" | "UNREACHABLE";
  readonly path: string;

  constructor(code: SourceRefused["code"], path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

export interface SourceOptions {
  readonly kind: SourceKind;
  /** The folder that paths are below; ends in a slash. */
  readonly base: string;
  readonly key: string | null;
  /** The browser's, unless stated. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Opens a source. Nothing is read before it is asked for. */
export function openSource(options: SourceOptions): LogSource {
  const { kind, key } = options;
  const answer = (path: string, signal?: AbortSignal): Promise<Response> =>
    read(options, path, signal);
  return {
    kind,
    hasKey: key !== null,
    bytes: async (path, signal) => new Uint8Array(await (await answer(path, signal)).arrayBuffer()),
    text: async (path, signal) => (await answer(path, signal)).text(),
    json: async <T>(path: string, signal?: AbortSignal): Promise<T> =>
      (await (await answer(path, signal)).json()) as T,
  };
}

async function read(
  { base, key, fetch: given }: SourceOptions,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const init = signal === undefined ? { headers } : { headers, signal };
  let answer: Response;
  try {
    answer = await (given ?? fetch)(new URL(path, base).href, init);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new SourceRefused("UNREACHABLE", path, "the log cannot be reached");
  }
  if (answer.ok) return answer;
  const said = (await answer.text()).trim().slice(0, 300);
  throw new SourceRefused(CODES[answer.status] ?? "REFUSED", path, said || `HTTP ${answer.status}`);
}

const CODES: Readonly<Record<number, SourceRefused["code"]>> = {
  401: "KEY_NEEDED",
  404: "NOT_FOUND",
  503: "BUSY",
};
