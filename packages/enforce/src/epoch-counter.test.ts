import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { epochFileIn, temporaryFolder } from "./enforce.test-support.ts";
import { EpochUnusable, raiseEpoch } from "./epoch-counter.ts";

const CALLS = ["open", "write", "datasync", "close", "rename", "open", "sync", "close"] as const;
const AT_RENAME = CALLS.indexOf("rename");

type Call = (...args: unknown[]) => Promise<unknown>;

/** Has `before` told of each call that raising makes of the file system, just before it is made. */
function interpose(before: (name: string) => void): void {
  const wrap = (on: object, name: string): void => {
    const real = (on as Record<string, Call>)[name]?.bind(on) as Call;
    (on as Record<string, Call>)[name] = async (...args) => {
      before(name);
      const result = await real(...args);
      if (name === "open") {
        for (const each of ["write", "datasync", "sync", "close"]) wrap(result as object, each);
      }
      return result;
    };
  };
  for (const name of ["open", "rename"]) wrap(fs.promises, name);
  syncBuiltinESMExports();
}

/** Raises the epoch in a process that dies at the start of its nth call to the file system. */
function raiseAndDie(path: string, nth: number): { died: boolean; returned: string } {
  const counter = new URL("epoch-counter.ts", import.meta.url).href;
  const script = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    ${interpose}
    const { raiseEpoch } = await import(${JSON.stringify(counter)});
    let calls = 0;
    interpose(() => {
      if (calls++ === ${nth}) process.kill(process.pid, "SIGKILL");
    });
    const epoch = await raiseEpoch(${JSON.stringify(path)});
    fs.writeFileSync(1, String(epoch));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  return { died: run.signal === "SIGKILL", returned: run.stdout.toString() };
}

/** Notes the calls to the file system, and lets the nth of them fail. */
async function watchCalls(failing: number, work: () => Promise<void>): Promise<readonly string[]> {
  const { open, rename } = fs.promises;
  const calls: string[] = [];
  interpose((name) => {
    calls.push(name);
    if (calls.length - 1 === failing) throw Object.assign(new Error("EIO"), { code: "EIO" });
  });
  try {
    await work();
  } finally {
    Object.assign(fs.promises, { open, rename });
    syncBuiltinESMExports();
  }
  return calls;
}

test("each call gives the next number, and the file holds it", async () => {
  const path = epochFileIn(temporaryFolder());
  for (let epoch = 1; epoch <= 20; epoch += 1) {
    assert.equal(await raiseEpoch(path), epoch);
    assert.equal(readFileSync(path, "utf8"), `${epoch}\n`);
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("from any count that was written it goes on by one", async () => {
  const directory = temporaryFolder();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 999_999_999_999_998 }), async (last) => {
      const path = epochFileIn(directory, `${last}\n`);
      assert.equal(await raiseEpoch(path), last + 1);
      assert.equal(await raiseEpoch(path), last + 2);
    }),
    { numRuns: 20 },
  );
});

test("what is no count is refused, and left as it is (design §3: nothing is guessed)", async () => {
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
    await assert.rejects(raiseEpoch(path), EpochUnusable, JSON.stringify(text));
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

test("any text but a count and a newline is refused", async () => {
  const directory = temporaryFolder();
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("0", "1", "9", "\n") }));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const path = epochFileIn(directory, text);
      // The grammar once more, by other means: what Number would print, and a newline.
      const digits = text.slice(0, -1);
      const count = Number(digits);
      const holds =
        text.endsWith("\n") &&
        String(count) === digits &&
        Number.isSafeInteger(count) &&
        count >= 0;
      if (holds) assert.equal(await raiseEpoch(path), count + 1);
      else await assert.rejects(raiseEpoch(path), EpochUnusable);
    }),
    { numRuns: 200 },
  );
});

test("a counter that is missing, or no file, is not begun anew", async () => {
  const directory = temporaryFolder();
  const missing = join(directory, "none");
  mkdirSync(join(directory, "folder"));
  for (const path of [missing, join(directory, "folder"), join(directory, "none", "epoch")]) {
    await assert.rejects(raiseEpoch(path), EpochUnusable, path);
  }
  assert.equal(fs.existsSync(missing), false);
});

test("the number is on disk before it is returned: file, name, directory", async () => {
  const path = epochFileIn(temporaryFolder(), "6\n");
  const calls = await watchCalls(Number.POSITIVE_INFINITY, async () => {
    assert.equal(await raiseEpoch(path), 7);
  });
  assert.deepEqual(calls, CALLS);
});

test("an error of any call is told, and the number it may have spent is not used again", async () => {
  for (let failing = 0; failing < CALLS.length; failing += 1) {
    const path = epochFileIn(temporaryFolder(), "6\n");
    await watchCalls(failing, () => assert.rejects(raiseEpoch(path), { code: "EIO" }));
    assert.equal(readFileSync(path, "utf8"), failing <= AT_RENAME ? "6\n" : "7\n");
    assert.equal(await raiseEpoch(path), failing <= AT_RENAME ? 7 : 8);
  }
});

test("a process killed between any two calls leaves the old number or the new one", async () => {
  for (let nth = 0; nth < CALLS.length; nth += 1) {
    const path = epochFileIn(temporaryFolder(), "6\n");
    const { died, returned } = raiseAndDie(path, nth);
    assert.deepEqual([died, returned], [true, ""], `call ${nth}`);
    assert.equal(readFileSync(path, "utf8"), nth <= AT_RENAME ? "6\n" : "7\n", `call ${nth}`);
    assert.ok((await raiseEpoch(path)) >= 7);
  }
  const path = epochFileIn(temporaryFolder(), "6\n");
  assert.deepEqual(raiseAndDie(path, CALLS.length), { died: false, returned: "7" });
});

test("what a killed process left of the new number is no hindrance", async () => {
  const path = epochFileIn(temporaryFolder(), "6\n");
  for (const left of ["", "7", "999999999999\n", "x".repeat(10_000)]) {
    writeFileSync(`${path}.new`, left);
    const before = Number(readFileSync(path, "utf8"));
    assert.equal(await raiseEpoch(path), before + 1);
  }
});
