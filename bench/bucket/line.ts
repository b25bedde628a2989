/** One system under load, as its client sees it. */
export interface Line {
  /**
   * Sends one event; calls `done` once it is acknowledged. Whatever else becomes of it throws or
   * rejects somewhere, and ends the process: a run has no failed appends.
   */
  append(event: Uint8Array, done: () => void): void;
  /** Makes ready for so many at once, where that takes anything. */
  prepare?(inFlight: number): Promise<void>;
  close(): Promise<void>;
}

/** How a load process reaches its system. */
export type LineSpec =
  | { readonly kind: "writ"; readonly socketPath: string; readonly writers: readonly WriterSpec[] }
  | { readonly kind: "plain"; readonly socketPath: string }
  | { readonly kind: "postgres"; readonly folder: string; readonly connections: number }
  | { readonly kind: "jetstream"; readonly port: number };

export interface WriterSpec {
  /** The writer's secret key, as its file holds it. */
  readonly key: string;
  readonly epoch: number;
  readonly origin: string;
  readonly logKey: string;
}

/** What a load process is asked for: so many appends in flight, for so long. */
export interface SliceRequest {
  readonly inFlight: number;
  /** Milliseconds before counting begins. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface SliceResult {
  /** Appends acknowledged a second. */
  readonly rate: number;
  /** Milliseconds from the call to the acknowledgement. */
  readonly p50: number;
  readonly p99: number;
  /** Appends acknowledged in all, warm-up and end included. */
  readonly appends: number;
  /** Microseconds of the client's processor time an append. */
  readonly clientMicros: number;
}
