import type { IncomingMessage } from "node:http";
import type { Folder } from "@writ/bucket/read/folder";
import { type Answer, plain } from "@writ/bucket/read/http-answer";
import { type LiveIndex, SearchUnavailable } from "./index/live-index.ts";
import { QuestionRefused } from "./index/question.ts";
import type { Answered, Ask, Given } from "./index/questions.ts";
import { ProveRefused } from "./prove.ts";
import type { KeptCheckpoints } from "./witness/kept.ts";

/** What a page is made of. */
export interface Reading {
  /** The Bucket folder. */
  readonly bucket: Folder;
  /** Its static tlog-tiles folder. */
  readonly tiles: Folder;
  readonly index: LiveIndex | undefined;
  readonly kept: KeptCheckpoints | undefined;
}

/** One request for a page. */
export interface PageRequest {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Given up when the client goes away. */
  readonly signal: AbortSignal;
}

export type Page = (asked: PageRequest) => Answer | Promise<Answer>;

/** Asks the index. Rejects with SearchUnavailable or QuestionRefused. */
export function askIndex<Name extends Ask>(
  { index }: Reading,
  { signal }: Pick<PageRequest, "signal">,
  ask: Name,
  of: Given<Name>,
): Promise<Answered<Name>> {
  if (index !== undefined) return index.ask(ask, of, signal);
  const why = "this process keeps no index";
  return Promise.reject(new SearchUnavailable("INDEX_NOT_READY", why));
}

/** What a client is told of an error that is its own doing or passes; `undefined` for any other. */
export function answerOfError(error: unknown): Answer | undefined {
  if (error instanceof QuestionRefused) return plain(400, `${error.message}\n`);
  if (error instanceof SearchUnavailable) {
    return plain(503, `${error.message}; try again\n`, { "retry-after": "1" });
  }
  if (!(error instanceof ProveRefused) || error.code === "TILES_DAMAGED") return undefined;
  return plain(404, `${error.message}\n`);
}
