import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { COMMITTED, good, large, limited, withDoor } from "./admission.test-support.ts";
import { encodeAdmit } from "./admission-messages.ts";
import { ALICE, admittedOf, constitutionWith, openBucket, RawPeer } from "./bucket.test-support.ts";
import type { Admission, Admitted } from "./client.ts";
import { QuotaBook } from "./quota.ts";

const misuses: Readonly<Record<string, () => Uint8Array[]>> = {
  "a number of an admission that was there": () => [
    encodeAdmit({ admission: 3, largest: good(1) }),
    encodeAdmit({ admission: 3, largest: good(2) }),
  ],
  "an event longer than was admitted": () => [
    encodeAdmit({ admission: 1, largest: good(1) }),
    admittedOf(ALICE, 1, 1, [1], [large(1)]),
  ],
  "an event of another attempt": () => [
    encodeAdmit({ admission: 1, largest: good(1) }),
    admittedOf(ALICE, 1, 1, [1], [good(2)]),
  ],
  "one admission for two events": () => [
    encodeAdmit({ admission: 1, largest: good(1) }),
    admittedOf(ALICE, 1, 1, [1, 1], [good(1), good(1)]),
  ],
  "an admission used twice": () => [
    encodeAdmit({ admission: 1, largest: good(1) }),
    admittedOf(ALICE, 1, 1, [1], [good(1)]),
    admittedOf(ALICE, 1, 2, [1], [good(1)]),
  ],
};

for (const [what, messages] of Object.entries(misuses)) {
  test(`${what} is a violation, and all room is free again`, async (t) => {
    const { socketPath, denials, server } = await openBucket(t);
    const peer = new RawPeer(t, socketPath);
    await peer.enter(ALICE, 1);
    for (const message of messages()) peer.send(message);
    while ((await peer.next()) !== undefined);
    assert.deepEqual(
      denials.map(({ kind, cause }) => [kind, cause]),
      [["violation", "ADMISSION_MISUSED"]],
    );
    while (server.writers > 0 || server.inFlight > 0) await sleep(1);
  });
}

/** The writer's quota, kept the plain way. */
class NaiveQuota {
  readonly #book = new QuotaBook(constitutionWith(), new Map());
  readonly events: number;
  readonly bytes: number;
  readonly held = new Map<number, number>();
  usedEvents = 0;
  usedBytes = 0;

  constructor(events: number, bytes: number) {
    this.events = events;
    this.bytes = bytes;
  }

  fits(length: number): boolean {
    const held = [...this.held.values()].reduce((sum, one) => sum + this.#charge(one), 0);
    return (
      this.usedEvents + this.held.size + 1 <= this.events &&
      this.usedBytes + held + this.#charge(length) <= this.bytes
    );
  }

  use(length: number): void {
    this.usedEvents += 1;
    this.usedBytes += this.#charge(length);
  }

  #charge(length: number): number {
    return this.#book.chargedBytes(1, length);
  }
}

test("whatever is admitted, appended and released, quotas stand as one counts them", async (t) => {
  const act = fc.record({
    act: fc.constantFrom("admit", "append", "use", "use", "release"),
    isLarge: fc.boolean(),
    pick: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 25 }),
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 0, max: 14_000 }),
      async (acts, events, bytes) => {
        const { door, server, log } = await withDoor(t, limited({ events, bytes }));
        const quota = new NaiveQuota(events, bytes);
        const open = new Map<number, Admitted>();
        let sequence = 0;
        for (const { act: what, isLarge, pick } of acts) {
          sequence += 1;
          const event = isLarge ? large(sequence) : good(sequence);
          const [chosen, admission] = [...open][pick % Math.max(1, open.size)] ?? [0, undefined];
          if (what === "admit") {
            const expected = quota.fits(event.length) ? "admitted" : "rejected";
            const found: Admission = await door.admit(event);
            assert.equal(found.ending, expected);
            if (found.ending !== "admitted") continue;
            open.set(sequence, found);
            quota.held.set(sequence, event.length);
          } else if (what === "append") {
            const expected = quota.fits(event.length) ? "committed" : "rejected";
            assert.equal((await door.append(event)).ending, expected);
            if (expected === "committed") quota.use(event.length);
          } else if (admission !== undefined) {
            open.delete(chosen);
            quota.held.delete(chosen);
            if (what === "release") admission.release();
            else {
              assert.deepEqual(await admission.append(good(chosen)), COMMITTED);
              quota.use(good(chosen).length);
            }
          }
        }
        assert.equal(log.size, quota.usedEvents);
        for (const admission of open.values()) admission.release();
        await door.close();
        while (server.writers > 0) await sleep(1);
        assert.equal(server.inFlight, 0);
        await server.close();
      },
    ),
    { numRuns: 25 },
  );
});
