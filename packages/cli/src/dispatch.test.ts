import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dispatch, type Family } from "./dispatch.ts";
import { spawnWrit } from "./spawn-writ.test-support.ts";
import type { Verb } from "./verb.ts";

type Loaded = { readonly verb: Verb } | { readonly family: Family };

const folder = join(import.meta.dirname, "verbs");

/** Every verb there is, with the words that call it. */
async function allVerbs(): Promise<[name: string, verb: Verb][]> {
  const found: [string, Verb][] = [];
  for (const file of readdirSync(folder)) {
    if (!/^[a-z-]+\.ts$/.test(file)) continue;
    const loaded: Loaded = await import(join(folder, file));
    const name = `writ ${file.slice(0, -3)}`;
    if ("verb" in loaded) found.push([name, loaded.verb]);
    else found.push(...(await verbsOf(loaded.family)));
  }
  return found;
}

async function verbsOf({ name, verbs }: Family): Promise<[string, Verb][]> {
  const found: [string, Verb][] = [];
  for (const [word, { load }] of Object.entries(verbs)) {
    const loaded = await load();
    if ("verb" in loaded) found.push([`${name} ${word}`, loaded.verb]);
    else found.push(...(await verbsOf(loaded.family)));
  }
  return found;
}

const verbs = await allVerbs();

for (const [name, { help, options }] of verbs) {
  test(`${name} --help names itself, each of its options, and none that it lacks`, () => {
    const usage = help.split("\n\n", 1)[0] ?? "";
    assert.ok(usage.includes(name), usage);
    assert.ok(help.endsWith("\n"));
    const rows = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option]) => option);
    assert.deepEqual(rows.toSorted(), Object.keys(options).toSorted());
    const named = [...help.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, option]) => option);
    for (const option of named) assert.ok(option !== undefined && Object.hasOwn(options, option));
    // An example is for copying, so it is not broken.
    const prose = help.split("\n").filter((line) => !line.startsWith("example: "));
    for (const line of prose) assert.ok(line.length <= 100, line);
  });
}

test("writ --version says which one this is, and no family of verbs has another", async () => {
  const manifest = JSON.parse(readFileSync(join(folder, "..", "..", "package.json"), "utf8"));
  const told = await spawnWrit(["--version"]);
  assert.deepEqual([told.code, told.out, told.error], [0, `writ ${manifest.version}\n`, ""]);
  assert.equal((await spawnWrit(["policy", "--version"])).code, 2);
});

test("writ --help names every verb, and every verb shows its help and ends with 0", async () => {
  const overview = await spawnWrit(["--help"]);
  assert.deepEqual([overview.code, overview.error], [0, ""]);
  const words = [...overview.out.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, word]) => word ?? "");
  const expected = new Set(verbs.map(([name]) => name.split(" ")[1]));
  assert.deepEqual(new Set(words), expected);
  const helps = new Map(verbs);
  await Promise.all(
    words.map(async (word) => {
      const { code, out, error } = await spawnWrit([word, "--help"]);
      assert.deepEqual([code, error], [0, ""], word);
      const help = helps.get(`writ ${word}`)?.help;
      if (help === undefined) assert.match(out, new RegExp(`^writ ${word}: `));
      else assert.equal(out, help);
    }),
  );
});

const REFUSED: Readonly<Record<string, readonly [args: readonly string[], line: string]>> = {
  "an unknown verb": [["nope"], "there is no verb nope; see writ --help"],
  "a verb of every object": [["toString"], "there is no verb toString; see writ --help"],
  "an unknown verb of a family": [
    ["policy", "nope"],
    "there is no verb nope; see writ policy --help",
  ],
  "an unknown flag": [["verify", ".", "--nope"], "unknown option '--nope'; see writ verify --help"],
  "help for another program": [
    ["decide", "--", "--help"],
    "--policy is missing; see writ decide --help",
  ],
};

for (const [name, [args, line]] of Object.entries(REFUSED)) {
  test(`${name}: one line, exit 2`, async () => {
    const ended = await spawnWrit(args);
    assert.deepEqual(ended, { code: 2, out: "", error: `writ: ${line}\n` });
  });
}

test("without a verb it says what there is, and that nothing was done", async () => {
  const { code, out, error } = await spawnWrit([]);
  assert.deepEqual([code, error], [2, ""]);
  assert.match(out, /^usage: writ VERB/m);
});

function familyOf(run: Verb["run"]): Family {
  const verb: Verb = { help: "", options: {}, words: [0, 9], run };
  return { name: "x", about: "", verbs: { go: { summary: "", load: async () => ({ verb }) } } };
}

test("a verb's own exit code is the program's", async () => {
  for (const code of [0, 1, 2]) {
    assert.equal(
      await dispatch(
        familyOf(async () => code),
        ["go"],
      ),
      code,
    );
  }
});

test("what no person can mend is not dressed up as if one could", async () => {
  const bug = new TypeError("a bug");
  await assert.rejects(
    dispatch(
      familyOf(() => Promise.reject(bug)),
      ["go"],
    ),
    (error) => error === bug,
  );
});
