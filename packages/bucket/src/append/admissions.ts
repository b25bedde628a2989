import { decodeEvent, EventRefused } from "@writ/contract/event";
import type { Admit } from "./admission-messages.ts";
import type { AdmittedMessage } from "./messages.ts";
import type { QuotaBook, Reservation } from "./quota.ts";
import { type EventFault, eventFault, type Standing } from "./scrutiny.ts";

/** The room of what is under way, until it has ended. Ends once, one way or the other. */
export interface Room {
  /** It is committed: what was reserved beyond what it needed is given back. */
  settle(): void;
  /** Nothing of it was or will be written. */
  release(): void;
}

/** One event that was admitted: whose attempt's it is, how long it may be, and its room. */
interface Held {
  readonly decisionId: string;
  readonly length: number;
  readonly reservation: Reservation;
}

/** Room that a writer has been granted on one connection and has neither used nor given back. */
export class Admissions {
  readonly #quota: QuotaBook;
  readonly #standing: Standing;
  readonly #held = new Map<number, Held>();

  constructor(quota: QuotaBook, standing: Standing) {
    this.#quota = quota;
    this.#standing = standing;
  }

  /** Reserves the room of an event in its largest form, or says why not. Quotas come first. */
  grant({ admission, largest }: Admit): EventFault | undefined {
    const { writer } = this.#standing;
    const bytes = this.#quota.chargedBytes(1, largest.length);
    const reservation = this.#quota.reserve(writer, 1, bytes);
    if (typeof reservation === "string") return { cause: reservation, detail: "1 admission" };
    try {
      const found = eventFault(largest, this.#standing);
      if (found === undefined) {
        const decisionId = decodeEvent(largest).enforcement_decision_id;
        this.#held.set(admission, { decisionId, length: largest.length, reservation });
      }
      return found;
    } finally {
      if (!this.#held.has(admission)) reservation.release();
    }
  }

  /** Whether there was such an admission; its room is given back. */
  release(admission: number): boolean {
    const held = this.#held.get(admission);
    this.#held.delete(admission);
    held?.reservation.release();
    return held !== undefined;
  }

  /** The room of a message whose events were admitted, or what about it was not. Spends them. */
  claim({ admissions, entries }: AdmittedMessage): Room | string {
    const taken = new Map<number, Held>();
    for (const [index, admission] of admissions.entries()) {
      const held = this.#held.get(admission);
      const entry = entries[index];
      if (held === undefined || entry === undefined || taken.has(admission)) {
        return `there is no admission ${admission}`;
      }
      if (entry.length > held.length) return `event ${index} is longer than was admitted`;
      if (!isOfAttempt(entry, held.decisionId)) return `event ${index} is of another attempt`;
      taken.set(admission, held);
    }
    for (const admission of taken.keys()) this.#held.delete(admission);
    const reservations = [...taken.values()].map(({ reservation }) => reservation);
    return {
      settle: () => this.#settle(reservations, entries),
      release: () => {
        for (const reservation of reservations) reservation.release();
      },
    };
  }

  /** The connection is gone, and all that it held open with it. */
  stop(): void {
    for (const { reservation } of this.#held.values()) reservation.release();
    this.#held.clear();
  }

  /** Each admission had room for a message of its own; together they were one. */
  #settle(reservations: readonly Reservation[], entries: readonly Uint8Array[]): void {
    let charged = 0;
    let length = 0;
    for (const [index, reservation] of reservations.entries()) {
      length += entries[index]?.length ?? 0;
      const total = this.#quota.chargedBytes(index + 1, length);
      reservation.settle(total - charged);
      charged = total;
    }
  }
}

/** What is no event at all is left to whoever judges schemas. */
function isOfAttempt(entry: Uint8Array, decisionId: string): boolean {
  try {
    return decodeEvent(entry).enforcement_decision_id === decisionId;
  } catch (error) {
    if (error instanceof EventRefused) return true;
    throw error;
  }
}
