import type { Constitution, Quota } from "../constitution.ts";
import type { Tally } from "../frame.ts";
import * as charge from "../usage.ts";
import type { QuotaCause } from "./denial.ts";

/** Where a reservation finds room on disk; see `DiskRoom`. */
export interface Room {
  take(bytes: number): boolean;
  settle(reserved: number, written: number): void;
}

/** Room that one message, or one admitted event, holds in every quota. Ends once, one way or the other. */
export interface Reservation {
  /** It is committed, with so many charged bytes: what it reserved beyond them is given back. */
  settle(bytes: number): void;
  /** Nothing of it was or will be written: all is given back. */
  release(): void;
}

interface Account {
  readonly limit: Quota;
  events: number;
  bytes: number;
}

/**
 * Keeps every quota of the constitution in force, and the room on disk. Room is reserved before a
 * message is submitted; what was committed is never given back, for nothing leaves a log. In memory
 * only: it begins from what the log holds.
 */
export class QuotaBook {
  readonly #total: Account;
  readonly #writers = new Map<string, Account>();
  readonly #inFlightLimit: number;
  readonly #originBytes: number;
  readonly #room: Room | undefined;
  #inFlight = 0;

  /** @param tallies what each writer has in the log; former writers count toward the total */
  constructor(constitution: Constitution, tallies: ReadonlyMap<string, Tally>, room?: Room) {
    this.#total = openAccount(constitution, constitution.quotas, tallies.values());
    for (const { name, quota } of constitution.writers) {
      const own = tallies.get(name);
      const held = own === undefined ? [] : [own];
      this.#writers.set(name, openAccount(constitution, quota, held));
    }
    this.#inFlightLimit = constitution.quotas.in_flight;
    this.#originBytes = charge.originBytes(constitution);
    this.#room = room;
  }

  /** Events reserved and not yet ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Bytes that one message with so many events, of so many bytes together, is charged. */
  chargedBytes(events: number, length: number): number {
    return charge.chargedBytes(this.#originBytes, 1, events, length);
  }

  /**
   * Reserves room in every quota and on disk for `events` events of `bytes` charged bytes together;
   * or reserves nothing and names the first that has too little.
   */
  reserve(writer: string, events: number, bytes: number): Reservation | QuotaCause {
    const own = this.#account(writer);
    if (this.#inFlight + events > this.#inFlightLimit) return "IN_FLIGHT_QUOTA";
    if (!hasRoom(own, events, bytes)) return "WRITER_QUOTA";
    if (!hasRoom(this.#total, events, bytes)) return "TOTAL_QUOTA";
    if (this.#room?.take(bytes) === false) return "DISK_ROOM";
    this.#inFlight += events;
    add(own, events, bytes);
    add(this.#total, events, bytes);
    return new Held(events, bytes, (settledEvents, settledBytes) => {
      this.#inFlight -= events;
      add(own, settledEvents - events, settledBytes - bytes);
      add(this.#total, settledEvents - events, settledBytes - bytes);
      this.#room?.settle(bytes, settledBytes);
    });
  }

  #account(writer: string): Account {
    const account = this.#writers.get(writer);
    if (account === undefined) throw new RangeError(`${writer} is no writer of this Bucket`);
    return account;
  }
}

class Held implements Reservation {
  readonly #events: number;
  readonly #bytes: number;
  #end: ((events: number, bytes: number) => void) | undefined;

  constructor(events: number, bytes: number, end: (events: number, bytes: number) => void) {
    this.#events = events;
    this.#bytes = bytes;
    this.#end = end;
  }

  settle(bytes: number): void {
    if (bytes > this.#bytes) throw new RangeError("more was written than was reserved");
    this.#finish(this.#events, bytes);
  }

  release(): void {
    this.#finish(0, 0);
  }

  #finish(events: number, bytes: number): void {
    if (this.#end === undefined) throw new RangeError("this reservation has ended before");
    const end = this.#end;
    this.#end = undefined;
    end(events, bytes);
  }
}

function openAccount(constitution: Constitution, limit: Quota, held: Iterable<Tally>): Account {
  return { limit, ...charge.usedBy(constitution, held) };
}

function add(account: Account, events: number, bytes: number): void {
  account.events += events;
  account.bytes += bytes;
}

function hasRoom(account: Account, events: number, bytes: number): boolean {
  const { limit } = account;
  return account.events + events <= limit.events && account.bytes + bytes <= limit.bytes;
}
