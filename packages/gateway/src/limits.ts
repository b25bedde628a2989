/** A body, or a line of a batch, up to this size is an attempt; beyond it nothing is decided. */
export const maxBodyBytes: number = 2 * 1024 * 1024;

/** What `Retry-After` says, and how long a connection that was refused cools down. */
export const retryAfterSeconds = 1;

/** What callers can take of the gateway, all of them together. Times are milliseconds. */
export interface GatewayLimits {
  /** Open connections; further ones are closed at once. */
  readonly connections: number;
  /** Bytes of a request's line and headers. */
  readonly headerBytes: number;
  /** Within which a request, or the next line of a batch, must have arrived whole. */
  readonly requestMs: number;
  /** That an open connection may be silent between two requests. */
  readonly idleMs: number;
  /** Within which an answer must have been taken in, once there is nothing left to send. */
  readonly answerMs: number;
  /** That `close` waits for requests under way: longer than an append may take. */
  readonly closeMs: number;
  /** Bytes of bodies held at once, the first 16 KiB of each apart. */
  readonly bodyBudgetBytes: number;
  /** Batches at once. */
  readonly batches: number;
  /** Attempts of one batch under way at once. */
  readonly batchInFlight: number;
}

export const defaultLimits: GatewayLimits = {
  connections: 10_000,
  headerBytes: 16_384,
  requestMs: 30_000,
  idleMs: 30_000,
  answerMs: 30_000,
  closeMs: 6_000,
  bodyBudgetBytes: 128 * 1024 * 1024,
  batches: 64,
  batchInFlight: 256,
};
