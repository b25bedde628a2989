import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openCallers } from "@writ/gateway/callers";
import { dispatch } from "../dispatch.ts";
import { family } from "../verbs/caller.ts";

type Run = (...argv: string[]) => Promise<readonly [code: number, out: string]>;

/** A data folder, and the verbs upon it with what they print. */
function terminal(t: TestContext): { readonly data: string; readonly run: Run } {
  const data = mkdtempSync(join(tmpdir(), "writ-caller-"));
  t.after(() => rmSync(data, { recursive: true }));
  const run: Run = async (...argv) => {
    let out = "";
    const collect = (text: string | Uint8Array): boolean => {
      out += text.toString();
      return true;
    };
    const streams = [process.stdout, process.stderr].map((stream) =>
      t.mock.method(stream, "write", collect),
    );
    const code = await dispatch(family, argv);
    for (const stream of streams) stream.mock.restore();
    return [code, out];
  };
  return { data, run };
}

test("callers are added, listed and revoked by the terminal", async (t) => {
  const { data, run } = terminal(t);
  const [, limited] = await run("add", data, "desk", "--categories", "say,give", "--rate", "2.5");
  const [, free] = await run("add", data, "ops");
  assert.match(limited, /^writ_[\w-]{43}\n$/);
  const file = join(data, "gateway", "callers");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file, "utf8").includes(limited.trim().slice(5)));

  let now = 0;
  const callers = openCallers(file, undefined, () => now);
  const find = (key: string): string | null | undefined =>
    callers.find(`Bearer ${key.trim()}`, undefined)?.name;
  assert.deepEqual([find(limited), find(free)], ["desk", "ops"]);

  const [, listed] = await run("list", data);
  assert.match(
    listed,
    /^[0-9a-f]{16} {2}desk {2}2\.5\/s, 3 at once {2}say give\n[0-9a-f]{16} {2}ops {3}any rate {10}all categories\n$/,
  );
  const [, json] = await run("list", data, "--json");
  assert.deepEqual(
    JSON.parse(json).map((line: { rate: number | null }) => line.rate),
    [2.5, null],
  );
  assert.deepEqual((await run("revoke", data, "desk"))[0], 0);
  now += 1_000;
  assert.deepEqual([find(limited), find(free)], [undefined, "ops"]);
});

test("a second key for a name is added on demand, and revoked by its digits", async (t) => {
  const { data, run } = terminal(t);
  await run("add", data, "desk");
  const [code, why] = await run("add", data, "desk");
  assert.equal(code, 2);
  assert.match(why, /revoke it first, or add --another/);
  assert.equal((await run("add", data, "desk", "--another"))[0], 0);
  assert.match((await run("revoke", data, "desk"))[1], /several keys/);
  const [, listed] = await run("list", data);
  assert.equal((await run("revoke", data, listed.slice(0, 16)))[0], 0);
  assert.match((await run("list", data))[1], /^[0-9a-f]{16} {2}desk[^\n]*\n$/);
});

test("a caller named by its certificate has no key", async (t) => {
  const { data, run } = terminal(t);
  assert.deepEqual(await run("add", data, "desk", "--certificate"), [0, ""]);
  assert.match((await run("list", data))[1], /^certificate {2}desk {2}any rate/);
  assert.equal((await run("add", data, "desk", "--certificate", "--another"))[0], 2);
});

test("what is no caller is refused in words, and nothing is written", async (t) => {
  const { data, run } = terminal(t);
  const wrong: readonly (readonly string[])[] = [
    ["Desk"],
    ["desk one"],
    [""],
    ["a".repeat(65)],
    ["abcdefab-0000-4000-8000-000000000000"],
    ["desk", "--categories", "say,,give"],
    ["desk", "--categories", "Say"],
    ["desk", "--rate", "0"],
    ["desk", "--rate", "fast"],
    ["desk", "--rate", "1", "--burst", "0"],
    ["desk", "--burst", "1"],
  ];
  for (const argv of wrong) {
    const [code, out] = await run("add", data, ...argv);
    assert.equal(code, 2, argv.join(" "));
    assert.match(out, /^writ(?: caller add)?: [^\n]+\n/);
  }
  assert.deepEqual(await run("list", data), [0, ""]);
  assert.equal((await run("revoke", data, "nobody"))[0], 2);
});
