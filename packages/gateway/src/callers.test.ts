import assert from "node:assert/strict";
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { temporaryFolder } from "../../enforce/src/enforce.test-support.ts";
import { type CallerLine, CallersUnreadable, digestOf, readCallerLines } from "./caller-file.ts";
import { addCaller, revokeCaller } from "./callers.test-support.ts";
import { ANYBODY, type Callers, openCallers } from "./callers.ts";

interface Desk {
  readonly file: string;
  readonly callers: Callers;
  readonly faults: readonly string[];
  /** Lets the file be looked at again. */
  pass(ms?: number): void;
}

function open(file: string): Desk {
  let now = 0;
  const faults: string[] = [];
  const callers = openCallers(
    file,
    (fault) => faults.push(fault.message),
    () => now,
  );
  const pass = (ms = 1_000): void => {
    now += ms;
  };
  return { file, callers, faults, pass };
}

const emptyFile = (): string => join(temporaryFolder(), "gateway", "callers");
const bearer = (key: string | null): string => `Bearer ${key}`;

test("a key opens for its holder alone, in one form alone", () => {
  const file = emptyFile();
  const key = addCaller(file, { name: "desk" }) ?? "";
  const { callers } = open(file);
  assert.equal(callers.find(bearer(key), undefined)?.name, "desk");
  assert.equal(callers.find(`bearer  ${key}`, undefined)?.name, "desk");
  const wrong = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    key,
    `Basic ${key}`,
    `Bearer ${key} `,
    `Bearer ${key}x`,
    `Bearer ${key.slice(0, -1)}`,
    `Bearer ${key.toUpperCase()}`,
    `Bearer ${digestOf(key)}`,
    `Bearer writ_${digestOf(key).slice(0, 43)}`,
    `Bearer ${key}, Bearer ${key}`,
  ];
  for (const header of wrong) assert.equal(callers.find(header, undefined), undefined, header);
});

test("any change of one character of a key opens nothing", () => {
  const file = emptyFile();
  const key = addCaller(file, { name: "desk" }) ?? "";
  const { callers } = open(file);
  fc.assert(
    fc.property(
      fc.nat({ max: key.length - 1 }),
      fc.string({ minLength: 1, maxLength: 1 }),
      (at, c) => {
        fc.pre(c !== key[at]);
        const changed = key.slice(0, at) + c + key.slice(at + 1);
        assert.equal(callers.find(bearer(changed), undefined), undefined);
      },
    ),
  );
});

test("a certificate's name is a caller's only where its line says so, and makes no key good", () => {
  const file = emptyFile();
  addCaller(file, { name: "desk", byCertificate: true });
  const key = addCaller(file, { name: "ops" });
  const { callers } = open(file);
  assert.equal(callers.find(undefined, "desk")?.name, "desk");
  assert.equal(callers.find(bearer(key), "desk")?.name, "ops");
  for (const name of ["ops", "Desk", "desk ", ""])
    assert.equal(callers.find(undefined, name), undefined);
  assert.equal(callers.find("Bearer nonsense", "desk"), undefined);
});

test("without a file anybody may call; from the first one on, nobody unknown, whatever becomes of it", () => {
  const desk = open(emptyFile());
  assert.ok(!desk.callers.asks);
  const anybody = desk.callers.find(undefined, undefined);
  assert.equal(anybody, ANYBODY);
  const key = addCaller(desk.file, { name: "desk" });
  desk.pass();
  assert.ok(desk.callers.asks && !desk.callers.admits(ANYBODY));
  assert.equal(desk.callers.find(undefined, undefined), undefined);
  const caller = desk.callers.find(bearer(key), undefined);
  assert.ok(caller !== undefined && desk.callers.admits(caller));

  rmSync(desk.file);
  desk.pass();
  assert.ok(desk.callers.asks && !desk.callers.admits(caller));
  assert.equal(desk.callers.find(bearer(key), undefined), undefined);
  assert.equal(desk.faults.length, 1);
});

test("a change counts within a second; what became unreadable admits nobody and is told once", () => {
  const desk = open(emptyFile());
  const first = addCaller(desk.file, { name: "desk" });
  desk.pass();
  assert.equal(desk.callers.find(bearer(first), undefined)?.name, "desk");
  const good = readFileSync(desk.file, "utf8");
  appendFileSync(desk.file, `${first}\n`);
  assert.equal(desk.callers.find(bearer(first), undefined)?.name, "desk");
  for (let second = 0; second < 3; second += 1) {
    desk.pass();
    assert.equal(desk.callers.find(bearer(first), undefined), undefined);
  }
  assert.equal(desk.faults.length, 1);
  // Somebody wrote the key where its digest belongs: the message must not show it.
  assert.ok(!desk.faults.join().includes(first ?? "?"));
  writeFileSync(desk.file, good);
  desk.pass();
  assert.equal(desk.callers.find(bearer(first), undefined)?.name, "desk");
});

