import type { Engine } from "@writ/engine/engine";
import { type Adapter, requireAdapter } from "./adapter.ts";
import { type Attempt, OneAttempt } from "./attempt.ts";
import type { AttemptReport } from "./attempt-report.ts";
import { BucketLine, type LineOptions } from "./bucket-line.ts";
import type { ValidatorAsker } from "./validators.ts";

export type { Adapter } from "./adapter.ts";
export type { Answer, ExecuteAnswer } from "./answer.ts";
export { type Attempt, AttemptSpent } from "./attempt.ts";
export type { AttemptReport } from "./attempt-report.ts";
export { utcNow } from "./utc-clock.ts";

/** A refusal before an attempt begins: nothing is decided, numbered or written. */
export class TooManyInFlight extends Error {
  override readonly name = "TooManyInFlight";
  readonly code: "TOO_MANY_IN_FLIGHT" = "TOO_MANY_IN_FLIGHT";
}

export interface EnforcementOptions extends LineOptions {
  readonly engine: Engine;
  /** Asks the validators that the policy declares; without it every one of them is absent. */
  readonly validators?: ValidatorAsker;
  /** Who carries out which category, for `execute`; a category without one is never done. */
  readonly adapters?: ReadonlyMap<string, Adapter>;
  /** RFC 3339 UTC with milliseconds, as of `utcNow`. The only clock; it orders nothing. */
  readonly now: () => string;
  /** At most this many attempts at once; keep it under the Bucket's in-flight quota. */
  readonly maxInFlight: number;
  /** Told of every attempt that was used twice. */
  readonly onViolation: (message: string) => void;
  /** Told of every attempt that is over, for the operator alone; what it throws is dropped. */
  readonly onAttempt?: (report: AttemptReport) => void;
}

/**
 * The only place where deciding, recording and releasing meet.
 *
 * Durability: an Answer other than BLOCK was recorded, synced and covered by a signed tree head
 * before it is returned. Concurrency: attempts overlap freely; their records land in any order.
 */
export interface Enforcement {
  /** Begins an attempt and takes its number. Throws `TooManyInFlight`. */
  begin(): Attempt;
  /**
   * Attempts that begin from now on are decided by this engine, and carried out by these adapters
   * where they are given; those under way end on theirs. Throws AdapterRefused, and changes nothing.
   */
  rearm(engine: Engine, adapters?: ReadonlyMap<string, Adapter>): void;
  /** `engine_version` of the attempts that begin now. */
  readonly engineVersion: string;
  /** Whether an attempt could be recorded now. */
  readonly ready: boolean;
  readonly epoch: number;
  readonly inFlight: number;
  /** How many attempts may begin beside those in flight. */
  readonly free: number;
  /** Ends the connection. Attempts still under way end as BLOCK. */
  close(): Promise<void>;
}

/** Throws AdapterRefused, EpochUnusable. A Bucket that is away is no error: see `ready`. */
export async function openEnforcement(options: EnforcementOptions): Promise<Enforcement> {
  for (const adapter of options.adapters?.values() ?? []) requireAdapter(adapter);
  return new OpenEnforcement(options, await BucketLine.open(options));
}

class OpenEnforcement implements Enforcement {
  readonly #options: EnforcementOptions;
  readonly #line: BucketLine;
  #adapters: ReadonlyMap<string, Adapter>;
  #engine: Engine;
  #inFlight = 0;

  constructor(options: EnforcementOptions, line: BucketLine) {
    this.#options = options;
    this.#line = line;
    this.#engine = options.engine;
    this.#adapters = new Map(options.adapters);
  }

  get engineVersion(): string {
    return this.#engine.version;
  }

  get ready(): boolean {
    return this.#line.connected;
  }

  get epoch(): number {
    return this.#line.epoch;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get free(): number {
    return Math.max(0, this.#options.maxInFlight - this.#inFlight);
  }

  rearm(engine: Engine, adapters?: ReadonlyMap<string, Adapter>): void {
    for (const adapter of adapters?.values() ?? []) requireAdapter(adapter);
    if (adapters !== undefined) this.#adapters = new Map(adapters);
    this.#engine = engine;
  }

  begin(): Attempt {
    if (this.#inFlight >= this.#options.maxInFlight) {
      throw new TooManyInFlight(`${this.#inFlight} attempts are in flight; try again later`);
    }
    const { validators, now, onViolation } = this.#options;
    const place = this.#line.take();
    this.#inFlight += 1;
    return new OneAttempt({
      engine: this.#engine,
      validators,
      adapters: this.#adapters,
      now,
      place,
      onViolation,
      onEnd: (report) => this.#ended(report),
    });
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  #ended(report: AttemptReport | null): void {
    this.#inFlight -= 1;
    if (report === null) return;
    try {
      this.#options.onAttempt?.(report);
    } catch {
      // The operator's books are no reason to withhold what is recorded, nor to release it.
    }
  }
}
