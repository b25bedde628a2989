import assert from "node:assert/strict";
import type { RejectionCode } from "@writ/bucket/append";
import {
  encodeAdmit,
  encodeRelease,
} from "../../../packages/bucket/src/append/admission-messages.ts";
import {
  encodeAppend,
  encodeAppendAdmitted,
  MESSAGE,
} from "../../../packages/bucket/src/append/messages.ts";
import { eventWith } from "../raw-writer.ts";
import { BEHAVIOURS, type Behaviour, type Bent, bentEvent } from "./behaviours.ts";
import { Peer, Returning } from "./peer.ts";
import type { Scene } from "./scene.ts";
import type { Door, Finding } from "./table.ts";
import { admissionOf, fateOf, nameOf, saying, shareOf } from "./wire-words.ts";

/** Every type byte, by whether the protocol has it. */
const KNOWN: readonly number[] = Object.values(MESSAGE);
const UNKNOWN = Array.from({ length: 256 }, (_, type) => type).filter(
  (type) => !KNOWN.includes(type),
);
const BY_WRITERS: readonly number[] = [
  MESSAGE.append,
  MESSAGE.admit,
  MESSAGE.release,
  MESSAGE.appendAdmitted,
];

/** The append door's socket, one interface for each kind of message and each kind of liar. */
export class SocketDoors {
  readonly #scene: Scene;
  readonly #alice: Returning;
  readonly #bob: Returning;
  #recorded = "";
  #twice: { readonly peer: Peer; readonly id: string } | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    const [alice = scene.writer, bob = scene.writer] = scene.writers;
    const { bucketSocket, constitution } = scene;
    this.#alice = new Returning(alice, bucketSocket, constitution.origin);
    this.#bob = new Returning(bob, bucketSocket, constitution.origin);
  }

  /** A decision id that is in the log. */
  get recorded(): string {
    return this.#recorded;
  }

  /** Records one event, so that there is something to tamper with. */
  async open(): Promise<void> {
    const peer = await this.#alice.enter();
    this.#recorded = this.#alice.nextId();
    peer.send(this.#alice.append(1, [eventWith({ enforcement_decision_id: this.#recorded })]));
    assert.deepEqual(await fateOf(peer), null);
  }

  close(): void {
    this.#alice.leave();
    this.#bob.leave();
  }

  get doors(): readonly Door[] {
    const outOfTurn = KNOWN.filter((type) => !BY_WRITERS.includes(type)).map((type) =>
      this.#door(`${nameOf(type)}, out of turn`, (one) => this.#outOfTurn(type, one)),
    );
    return [
      this.#door("any message before the handshake", (one) => this.#tooEarly(one)),
      this.#door("a message of a type that there is not", (one) => this.#unknownTypes(one)),
      ...outOfTurn,
      this.#door("append", (one) => this.#append(one)),
      this.#door("append, half a message of several events", (one) => this.#together(one)),
      this.#secondStory(),
      this.#door("append, malformed", (one) => this.#malformed(one)),
      this.#door("append, batches that repeat or fall", (one) => this.#batches(one)),
      this.#door("append, a recorded message on a later connection", (one) => this.#later(one)),
      this.#door("append, signed by another writer", (one) => this.#signedByAnother(one)),
      this.#door("admit", (one) => this.#admit(one)),
      this.#door("admit, numbers that repeat or fall", (one) => this.#admitAgain(one)),
      this.#door("release", (one) => this.#release(one)),
      this.#door("append of what was admitted", (one) => this.#appendAdmitted(one)),
      this.#door("append of what was not admitted", (one) => this.#notAdmitted(one)),
      this.#door("a whole recorded connection again", (one) => this.#replayConnection(one)),
      this.#door("another writer's name", (one) => this.#otherName(one)),
      this.#door("an epoch that is over", (one) => this.#oldEpoch(one)),
      {
        ...this.#door("a second connection at once", (one) => this.#secondConnection(one)),
        prepare: async () => void (await this.#bob.enter()),
      },
    ];
  }

  #door(what: string, attempt: (behaviour: Behaviour) => Promise<readonly string[]>): Door {
    return {
      name: `socket: ${what}`,
      attempt: async (behaviour) => this.#counted(() => attempt(behaviour)),
    };
  }

  /**
   * Runs tries that each are turned away for the cause that they name; fails unless exactly these
   * causes were told, in order, and each was counted.
   */
  async #counted(tries: () => Promise<readonly string[]>): Promise<Finding> {
    const { denials, counts } = this.#scene;
    const told = denials.length;
    const before = new Map(counts);
    const causes = await tries();
    const found = denials.slice(told).map(({ cause }) => cause);
    // Who comes back may be met as still there; that is told too, and is no try of a test.
    const isTry = (cause: string): boolean => cause !== LINGERING || causes.includes(LINGERING);
    assert.deepEqual(found.filter(isTry), causes);
    for (const cause of new Set(found)) {
      const times = found.filter((one) => one === cause).length;
      assert.equal(counts.get(cause), (before.get(cause) ?? 0) + times);
    }
    const by = [...new Set(causes)];
    return { how: "refused", by, probes: causes.length, counted: "the Bucket's denials" };
  }

  #bent(behaviour: Behaviour, writer: Returning = this.#alice): Bent {
    const event = Buffer.from(eventWith({ enforcement_decision_id: writer.nextId() })).toString();
    const former = `${writer.key.name}.${Math.max(1, writer.epoch - 1)}.1`;
    return bentEvent(behaviour, event, this.#recorded, former);
  }

  #fresh(writer: Returning = this.#alice): Uint8Array {
    return eventWith({ enforcement_decision_id: writer.nextId() });
  }

  async #tooEarly(behaviour: Behaviour): Promise<readonly string[]> {
    const types = [...shareOf(UNKNOWN, behaviour).slice(0, 2), ...BY_WRITERS];
    const causes: string[] = [];
    for (const type of types) {
      const peer = new Peer(this.#scene.bucketSocket);
      await peer.next();
      peer.send(saying(type, behaviour));
      assert.ok(await peer.isHungUpOn());
      causes.push(KNOWN.includes(type) ? "OUT_OF_TURN" : "UNKNOWN_VERB");
    }
    return causes;
  }

  async #unknownTypes(behaviour: Behaviour): Promise<readonly string[]> {
    const types = shareOf(UNKNOWN, behaviour);
    for (const type of types) await this.#isHungUpOn(saying(type, behaviour));
    return types.map(() => "UNKNOWN_VERB");
  }

  async #outOfTurn(type: number, behaviour: Behaviour): Promise<readonly string[]> {
    await this.#isHungUpOn(saying(type, behaviour));
    return ["OUT_OF_TURN"];
  }

  /** Sends it over a connection of its own; fails unless the Bucket hangs up without a word. */
  async #isHungUpOn(...messages: readonly Uint8Array[]): Promise<void> {
    const peer = await this.#alice.enter();
    peer.send(...messages);
    assert.ok(await peer.isHungUpOn());
  }

  async #append(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = await this.#alice.enter();
    const { bytes, code, cause } = this.#bent(behaviour);
    peer.send(this.#alice.append(1, [bytes]));
    assert.equal(await fateOf(peer), code);
    return [cause];
  }

  /** One bad event among good ones: all of them share its fate, or a part would be written. */
  async #together(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = await this.#alice.enter();
    const { bytes, code, cause } = this.#bent(behaviour);
    peer.send(this.#alice.append(1, [this.#fresh(), bytes, this.#fresh()]));
    assert.equal(await fateOf(peer), code);
    return [cause];
  }

  /**
   * A well-formed event under a decision id that has its record: the Bucket neither deduplicates nor
   * judges sequences (rules §8), so it becomes a record of its own, and `writ verify` names it.
   */
  #secondStory(): Door {
    return {
      name: "socket: append, a second story under a recorded decision id",
      prepare: async () => {
        const peer = await this.#alice.enter();
        this.#twice = { peer, id: this.#alice.nextId() };
        peer.send(this.#alice.append(1, [eventWith({ enforcement_decision_id: this.#twice.id })]));
        assert.equal(await fateOf(peer), null);
      },
      attempt: async () => {
        const { peer, id } = this.#twice ?? assert.fail("not prepared");
        const story = { enforcement_decision_id: id, decision: "BLOCK", status: "failed" } as const;
        peer.send(this.#alice.append(2, [eventWith(story)]));
        assert.equal(await fateOf(peer), null);
        const by = ["decision-unique, of writ verify"];
        return { how: "appended", by, probes: 1, counted: "the faults of writ verify" };
      },
    };
  }

  async #malformed(behaviour: Behaviour): Promise<readonly string[]> {
    await this.#alice.enter();
    const entries = [this.#bent(behaviour).bytes];
    const whole = this.#alice.append(1, entries);
    const none = encodeAppend({ batch: 1, entries: [], signature: new Uint8Array(64) });
    const cut = whole.slice(0, -1);
    new DataView(cut.buffer).setUint32(0, cut.length - 4);
    const longer = Buffer.concat([whole, Buffer.of(0)]);
    longer.writeUInt32BE(longer.length - 4);
    const zero = this.#alice.append(0, entries);
    for (const bytes of [none, cut, longer, zero]) await this.#isHungUpOn(bytes);
    return [none, cut, longer, zero].map(() => "MALFORMED_MESSAGE");
  }

  async #batches(behaviour: Behaviour): Promise<readonly string[]> {
    const causes: string[] = [];
    for (const batch of [7, 6, 1]) {
      const peer = await this.#alice.enter();
      const { bytes, code, cause } = this.#bent(behaviour);
      peer.send(this.#alice.append(7, [bytes]));
      assert.equal(await fateOf(peer), code);
      peer.send(this.#alice.append(batch, [this.#fresh()]));
      assert.ok(await peer.isHungUpOn());
      causes.push(cause, "BATCH_NOT_RISING");
    }
    return causes;
  }

  async #later(behaviour: Behaviour): Promise<readonly string[]> {
    await this.#alice.enter();
    const good = this.#alice.append(1, [this.#fresh()]);
    const bent = this.#alice.append(2, [this.#bent(behaviour).bytes]);
    const peer = await this.#alice.enter();
    peer.send(good, bent);
    assert.deepEqual([await fateOf(peer), await fateOf(peer)], [DENIED, DENIED]);
    return ["BATCH_SIGNATURE", "BATCH_SIGNATURE"];
  }

  async #signedByAnother(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = await this.#bob.enter();
    await this.#alice.enter();
    // A copy of what Alice would send; then her event as Bob's own message.
    const event = behaviour === "replay" ? this.#fresh() : this.#bent(behaviour).bytes;
    peer.send(this.#alice.append(1, [event]), this.#bob.append(2, [this.#fresh()]));
    assert.deepEqual([await fateOf(peer), await fateOf(peer)], [DENIED, DENIED]);
    return ["BATCH_SIGNATURE", "DECISION_ID"];
  }

  async #admit(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = await this.#alice.enter();
    const { bytes, code, cause } = this.#bent(behaviour);
    peer.send(encodeAdmit({ admission: 1, largest: bytes }));
    assert.equal(await admissionOf(peer), code);
    return [cause];
  }

  async #admitAgain(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = await this.#alice.enter();
    const largest = this.#fresh();
    peer.send(encodeAdmit({ admission: 2, largest }));
    assert.equal(await admissionOf(peer), null);
    const admission = BEHAVIOURS.indexOf(behaviour) % 2 === 0 ? 2 : 1;
    peer.send(encodeAdmit({ admission, largest }));
    assert.ok(await peer.isHungUpOn());
    return ["ADMISSION_MISUSED"];
  }

  async #release(behaviour: Behaviour): Promise<readonly string[]> {
    await this.#isHungUpOn(saying(MESSAGE.release, behaviour));
    await this.#isHungUpOn(encodeRelease(1 + BEHAVIOURS.indexOf(behaviour)));
    const peer = await this.#alice.enter();
    peer.send(encodeAdmit({ admission: 1, largest: this.#fresh() }), encodeRelease(1));
    assert.equal(await admissionOf(peer), null);
    peer.send(encodeRelease(1));
    assert.ok(await peer.isHungUpOn());
    return ["MALFORMED_MESSAGE", "ADMISSION_MISUSED", "ADMISSION_MISUSED"];
  }

  /** Admitted is one event; said is another thing. What is no event at all is judged as ever. */
  async #appendAdmitted(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = await this.#alice.enter();
    const largest = eventWith({
      enforcement_decision_id: this.#alice.nextId(),
      action_type: "m".repeat(64),
      adapter_name: "a".repeat(64),
    });
    peer.send(encodeAdmit({ admission: 1, largest }));
    assert.equal(await admissionOf(peer), null);
    const { bytes, code, cause } = this.#bent(behaviour);
    peer.send(this.#admitted(1, [1], [bytes]));
    if (cause === "DECISION_ID") {
      assert.ok(await peer.isHungUpOn());
      return ["ADMISSION_MISUSED"];
    }
    assert.equal(await fateOf(peer), code);
    // Its admission is spent, whatever became of it.
    peer.send(this.#admitted(2, [1], [largest]));
    assert.ok(await peer.isHungUpOn());
    return [cause, "ADMISSION_MISUSED"];
  }

  async #notAdmitted(behaviour: Behaviour): Promise<readonly string[]> {
    await this.#alice.enter();
    await this.#isHungUpOn(this.#admitted(1, [1], [this.#bent(behaviour).bytes]));
    await this.#isHungUpOn(this.#admitted(1, [1], [this.#fresh()]));
    return ["ADMISSION_MISUSED", "ADMISSION_MISUSED"];
  }

  #admitted(
    batch: number,
    admissions: readonly number[],
    entries: readonly Uint8Array[],
  ): Uint8Array {
    const signature = this.#alice.sign(batch, entries);
    return encodeAppendAdmitted({ batch, admissions, entries, signature });
  }

  async #replayConnection(behaviour: Behaviour): Promise<readonly string[]> {
    const first = await this.#alice.enter();
    const { bytes, code, cause } = this.#bent(behaviour);
    first.send(this.#alice.append(1, [bytes]));
    assert.equal(await fateOf(first), code);
    this.#alice.leave();
    const again = new Peer(this.#scene.bucketSocket);
    await again.next();
    again.send(...first.sent);
    assert.equal((await again.next())?.type, MESSAGE.refused);
    assert.ok(await again.isHungUpOn());
    return [cause, "HANDSHAKE_SIGNATURE"];
  }

  async #otherName(behaviour: Behaviour): Promise<readonly string[]> {
    const names = [
      this.#alice.key.name,
      "0".repeat(15) + BEHAVIOURS.indexOf(behaviour).toString(16),
    ];
    for (const name of names) {
      const peer = new Peer(this.#scene.bucketSocket);
      assert.equal(await peer.enter(this.#bob.key, 1_000_000, name), MESSAGE.refused);
      peer.send(saying(MESSAGE.append, behaviour));
      assert.ok(await peer.isHungUpOn());
    }
    return ["HANDSHAKE_SIGNATURE", "UNKNOWN_WRITER"];
  }

  async #oldEpoch(behaviour: Behaviour): Promise<readonly string[]> {
    await this.#bob.enter();
    const { epoch, key } = this.#bob;
    this.#bob.leave();
    const epochs = [epoch, Math.max(1, epoch - 1)];
    for (const one of epochs) await this.#isRefused(key, one, behaviour);
    return epochs.map(() => "EPOCH_NOT_GREATER");
  }

  /** Until it is refused for another cause than that its last connection seems to be there. */
  async #isRefused(key: Returning["key"], epoch: number, behaviour: Behaviour): Promise<void> {
    const { denials } = this.#scene;
    for (;;) {
      const told = denials.length;
      const peer = new Peer(this.#scene.bucketSocket);
      assert.equal(await peer.enter(key, epoch), MESSAGE.refused);
      peer.send(saying(MESSAGE.append, behaviour));
      assert.ok(await peer.isHungUpOn());
      if (denials[told]?.cause !== LINGERING) return;
    }
  }

  async #secondConnection(behaviour: Behaviour): Promise<readonly string[]> {
    const peer = new Peer(this.#scene.bucketSocket);
    assert.equal(await peer.enter(this.#bob.key, this.#bob.epoch + 1), MESSAGE.refused);
    peer.send(saying(MESSAGE.append, behaviour));
    assert.ok(await peer.isHungUpOn());
    return ["WRITER_CONNECTED"];
  }
}

const LINGERING = "WRITER_CONNECTED";
const DENIED: RejectionCode = "GOVERNANCE_DENIED";
