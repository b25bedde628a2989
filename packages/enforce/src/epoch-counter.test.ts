import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { epochFileIn, temporaryFolder } from "./enforce.test-support.ts";
import { EpochUnusable, raiseEpoch } from "./epoch-counter.ts";

const CALLS = [
  "openSync",
  "writeSync",
  "fdatasyncSync",
  "closeSync",
  "renameSync",
  "openSync",
  "fsyncSync",
  "closeSync",
] as const;
const AT_RENAME = CALLS.indexOf("renameSync");

/** Raises the epoch in a process that dies at the start of its nth call to the file system. */
function raiseAndDie(path: string, nth: number): { died: boolean; returned: string } {
  const counter = new URL("epoch-counter.ts", import.meta.url).href;
  const script = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    const { raiseEpoch } = await import(${JSON.stringify(counter)});
    let calls = 0;
    for (const name of ${JSON.stringify([...new Set(CALLS)])}) {
      const real = fs[name];
      fs[name] = (...args) => {
        if (calls++ === ${nth}) process.kill(process.pid, "SIGKILL");
        return real(...args);
      };
    }
    syncBuiltinESMExports();
    const epoch = raiseEpoch(${JSON.stringify(path)});
    fs.writeFileSync(1, String(epoch));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  return { died: run.signal === "SIGKILL", returned: run.stdout.toString() };
}

/** Notes the calls to the file system, and lets the nth of them fail. */
function watchCalls(t: TestContext, failing = Number.POSITIVE_INFINITY): string[] {
  const calls: string[] = [];
  for (const name of new Set(CALLS)) {
    const real = fs[name] as (...args: unknown[]) => unknown;
    t.mock.method(fs, name, (...args: unknown[]) => {
      calls.push(name);
      if (calls.length - 1 === failing) throw Object.assign(new Error("EIO"), { code: "EIO" });
      return real(...args);
    });
  }
  syncBuiltinESMExports();
  return calls;
}

function unwatch(t: TestContext): void {
  t.mock.restoreAll();
  syncBuiltinESMExports();
}

test("each call gives the next number, and the file holds it", () => {
  const path = epochFileIn(temporaryFolder());
  for (let epoch = 1; epoch <= 20; epoch += 1) {
    assert.equal(raiseEpoch(path), epoch);
    assert.equal(readFileSync(path, "utf8"), `${epoch}\n`);
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("from any count that was written it goes on by one", () => {
  const directory = temporaryFolder();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_998 }), (last) => {
      const path = epochFileIn(directory, `${last}\n`);
      assert.equal(raiseEpoch(path), last + 1);
      assert.equal(raiseEpoch(path), last + 2);
    }),
    { numRuns: 20 },
  );
});

test("what is no count is refused, and left as it is (design §3: nothing is guessed)", () => {
  const directory = temporaryFolder();
  const unusable = [
    "",
    "\n",
    "0",
    "1",
    "01\n",
    "-1\n",
    "+1\n",
    "1.0\n",
    "1e3\n",
    "0x1\n",
    " 1\n",
    "1 \n",
    "1\r\n",
    "1\n\n",
    "1\n2\n",
    "١\n",
    "NaN\n",
    "Infinity\n",
    "9007199254740993\n",
    `${"9".repeat(400)}\n`,
    "\ufeff1\n",
    "1\0\n",
  ];
  for (const text of unusable) {
    const path = epochFileIn(directory, text);
    assert.throws(() => raiseEpoch(path), EpochUnusable, JSON.stringify(text));
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

test("any text but a count and a newline is refused", () => {
  const directory = temporaryFolder();
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("0", "1", "9", "\n") }));
  fc.assert(
    fc.property(texts, (text) => {
      const path = epochFileIn(directory, text);
      // The grammar once more, by other means: what Number would print, and a newline.
      const digits = text.slice(0, -1);
      const count = Number(digits);
      const holds =
        text.endsWith("\n") &&
        String(count) === digits &&
        Number.isSafeInteger(count) &&
        count >= 0;
      if (holds) assert.equal(raiseEpoch(path), count + 1);
      else assert.throws(() => raiseEpoch(path), EpochUnusable);
    }),
    { numRuns: 200 },
  );
});

test("a counter that is missing, or no file, is not begun anew", () => {
  const directory = temporaryFolder();
  const missing = join(directory, "none");
  mkdirSync(join(directory, "folder"));
  for (const path of [missing, join(directory, "folder"), join(directory, "none", "epoch")]) {
    assert.throws(() => raiseEpoch(path), EpochUnusable, path);
  }
  assert.equal(fs.existsSync(missing), false);
});

test("the number is on disk before it is returned: file, name, directory", (t) => {
  const path = epochFileIn(temporaryFolder(), "6\n");
  const calls = watchCalls(t);
  assert.equal(raiseEpoch(path), 7);
  unwatch(t);
  assert.deepEqual(calls, CALLS);
});

test("an error of any call is told, and the number it may have spent is not used again", (t) => {
  for (let failing = 0; failing < CALLS.length; failing += 1) {
    const path = epochFileIn(temporaryFolder(), "6\n");
    watchCalls(t, failing);
    assert.throws(() => raiseEpoch(path), { code: "EIO" });
    unwatch(t);
    assert.equal(readFileSync(path, "utf8"), failing <= AT_RENAME ? "6\n" : "7\n");
    assert.equal(raiseEpoch(path), failing <= AT_RENAME ? 7 : 8);
  }
});

test("a process killed between any two calls leaves the old number or the new one", () => {
  for (let nth = 0; nth < CALLS.length; nth += 1) {
    const path = epochFileIn(temporaryFolder(), "6\n");
    const { died, returned } = raiseAndDie(path, nth);
    assert.deepEqual([died, returned], [true, ""], `call ${nth}`);
    assert.equal(readFileSync(path, "utf8"), nth <= AT_RENAME ? "6\n" : "7\n", `call ${nth}`);
    assert.ok(raiseEpoch(path) >= 7);
  }
  const path = epochFileIn(temporaryFolder(), "6\n");
  assert.deepEqual(raiseAndDie(path, CALLS.length), { died: false, returned: "7" });
});

test("what a killed process left of the new number is no hindrance", () => {
  const path = epochFileIn(temporaryFolder(), "6\n");
  for (const left of ["", "7", "999999999999\n", "x".repeat(10_000)]) {
    writeFileSync(`${path}.new`, left);
    const before = Number(readFileSync(path, "utf8"));
    assert.equal(raiseEpoch(path), before + 1);
  }
});
