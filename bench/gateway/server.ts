import type { Asked } from "./workload.ts";

/** Something that answers over HTTP, to be measured. */
export interface Contender {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  /** What an answer of it means, and what is written before it is given. */
  readonly means: string;
  /** Throws `Skipped` where this machine lacks what it needs. */
  start(place: Place): Promise<Served>;
}

export interface Place {
  /** A fresh folder on the disk that is measured; its path is short enough for a socket. */
  readonly folder: string;
  /** Where programs that are not ours are kept between runs. */
  readonly tools: string;
  readonly say: (line: string) => void;
}

/** A server that is ready. */
export interface Served {
  /** Processes whose processor time is the server's. */
  readonly pids: readonly number[];
  readonly port: number;
  readonly path: string;
  readonly type: string;
  /** Bodies to send, in turn. */
  readonly bodies: readonly string[];
  /** What one body asks for: a batch asks for several. */
  readonly perBody: number;
  /** What is asked of it before anything is timed; fails unless its answers are those expected. */
  readonly proof: readonly Asked[];
  /** Whether an answer refuses what was asked. */
  isRefusal(answer: string): boolean;
  /** Records that it holds, where it promises to hold any. */
  held?(): number;
  /** What has to be said of how it ran here. */
  readonly remark?: string;
  stop(): Promise<void>;
}
