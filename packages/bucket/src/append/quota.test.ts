import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Quota } from "../constitution.ts";
import type { Tally } from "../frame.ts";
import { chargedBytes } from "../usage.ts";
import { ALICE, BOB, constitutionWith, ORIGIN, STRANGER } from "./bucket.test-support.ts";
import { QuotaBook, type Reservation, type Room } from "./quota.ts";

const LIMITS = { alice: { events: 30, bytes: 900 }, bob: { events: 50, bytes: 500 } };
const TOTAL = { events: 60, bytes: 1200, in_flight: 12 };
const MESSAGE = 512 + 2 * ORIGIN.length;

interface BookOptions {
  readonly tallies?: readonly Tally[];
  readonly room?: Room;
  readonly wide?: number;
}

function bookOf({ tallies = [], room, wide = 1 }: BookOptions = {}): QuotaBook {
  const writers = [
    { name: ALICE.name, key: ALICE.verifierKey, quota: wider(LIMITS.alice, wide) },
    { name: BOB.name, key: BOB.verifierKey, quota: wider(LIMITS.bob, wide) },
  ];
  const quotas = { ...wider(TOTAL, wide), in_flight: TOTAL.in_flight };
  return new QuotaBook(
    constitutionWith({ writers, quotas }),
    new Map(tallies.map((one) => [one.writer, one])),
    room,
  );
}

function wider({ events, bytes }: Quota, by: number): Quota {
  return { events, bytes: bytes * by };
}

function reserved(result: Reservation | string): Reservation {
  assert.ok(typeof result !== "string", String(result));
  return result;
}

/** What would be said to this reservation; nothing is held afterwards. */
function answer(book: QuotaBook, writer: string, events: number, bytes: number): string {
  const result = book.reserve(writer, events, bytes);
  if (typeof result === "string") return result;
  result.release();
  return "fits";
}

/** A disk with so many bytes left, that keeps count. */
class CountingRoom implements Room {
  left: number;

  constructor(left: number) {
    this.left = left;
  }

  take(bytes: number): boolean {
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }

  settle(reservedBytes: number, written: number): void {
    this.left += reservedBytes - written;
  }
}

interface Taken {
  readonly writer: string;
  readonly events: number;
  bytes: number;
  readonly reservation: Reservation;
  isOpen: boolean;
}

const step = fc.record({
  isAlice: fc.boolean(),
  events: fc.integer({ min: 1, max: 6 }),
  bytes: fc.integer({ min: 1, max: 120 }),
  end: fc.constantFrom("nothing", "settle", "settle less", "release"),
});

test("says the same as adding everything up again", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const room = new CountingRoom(1_000);
      const book = bookOf({ room });
      const taken: Taken[] = [];
      const sum = (writer: string | null, what: "events" | "bytes"): number =>
        taken
          .filter((one) => writer === null || one.writer === writer)
          .reduce((n, one) => n + one[what], 0);
      const open = (): Taken[] => taken.filter((one) => one.isOpen);
      for (const { isAlice, events, bytes, end } of steps) {
        const [oldest] = open();
        if (oldest !== undefined) endOne(taken, oldest, end);
        const writer = isAlice ? ALICE.name : BOB.name;
        const limit = isAlice ? LIMITS.alice : LIMITS.bob;
        const isOver = (who: string | null, most: Quota): boolean =>
          sum(who, "events") + events > most.events || sum(who, "bytes") + bytes > most.bytes;
        const inFlight = open().reduce((n, one) => n + one.events, 0);
        assert.equal(book.inFlight, inFlight);
        assert.equal(room.left, 1_000 - sum(null, "bytes"));
        const expected =
          inFlight + events > TOTAL.in_flight
            ? "IN_FLIGHT_QUOTA"
            : isOver(writer, limit)
              ? "WRITER_QUOTA"
              : isOver(null, TOTAL)
                ? "TOTAL_QUOTA"
                : sum(null, "bytes") + bytes > 1_000
                  ? "DISK_ROOM"
                  : undefined;
        const result = book.reserve(writer, events, bytes);
        if (expected !== undefined) {
          assert.equal(result, expected);
          continue;
        }
        taken.push({ writer, events, bytes, reservation: reserved(result), isOpen: true });
      }
    }),
    { numRuns: 300 },
  );
});

