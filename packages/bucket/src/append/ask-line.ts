import { decodeEvent, EventRefused } from "@writ/contract/event";
import { type Admit, type AdmitAnswer, encodeAdmit } from "./admission-messages.ts";
import { DeadlineLine, Timed } from "./deadline-line.ts";
import { type Admission, AdmissionMisused, type Admitted, type Ending } from "./ending.ts";
import { WireFault } from "./framing.ts";

/** What admissions need of their door. */
export interface AskingDoor {
  send(bytes: Uint8Array): void;
  /** Appends an event under a granted admission. */
  appendAdmitted(event: Uint8Array, admission: number): Promise<Ending>;
  /** Tells the Bucket that a granted admission is given back. */
  release(admission: number): void;
  /** What was asked for has ended without an append: it is no longer under way. */
  left(): void;
}

/** One question, until it is answered. */
class Asking extends Timed {
  readonly admission: number;
  readonly length: number;
  readonly decisionId: string;
  readonly resolve: (admission: Admission) => void;
  hasEnded = false;

  constructor(
    { admission, largest }: Admit,
    decisionId: string,
    resolve: (admission: Admission) => void,
  ) {
    super();
    this.admission = admission;
    this.length = largest.length;
    this.decisionId = decisionId;
    this.resolve = resolve;
  }
}

/** A door's questions for room: numbers them, waits for answers, and hands out what is granted. */
export class AskLine {
  readonly #door: AskingDoor;
  readonly #deadlines: DeadlineLine<Asking>;
  readonly #open = new Map<number, Asking>();
  #last = 0;

  constructor(door: AskingDoor, deadlineMs: number) {
    this.#door = door;
    this.#deadlines = new DeadlineLine(deadlineMs, (late) =>
      this.#end(late, { ending: "unknown" }),
    );
  }

  ask(largest: Uint8Array): Promise<Admission> {
    const decisionId = decisionIdOf(largest);
    if (decisionId === undefined) {
      this.#door.left();
      return Promise.resolve({ ending: "rejected", code: "SCHEMA_REJECTED" });
    }
    this.#last += 1;
    const request = { admission: this.#last, largest };
    return new Promise((resolve) => {
      const asking = new Asking(request, decisionId, resolve);
      this.#open.set(request.admission, asking);
      this.#deadlines.add(asking);
      this.#door.send(encodeAdmit(request));
    });
  }

  /** Throws WireFault for an answer to what was never asked. */
  answered({ admission, code }: AdmitAnswer): void {
    const asking = this.#open.get(admission);
    if (asking === undefined) throw new WireFault("the Bucket answered what was never asked");
    this.#open.delete(admission);
    // Nobody waits for it any more: its room must not stay taken.
    if (asking.hasEnded && code === null) this.#door.release(admission);
    this.#end(
      asking,
      code === null ? new Granted(this.#door, asking) : { ending: "rejected", code },
    );
  }

  /** The connection is gone. */
  lose(): void {
    for (const asking of this.#open.values()) this.#end(asking, { ending: "unknown" });
    this.#open.clear();
    this.#deadlines.stop();
  }

  #end(asking: Asking, admission: Admission): void {
    if (asking.hasEnded) return;
    asking.hasEnded = true;
    this.#deadlines.remove(asking);
    if (admission.ending !== "admitted") this.#door.left();
    asking.resolve(admission);
  }
}

class Granted implements Admitted {
  readonly ending = "admitted";
  readonly #door: AskingDoor;
  readonly #asking: Asking;
  #isSpent = false;

  constructor(door: AskingDoor, asking: Asking) {
    this.#door = door;
    this.#asking = asking;
  }

  append(event: Uint8Array): Promise<Ending> {
    const { admission, length, decisionId } = this.#asking;
    if (event.length > length) {
      throw new AdmissionMisused(
        "EVENT_TOO_LARGE",
        `admit an event in its largest form: ${length} bytes were admitted, not ${event.length}`,
      );
    }
    this.#spend();
    // The Bucket would say the same, but to all events of the message that this one is in.
    const found = decisionIdOf(event);
    if (found === decisionId) return this.#door.appendAdmitted(event, admission);
    this.#giveBack();
    const code = found === undefined ? "SCHEMA_REJECTED" : "GOVERNANCE_DENIED";
    return Promise.resolve({ ending: "rejected", code });
  }

  release(): void {
    this.#spend();
    this.#giveBack();
  }

  #giveBack(): void {
    this.#door.release(this.#asking.admission);
    this.#door.left();
  }

  #spend(): void {
    if (this.#isSpent) {
      throw new AdmissionMisused("ADMISSION_SPENT", "admit again: this admission has been used");
    }
    this.#isSpent = true;
  }
}

function decisionIdOf(event: Uint8Array): string | undefined {
  try {
    return decodeEvent(event).enforcement_decision_id;
  } catch (error) {
    if (error instanceof EventRefused) return undefined;
    throw error;
  }
}
