import type { Constitution, Quota } from "../constitution.ts";
import type { Tally } from "../frame.ts";
import type { QuotaCause } from "./denial.ts";

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

/** What a writer has been charged in all, from what the log holds of it. */
function chargedSoFar({ submissions, entries, bytes }: Tally): number {
  return MESSAGE_CHARGE * submissions + EVENT_CHARGE * entries + 2 * bytes;
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

  /** @param tallies what each writer has in the log; former writers count toward the total */
  constructor(constitution: Constitution, tallies: ReadonlyMap<string, Tally>) {
    this.#total = openAccount(constitution.quotas, [...tallies.values()]);
    for (const { name, quota } of constitution.writers) {
      const own = tallies.get(name);
      this.#writers.set(name, openAccount(quota, own === undefined ? [] : [own]));
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

function openAccount(limit: Quota, held: readonly Tally[]): Account {
  return {
    limit,
    events: held.reduce((sum, { entries }) => sum + entries, 0),
    bytes: held.reduce((sum, one) => sum + chargedSoFar(one), 0),
  };
}

function hasRoom(account: Account, events: number, bytes: number): boolean {
  const { limit } = account;
  return account.events + events <= limit.events && account.bytes + bytes <= limit.bytes;
}