test("a rate is the caller's, and outlives a change of the file that leaves it be", () => {
  const desk = open(emptyFile());
  const key = addCaller(desk.file, { name: "desk", rate: 1, burst: 2 });
  desk.pass();
  const spend = (): boolean | undefined => desk.callers.find(bearer(key), undefined)?.spend();
  assert.deepEqual([spend(), spend(), spend()], [true, true, false]);
  addCaller(desk.file, { name: "ops" });
  desk.pass();
  assert.deepEqual([spend(), spend()], [true, false]);
  revokeCaller(desk.file, "desk");
  desk.pass();
  assert.equal(spend(), undefined);
});

test("categories limit, but for what names none", () => {
  const desk = open(emptyFile());
  const key = addCaller(desk.file, { name: "desk", categories: ["say"] });
  desk.pass();
  const caller = desk.callers.find(bearer(key), undefined);
  const may = ["say", "give", "unrecognized"].map((category) => caller?.mayUse(category));
  assert.deepEqual(may, [true, false, true]);
});

const LINE: CallerLine = {
  name: "desk",
  key_sha256: digestOf("x"),
  categories: ["say"],
  rate: 1,
  burst: 1,
};

test("the callers file is read strictly: a line that is none admits nobody", () => {
  const file = join(temporaryFolder(), "callers");
  const wrong: readonly unknown[] = [
    null,
    [],
    "x",
    { ...LINE, more: 1 },
    { name: "desk" },
    { ...LINE, name: "Desk" },
    { ...LINE, name: "a b" },
    { ...LINE, name: 1 },
    { ...LINE, key_sha256: digestOf("x").toUpperCase() },
    { ...LINE, key_sha256: "writ_x" },
    { ...LINE, key_sha256: undefined },
    { ...LINE, categories: [] },
    { ...LINE, categories: ["Say"] },
    { ...LINE, categories: "say" },
    { ...LINE, rate: 0 },
    { ...LINE, rate: "1" },
    { ...LINE, rate: 1e7 },
    { ...LINE, rate: null },
    { ...LINE, burst: null },
    { ...LINE, burst: 0 },
    { ...LINE, burst: 1.5 },
  ];
  for (const line of wrong) {
    writeFileSync(file, `${JSON.stringify(line)}\n`);
    assert.throws(() => openCallers(file), CallersUnreadable, JSON.stringify(line));
  }
  writeFileSync(file, `${JSON.stringify(LINE)}\n${JSON.stringify({ ...LINE, name: "other" })}\n`);
  assert.throws(() => openCallers(file), /:2: two lines for one key/);
  writeFileSync(file, `${JSON.stringify(LINE)}\n{"name":\n`);
  assert.throws(() => openCallers(file), /:2: write one JSON object a line/);
  writeFileSync(file, `${JSON.stringify(LINE)}\n\n`);
  assert.deepEqual(readCallerLines(file), [LINE]);
});

test("what is added is read back, whatever it is", () => {
  const letters = fc.constantFrom(..."abcxyz");
  const wanted = fc.record(
    {
      name: fc
        .tuple(letters, fc.string({ unit: fc.constantFrom(..."az09_.-"), maxLength: 20 }))
        .map((parts) => parts.join("")),
      categories: fc.array(fc.string({ unit: letters, minLength: 1, maxLength: 9 }), {
        minLength: 1,
        maxLength: 4,
      }),
      rate: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      byCertificate: fc.boolean(),
    },
    { requiredKeys: ["name"] },
  );
  fc.assert(
    fc.property(wanted, (one) => {
      const file = emptyFile();
      const key = addCaller(file, one);
      const [line, ...rest] = readCallerLines(file);
      assert.deepEqual(rest, []);
      assert.deepEqual(line, {
        name: one.name,
        key_sha256: key === null ? null : digestOf(key),
        categories: one.categories ?? null,
        rate: one.rate ?? null,
        burst: one.rate === undefined ? null : Math.max(1, Math.ceil(one.rate)),
      });
      revokeCaller(file, one.name);
      assert.equal(readFileSync(file, "utf8"), "");
    }),
    { numRuns: 25 },
  );
});

test("a file that may not be read admits nobody, until it may", (t) => {
  if (process.getuid?.() === 0) return t.skip("everything may be read as root");
  const desk = open(emptyFile());
  const key = addCaller(desk.file, { name: "desk" });
  chmodSync(desk.file, 0);
  desk.pass();
  assert.equal(desk.callers.find(bearer(key), undefined), undefined);
  // A file system tells two changes apart when its clock has ticked between them, in milliseconds.
  const { ctimeNs } = statSync(desk.file, { bigint: true });
  do chmodSync(desk.file, 0o600);
  while (statSync(desk.file, { bigint: true }).ctimeNs === ctimeNs);
  desk.pass();
  assert.equal(desk.callers.find(bearer(key), undefined)?.name, "desk");
});
