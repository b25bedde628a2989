import { type Admit, encodeAdmitted } from "./admission-messages.ts";
import { Admissions, type Room } from "./admissions.ts";
import { type Denial, REJECTION_CODE, type ViolationCause } from "./denial.ts";
import type { RejectionCode } from "./ending.ts";
import {
  type AdmittedMessage,
  type AppendMessage,
  encodeCommitted,
  encodeRejected,
} from "./messages.ts";
import type { QuotaBook } from "./quota.ts";
import { type EventFault, type Scrutiny, type Standing, scrutinize } from "./scrutiny.ts";
import { type LogWriter, SubmissionRefused } from "./submission.ts";

/** What an intake needs of the Bucket. */
export interface IntakeParts {
  readonly log: LogWriter;
  readonly quota: QuotaBook;
  readonly onDenial: (denial: Denial) => void;
  /** The log can no longer be trusted: stop answering everybody. */
  readonly fatal: (error: Error) => void;
}

/** The connection that an intake serves. */
export interface IntakePeer {
  send(bytes: Uint8Array): void;
  /** The writer did what none does: hang up without an answer. */
  violation(cause: ViolationCause, detail: string): void;
  /** A message has ended: there is room for another. */
  ended(): void;
}

/** A message, and the room that it holds in every quota until it has ended. */
interface Roomed {
  readonly message: AppendMessage;
  readonly room: Room;
}

/**
 * Takes the messages of one writer: reserves their room, judges them side by side, and hands them to
 * the log in the order in which they came, which is the order of their batch numbers.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #standing: Standing;
  readonly #peer: IntakePeer;
  readonly #admissions: Admissions;
  #lastBatch = 0;
  #lastAdmission = 0;
  #unended = 0;
  #isOver = false;
  /** Settles when every message taken so far has been rejected or submitted. */
  #judged: Promise<void> = Promise.resolve();

  constructor(parts: IntakeParts, standing: Standing, peer: IntakePeer) {
    this.#parts = parts;
    this.#standing = standing;
    this.#peer = peer;
    this.#admissions = new Admissions(parts.quota, standing);
  }

  get writer(): string {
    return this.#standing.writer;
  }

  /** Messages taken that have no ending yet. */
  get unended(): number {
    return this.#unended;
  }

  append(message: AppendMessage): void {
    if (!this.#isRising(message.batch)) return;
    const { batch, entries } = message;
    const { quota } = this.#parts;
    const bytes = quota.chargedBytes(entries.length, lengthOf(entries));
    // Quotas first: what is beyond them must cost next to nothing.
    const room = quota.reserve(this.writer, entries.length, bytes);
    if (typeof room === "string") {
      this.#reject(batch, { cause: room, detail: `${entries.length} events` });
      return;
    }
    const settle = (): void => room.settle(bytes);
    this.#judge({ message, room: { settle, release: () => room.release() } });
  }

  /** As `append`, for events whose room is reserved. */
  appendAdmitted(message: AdmittedMessage): void {
    if (!this.#isRising(message.batch)) return;
    const room = this.#admissions.claim(message);
    if (typeof room === "string") this.#peer.violation("ADMISSION_MISUSED", room);
    else this.#judge({ message, room });
  }

  /** Answers at once: an admission waits for no disk. */
  admit(request: Admit): void {
    const { admission } = request;
    if (admission <= this.#lastAdmission) {
      const detail = `admission ${admission} after ${this.#lastAdmission}`;
      this.#peer.violation("ADMISSION_MISUSED", detail);
      return;
    }
    this.#lastAdmission = admission;
    const found = this.#admissions.grant(request);
    const code = found === undefined ? null : this.#deny(found);
    this.#peer.send(encodeAdmitted({ admission, code }));
  }

  release(admission: number): void {
    if (this.#admissions.release(admission)) return;
    this.#peer.violation("ADMISSION_MISUSED", `there is no admission ${admission}`);
  }

  /**
   * The connection is gone. What was submitted stays submitted; what was not, never will be: the
   * writer may come back with a greater epoch, and epochs never fall in the log.
   */
  stop(): void {
    this.#isOver = true;
    this.#admissions.stop();
  }

  /**
   * A number seen before is a replay (rules §5), and a fate for it would be taken for that of the
   * message that first had it: so no answer.
   */
  #isRising(batch: number): boolean {
    if (batch > this.#lastBatch) {
      this.#lastBatch = batch;
      return true;
    }
    this.#peer.violation("BATCH_NOT_RISING", `batch ${batch} after ${this.#lastBatch}`);
    return false;
  }

  #judge(roomed: Roomed): void {
    this.#unended += 1;
    const scrutiny = scrutinize(roomed.message, this.#standing);
    this.#judged = Promise.all([scrutiny, this.#judged]).then(
      ([found]) => this.#conclude(roomed, found),
      (error: unknown) => this.#giveUp(roomed, error),
    );
  }

  #conclude(roomed: Roomed, found: Scrutiny): void {
    const { message, room } = roomed;
    if (!this.#isOver && found.ok) {
      void this.#submit(roomed, found.leafHashes);
      return;
    }
    room.release();
    this.#unended -= 1;
    if (this.#isOver || found.ok) return;
    this.#reject(message.batch, found);
    this.#peer.ended();
  }

  /**
   * Judging failed, by a fault of this code's own: the message is not written, its writer not
   * answered. Everybody else goes on, or one writer's bytes could silence all.
   */
  #giveUp({ room }: Roomed, error: unknown): void {
    room.release();
    this.#unended -= 1;
    this.#peer.violation("UNJUDGED_MESSAGE", asError(error).message);
  }

  /** Acknowledges after the log's promise and never before: that is what committed means. */
  async #submit(roomed: Roomed, leafHashes: Uint8Array): Promise<void> {
    const { batch, entries, signature } = roomed.message;
    const { writer, epoch } = this.#standing;
    const { log, fatal } = this.#parts;
    try {
      await log.submit({ writer, epoch, batch, entries, leafHashes, signature });
    } catch (error) {
      if (error instanceof SubmissionRefused) this.#giveUp(roomed, error);
      // Nobody knows whether it is written, so nobody is told (design §6: the writer is poisoned).
      else fatal(asError(error));
      return;
    }
    this.#unended -= 1;
    roomed.room.settle();
    this.#peer.send(encodeCommitted(batch));
    this.#peer.ended();
  }

  #reject(batch: number, found: EventFault): void {
    this.#peer.send(encodeRejected(batch, this.#deny(found)));
  }

  /** The cause is the operator's, the code the writer's. */
  #deny({ cause, detail }: EventFault): RejectionCode {
    const code = REJECTION_CODE[cause];
    this.#parts.onDenial({ kind: "rejection", cause, code, writer: this.writer, detail });
    return code;
  }
}

function lengthOf(entries: readonly Uint8Array[]): number {
  let length = 0;
  for (const entry of entries) length += entry.length;
  return length;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
