import type { Constitution, Quota } from "../constitution.ts";
import type { QuotaCause } from "./denial.ts";

/** What a writer, or all of them, have put into the log since its first event. */
export interface Usage {
  readonly events: number;
  /** In the measure of `chargedBytes`. */
  readonly bytes: number;
}

/** Usage by writer name; a writer that is not in it has written nothing. */
export type UsageByWriter = ReadonlyMap<string, Usage>;

const EVENT_CHARGE = 40;
const MESSAGE_CHARGE = 512;

/**
 * Bytes that one message is charged. An event is stored twice, in its frame and in its entry bundle,
 * with 2 bytes of length each, and its hash once in a tile; a message may need a frame, a signature
 * and a checkpoint of its own. So 2 · length + 40 an event, and 512 a message.
 */
export function chargedBytes(entries: readonly Uint8Array[]): number {
  let bytes = MESSAGE_CHARGE;
  for (const entry of entries) bytes += 2 * entry.length + EVENT_CHARGE;
  return bytes;
}

interface Account {
  readonly limit: Quota;
  events: number;
  bytes: number;
}

/**
 * Keeps every quota of the constitution in force. Room is taken before a message is submitted and,
 * for the totals, never given back: nothing leaves a log. In memory only; it begins from what the
 * log holds.
 */
export class QuotaBook {
  readonly #total: Account;
  readonly #writers = new Map<string, Account>();
  readonly #inFlightLimit: number;
  #inFlight = 0;

  constructor(constitution: Constitution, usage: UsageByWriter) {
    const all = [...usage.values()];
    this.#total = {
      limit: constitution.quotas,
      events: all.reduce((sum, used) => sum + used.events, 0),
      bytes: all.reduce((sum, used) => sum + used.bytes, 0),
    };
    for (const { name, quota } of constitution.writers) {
      const used = usage.get(name);
      const account = { limit: quota, events: used?.events ?? 0, bytes: used?.bytes ?? 0 };
      this.#writers.set(name, account);
    }
    this.#inFlightLimit = constitution.quotas.in_flight;
  }

  /** Events submitted and not yet ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The quota that a message would break, or undefined if it fits all. Takes nothing. */
  exceeded(writer: string, events: number, bytes: number): QuotaCause | undefined {
    if (this.#inFlight + events > this.#inFlightLimit) return "IN_FLIGHT_QUOTA";
    if (!hasRoom(this.#account(writer), events, bytes)) return "WRITER_QUOTA";
    return hasRoom(this.#total, events, bytes) ? undefined : "TOTAL_QUOTA";
  }

  /** Takes the room of a message that fits. */
  take(writer: string, events: number, bytes: number): void {
    for (const one of [this.#account(writer), this.#total]) {
      one.events += events;
      one.bytes += bytes;
    }
    this.#inFlight += events;
  }

  /** A message ended: its events are no longer in flight. */
  ended(events: number): void {
    this.#inFlight -= events;
  }

  #account(writer: string): Account {
    const account = this.#writers.get(writer);
    if (account === undefined) throw new RangeError(`${writer} is no writer of this Bucket`);
    return account;
  }
}

function hasRoom(account: Account, events: number, bytes: number): boolean {
  const { limit } = account;
  return account.events + events <= limit.events && account.bytes + bytes <= limit.bytes;
}
