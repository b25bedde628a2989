import { Worker } from "node:worker_threads";
import { FileStamp } from "./file-stamp.ts";
import { QuestionRefused } from "./question.ts";
import type { Answered, Ask, Given, Question } from "./questions.ts";

/** What the following thread is given. */
export interface FollowWork {
  readonly bucketDirectory: string;
  readonly directory: string;
  /** Of the index's files, for both threads. */
  readonly stamp: SharedArrayBuffer;
}

/** What the searching thread is given. */
export type SearchWork = Pick<FollowWork, "directory" | "stamp">;

/** What the following thread says. */
export type FollowState =
  | { readonly kind: "open"; readonly begunAnew: string | null }
  | {
      readonly kind: "following";
      readonly size: number;
      readonly published: number;
      readonly bytes: number;
    }
  | { readonly kind: "stuck" | "lost"; readonly reason: string };

export type SearchAsked =
  | { readonly kind: "renew" }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question };

export type SearchAnswer =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | { readonly id: number; readonly ok: false; readonly refused: string }
  | {
      readonly id: number;
      readonly ok: false;
      readonly lost: string;
      /** Whether the database is wrong, not only hard to read just now. */
      readonly isDamage: boolean;
    };

/** Why there is no answer now; asking later may bring one. */
export class SearchUnavailable extends Error {
  override readonly name = "SearchUnavailable";
  readonly code: "INDEX_NOT_READY" | "SEARCH_BUSY" | "SEARCH_ABORTED";

  constructor(code: SearchUnavailable["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export interface LiveIndexOptions extends Omit<FollowWork, "stamp"> {
  /** Told when the index is begun anew, and when it cannot go on or goes on again. */
  readonly onNote: (line: string) => void;
  /** Told of a thread that died of a fault of ours: there is no index from then on. */
  readonly onError: (error: unknown) => void;
}

/** How the index stands. */
export interface IndexStatus {
  /** Events indexed; undefined until the index has been opened. */
  readonly size: number | undefined;
  /** Why it does not go on; undefined while it does. */
  readonly stuck: string | undefined;
}

/** Questions that wait for their turn; beyond, a client is told to come back. */
const MOST_WAITING = 64;

interface Waiting {
  readonly question: Question;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * An index that is kept up with the log by one thread and asked by another, so that neither holds up
 * the process that serves. Questions are answered one at a time, each in a bounded number of steps.
 */
export class LiveIndex {
  readonly #options: LiveIndexOptions;
  readonly #follow: Worker;
  readonly #search: Worker;
  #status: IndexStatus = { size: undefined, stuck: undefined };
  #waiting: Waiting[] = [];
  #asked: { readonly id: number; readonly waiting: Waiting } | undefined;
  #last = 0;
  #isDead = false;

  constructor(options: LiveIndexOptions) {
    this.#options = options;
    const { bucketDirectory, directory } = options;
    const { shared: stamp } = new FileStamp();
    const work: FollowWork = { bucketDirectory, directory, stamp };
    this.#follow = new Worker(new URL("./follow-thread.ts", import.meta.url), { workerData: work });
    this.#search = new Worker(new URL("./search-thread.ts", import.meta.url), {
      workerData: { directory, stamp } satisfies SearchWork,
    });
    this.#follow.on("message", (state: FollowState) => this.#hear(state));
    this.#search.on("message", (answer: SearchAnswer) => this.#answered(answer));
    for (const thread of [this.#follow, this.#search]) {
      thread.on("error", (error) => this.#die(error));
    }
  }

  get status(): IndexStatus {
    return this.#status;
  }

  /**
   * Asks one question. Rejects with QuestionRefused, or with SearchUnavailable: the index is not
   * open yet, too many are waiting, or `signal` was given up before its turn came.
   */
  ask<Name extends Ask>(ask: Name, of: Given<Name>, signal?: AbortSignal): Promise<Answered<Name>> {
    if (this.#status.size === undefined || this.#isDead) {
      const why = this.#status.stuck ?? "it is being opened";
      return Promise.reject(new SearchUnavailable("INDEX_NOT_READY", `there is no index: ${why}`));
    }
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(new SearchUnavailable("SEARCH_BUSY", "too many questions at once"));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        question: { ask, of },
        // Answers come one at a time, each for the question that was sent: it is of this one's type.
        resolve: (answer) => resolve(answer as Answered<Name>),
        reject,
      };
      signal?.addEventListener("abort", () => this.#giveUp(waiting), { once: true });
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isDead = true;
    const ended = new Promise((resolve) => this.#follow.once("exit", resolve));
    this.#follow.postMessage("stop");
    await Promise.all([ended, this.#search.terminate()]);
    this.#rejectAll();
  }

  #hear(state: FollowState): void {
    const { onNote } = this.#options;
    if (state.kind === "open") {
      this.#search.postMessage({ kind: "renew" } satisfies SearchAsked);
      const isNews = state.begunAnew !== null && state.begunAnew !== "missing";
      if (isNews) onNote(`index: made anew, for the one there was ${state.begunAnew}`);
      return;
    }
    if (state.kind === "following") {
      if (this.#status.stuck !== undefined) onNote("index: goes on");
      this.#status = { size: state.size, stuck: undefined };
      return;
    }
    if (this.#status.stuck !== state.reason) onNote(`index: ${state.reason}`);
    const size = state.kind === "lost" ? undefined : this.#status.size;
    this.#status = { size, stuck: state.reason };
    if (state.kind === "lost") this.#search.postMessage({ kind: "renew" } satisfies SearchAsked);
  }

  #next(): void {
    if (this.#asked !== undefined || this.#isDead) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    const id = ++this.#last;
    this.#asked = { id, waiting };
    const { question } = waiting;
    this.#search.postMessage({ kind: "ask", id, question } satisfies SearchAsked);
  }

  #answered(answer: SearchAnswer): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked?.id === answer.id) {
      const { resolve, reject } = asked.waiting;
      if (answer.ok) resolve(answer.answer);
      else if ("refused" in answer) reject(new QuestionRefused(answer.refused));
      else reject(new SearchUnavailable("INDEX_NOT_READY", `the index fails: ${answer.lost}`));
    }
    if (!answer.ok && "lost" in answer && answer.isDamage) {
      this.#hear({ kind: "lost", reason: answer.lost });
      this.#follow.postMessage("begin anew");
    }
    this.#next();
  }

  #giveUp(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    waiting.reject(new SearchUnavailable("SEARCH_ABORTED", "the client has gone"));
  }

  #die(error: unknown): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#status = { size: undefined, stuck: "a thread of the index died" };
    this.#options.onError(error);
    this.#rejectAll();
  }

  #rejectAll(): void {
    const gone = new SearchUnavailable("INDEX_NOT_READY", "there is no index any more");
    for (const { reject } of this.#waiting) reject(gone);
    this.#asked?.waiting.reject(gone);
    this.#waiting = [];
  }
}
