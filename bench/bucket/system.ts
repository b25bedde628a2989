import type { LineSpec } from "./line.ts";
import type { Counts } from "./plain-server.ts";

/** Something that makes events durable, to be measured. */
export interface System {
  /** Its name on the command line. */
  readonly name: string;
  readonly title: string;
  /** What an acknowledgement means there, and how it is reached. */
  readonly means: string;
  /** It takes no fewer than this many in flight. */
  readonly least?: number;
  /** Throws `Skipped` where this machine lacks what it needs. */
  start(place: Place): Promise<Server>;
}

export interface Place {
  /** A fresh folder on the disk that is measured; its path is short enough for a socket. */
  readonly folder: string;
  /** Where programs that are not ours are built and kept between runs. */
  readonly tools: string;
  /** Tells what takes long. */
  readonly say: (line: string) => void;
}

/** A system that is ready for its client. */
export interface Server {
  readonly line: LineSpec;
  /** Process whose processor time is the server's, if there is one. */
  readonly pid?: number;
  /** How often something was made durable so far; given between slices. */
  batches?(): Promise<Counts["batches"]>;
  /** What has to be said of how it ran here. */
  readonly remark?: string;
  stop(): Promise<void>;
  /** Events that it holds, once stopped; compared with what was acknowledged. */
  held?(): number;
}

/** A system that cannot be measured here; the message says why in a line. */
export class Skipped extends Error {
  override readonly name = "Skipped";
}
