import { setTimeout as pause } from "node:timers/promises";
import { type AppendDoor, connectBucket, type Ending, HandshakeRefused } from "@writ/bucket/append";
import type { OpenWriterKey } from "@writ/bucket/writer-key";
import { formatDecisionId } from "@writ/contract/decision-id";
import { type Event, encodeEvent } from "@writ/contract/event";
import type { Place } from "./world.ts";

/** An event of some attempt, with what a test wants to say of it. */
export function eventWith(said: Partial<Event>): Uint8Array {
  return encodeEvent({
    trace_id: "0".repeat(64),
    enforcement_decision_id: `${"0".repeat(16)}.1.1`,
    action_type: "message",
    decision: "ALLOW",
    reason_code: "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"0".repeat(64)}`,
      caller: null,
      rewrite_class: null,
      validators: {},
      evaluators: [],
    },
    timestamp: "2026-01-01T00:00:00.000Z",
    adapter_name: null,
    status: "success",
    ...said,
  });
}

/** A writer of the constitution that is no gateway: it says what a test wants said. */
export class RawWriter {
  readonly door: AppendDoor;
  readonly key: OpenWriterKey;
  readonly epoch: number;

  private constructor(door: AppendDoor, key: OpenWriterKey, epoch: number) {
    this.door = door;
    this.key = key;
    this.epoch = epoch;
  }

  static async enter(
    { bucketSocket, constitution }: Place,
    key: OpenWriterKey,
    epoch: number,
    socketPath: string = bucketSocket,
  ): Promise<RawWriter> {
    const { origin } = constitution;
    const door = await connectBucket({ socketPath, origin, writer: key, epoch });
    return new RawWriter(door, key, epoch);
  }

  /** As `enter`, when this writer's last connection may not be gone yet. */
  static async enterNext(...args: Parameters<typeof RawWriter.enter>): Promise<RawWriter> {
    const due = performance.now() + 10_000;
    for (;;) {
      try {
        return await RawWriter.enter(...args);
      } catch (error) {
        if (!(error instanceof HandshakeRefused) || performance.now() > due) throw error;
        await pause(2);
      }
    }
  }

  id(sequence: number): string {
    return formatDecisionId(this.key.name, this.epoch, sequence);
  }

  /** An event of this connection's attempt of that number. */
  event(sequence: number, said: Partial<Event> = {}): Uint8Array {
    return eventWith({ enforcement_decision_id: this.id(sequence), ...said });
  }

  append(sequence: number, said: Partial<Event> = {}): Promise<Ending> {
    return this.door.append(this.event(sequence, said));
  }
}
