import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Head } from "./head.ts";
import type { PublisherOptions, Publishing } from "./publish.ts";

/** What the thread is started with. */
export type ThreadOptions = Omit<PublisherOptions, "files" | "clock" | "onFault">;

export type ToThread =
  | { readonly kind: "offer"; readonly head: Head }
  | { readonly kind: "flush" | "stop" };

export type FromThread =
  /** `taken`: the head offered last is being worked on, and another may follow. */
  { readonly kind: "taken" | "flushed" } | { readonly kind: "fault"; readonly cause: unknown };

/** MiB of young objects; more would only let garbage lie longer. */
const YOUNG_MB = 8;

/** Whether this process may start threads: Node's permission model can forbid it. */
export function mayStartThreads(): boolean {
  return process.permission?.has("worker") ?? true;
}

/**
 * A `Publisher` on the disk of this machine, in a thread of its own. Creating a file waits for the
 * file system's journal, which each commit's sync keeps busy; there it holds up nobody. The thread
 * is told heads alone and reads what they cover from the log, so that nothing is handed over.
 */
export class PublishingThread implements Publishing {
  readonly #options: ThreadOptions;
  readonly #onFault: (cause: unknown) => void;
  #worker: Worker | undefined;
  /** The newest head, if the thread has not been told it. */
  #next: Head | undefined;
  #isTaking = false;
  #onFlushed: () => void = () => {};
  #onGone: () => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(options: ThreadOptions, onFault: (cause: unknown) => void) {
    this.#options = options;
    this.#onFault = onFault;
  }

  start(): void {
    const worker = new Worker(join(import.meta.dirname, "publish-worker.ts"), {
      workerData: this.#options,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker = worker;
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", (error) => this.#lose(error));
    worker.on("exit", () => this.#lose(new Error("the thread that publishes ended by itself")));
    // Publishing alone keeps no process alive.
    worker.unref();
  }

  offer(head: Head): void {
    this.#next = head;
    this.#send();
  }

  flush(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#stopped !== undefined) return Promise.resolve();
    worker.ref();
    this.#isTaking = false;
    this.#send();
    return new Promise((resolve) => {
      this.#onFlushed = resolve;
      this.#tell({ kind: "flush" });
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#onGone = resolve;
      this.#worker?.ref();
      this.#tell({ kind: "stop" });
      if (this.#worker === undefined) resolve();
    });
    return this.#stopped;
  }

  #send(): void {
    const head = this.#next;
    if (this.#isTaking || head === undefined) return;
    this.#next = undefined;
    this.#isTaking = true;
    this.#tell({ kind: "offer", head });
  }

  #tell(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #hear(message: FromThread): void {
    if (message.kind === "fault") this.#onFault(message.cause);
    else if (message.kind === "flushed") this.#onFlushed();
    else {
      this.#isTaking = false;
      this.#send();
    }
  }

  /** The thread is gone: whoever waits for it is let go. */
  #lose(cause: Error): void {
    this.#worker = undefined;
    this.#onFlushed();
    this.#onGone();
    if (this.#stopped === undefined) this.#onFault(cause);
  }
}