function endOne(taken: Taken[], one: Taken, how: string): void {
  if (how === "nothing") return;
  one.isOpen = false;
  if (how === "release") {
    taken.splice(taken.indexOf(one), 1);
    one.reservation.release();
    return;
  }
  if (how === "settle less") one.bytes = Math.floor(one.bytes / 2);
  one.reservation.settle(one.bytes);
}

test("a reservation ends once, and never with more than it had", () => {
  const book = bookOf();
  for (const first of ["settle", "release"] as const) {
    for (const second of ["settle", "release"] as const) {
      const one = reserved(book.reserve(ALICE.name, 1, 10));
      assert.throws(() => one.settle(11), RangeError);
      one[first](1);
      assert.throws(() => one[second](1), RangeError);
      assert.equal(book.inFlight, 0);
    }
  }
  assert.throws(() => book.reserve(STRANGER.name, 1, 1), RangeError);
});

function tallyOf(
  { name }: { readonly name: string },
  submissions: number,
  entries: number,
  bytes: number,
): Tally {
  return { writer: name, epoch: 1, submissions, entries, bytes };
}

test("the last event fits, the next does not", () => {
  const book = bookOf({ tallies: [tallyOf(ALICE, 0, 10, 0)] });
  reserved(book.reserve(ALICE.name, 12, 1)).settle(1);
  assert.equal(answer(book, ALICE.name, 8, 1), "fits");
  assert.equal(answer(book, ALICE.name, 9, 1), "WRITER_QUOTA");
});

test("the last byte fits, the next does not", () => {
  const book = bookOf({ tallies: [tallyOf(ALICE, 1, 2, 100)], wide: 10 });
  const left = 10 * LIMITS.alice.bytes - (MESSAGE + 2 * 56 + 2 * 100);
  assert.equal(answer(book, ALICE.name, 1, left), "fits");
  assert.equal(answer(book, ALICE.name, 1, left + 1), "WRITER_QUOTA");
});

test("what former writers left counts toward the total", () => {
  const book = bookOf({ tallies: [tallyOf(STRANGER, 1, 4, 200)], wide: 10 });
  reserved(book.reserve(BOB.name, 1, 10 * LIMITS.bob.bytes)).settle(10 * LIMITS.bob.bytes);
  const left = 10 * TOTAL.bytes - 10 * LIMITS.bob.bytes - (MESSAGE + 4 * 56 + 2 * 200);
  assert.equal(answer(book, ALICE.name, 2, left), "fits");
  assert.equal(answer(book, ALICE.name, 2, left + 1), "TOTAL_QUOTA");
});

test("a log that holds more than its quotas takes nothing more", () => {
  const book = bookOf({ tallies: [tallyOf(ALICE, 90, 90, 90_000)], wide: 10 });
  assert.equal(answer(book, ALICE.name, 1, 1), "WRITER_QUOTA");
  assert.equal(answer(book, BOB.name, 1, 1), "TOTAL_QUOTA");
});

test("a log charges after a restart what it charged before", () => {
  const lengths = fc.array(fc.nat(65_535), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(lengths, { maxLength: 6 }), (messages) => {
      const before = bookOf({ wide: 1e6 });
      const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
      const charged = sum(messages.map((each) => before.chargedBytes(each.length, sum(each))));
      const quotas = { events: 1e6, bytes: charged + 7, in_flight: 100 };
      const held = tallyOf(BOB, messages.length, messages.flat().length, sum(messages.flat()));
      const after = new QuotaBook(constitutionWith({ quotas }), new Map([[BOB.name, held]]));
      assert.equal(answer(after, ALICE.name, 1, 7), "fits");
      assert.equal(answer(after, ALICE.name, 1, 8), "TOTAL_QUOTA");
    }),
  );
});

test("events of one message never need more than messages of one event each", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(65_535), { minLength: 1, maxLength: 9 }), (lengths) => {
      const apart = lengths.map((length) => chargedBytes(ORIGIN.length, 1, 1, length));
      const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
      const together = chargedBytes(ORIGIN.length, 1, lengths.length, sum(lengths));
      assert.ok(together <= sum(apart));
    }),
  );
});
