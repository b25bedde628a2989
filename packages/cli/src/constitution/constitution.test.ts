import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { formatConstitution } from "@writ/bucket/constitution";
import { generateSignerKey } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { verb as init } from "../bucket/init.ts";
import { deploymentAt } from "../deployment.ts";
import { checkup } from "../doctor/checkup.ts";
import { openDeployed } from "../processes/bucket.ts";
import { readArguments, type Verb } from "../verb.ts";
import { place, readGiven } from "./constitution-file.ts";
import { draftText } from "./draft-text.ts";
import { verb as install } from "./install.ts";
import { verb as make } from "./new.ts";
import { verb as show } from "./show.ts";
import { verb as sign } from "./sign.ts";

/** A folder with keys of everybody, and a way to run verbs in it. */
class Office {
  readonly folder: string = mkdtempSync(join(tmpdir(), "writ-"));
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    for (const name of ["log.example", "gateway", "alice", "bob", "carol", "next-log"]) {
      const key = generateSignerKey(name === "next-log" ? "log.example" : name);
      writeFileSync(this.at(`${name}.key`), key, { mode: 0o600 });
      writeFileSync(this.at(`${name}.vkey`), `${parseSignerKey(key.trim()).verifierKey}\n`);
    }
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Runs a verb; words and flags' values that begin with @ are files of the office. */
  async run(verb: Verb, line: string): Promise<string> {
    const argv = line.split(" ").map((word) => word.replace(/^@/, `${this.folder}/`));
    let out = "";
    const write = process.stdout.write.bind(process.stdout);
    // The test runner reports through the same stream, in bytes.
    const mock = this.#t.mock.method(process.stdout, "write", (text: string | Uint8Array) => {
      if (typeof text !== "string") return write(text);
      out += text;
      return true;
    });
    try {
      assert.equal(await verb.run(readArguments(verb, argv)), 0);
    } finally {
      mock.mock.restore();
    }
    return out;
  }

  async first(): Promise<void> {
    const governors = "--governor @alice.vkey --governor @bob.vkey --governor @carol.vkey";
    const keys = `--log-key @log.example.vkey ${governors} --threshold 2 --writer @gateway.vkey`;
    await this.run(make, `${keys} --out @first.yaml`);
    await this.run(sign, "@first.yaml --key @alice.key");
    await this.run(sign, "@first.note --key @carol.key");
  }

  async begin(): Promise<void> {
    await this.first();
    const keys = "--log-key @log.example.key --writer-key @gateway.key";
    await this.run(init, `@data --constitution @first.note ${keys}`);
  }

  edit(name: string, from: string | RegExp, to: string): void {
    const text = readFileSync(this.at(name), "utf8");
    assert.notEqual(text.replace(from, to), text);
    writeFileSync(this.at(name), text.replace(from, to));
  }

  async refused(verb: Verb, line: string, why: RegExp): Promise<void> {
    const before = this.files();
    await assert.rejects(this.run(verb, line), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, why);
      return true;
    });
    assert.deepEqual(this.files(), before);
  }

  files(): string[] {
    const names = readdirSync(this.folder, { recursive: true, encoding: "utf8" });
    return names.filter((name) => !/lock|staging/.test(name)).sort();
  }
}

test("a draft is read back as the constitution that it was written from", async (t) => {
  const office = new Office(t);
  await office.first();
  const witnessed = { key: readFileSync(office.at("bob.vkey"), "utf8").trim(), url: null };
  const { constitution } = readGiven(office.at("first.yaml")).enacted;
  for (const one of [
    constitution,
    { ...constitution, writers: [] },
    {
      ...constitution,
      predecessor: { digest: "a".repeat(64) },
      from: { size: 7, root: "b".repeat(64) },
    },
  ]) {
    writeFileSync(office.at("x.yaml"), draftText(one));
    assert.deepEqual(readGiven(office.at("x.yaml")).enacted.constitution, one);
  }
  // A witness's key is of another type, so this one is refused, with the place.
  writeFileSync(office.at("x.yaml"), draftText({ ...constitution, witnesses: [witnessed] }));
  assert.throws(() => readGiven(office.at("x.yaml")), /x\.yaml: constitution\/witnesses\/0\/key: /);
});

test("two of three sign one after the other, and the Bucket begins", async (t) => {
  const office = new Office(t);
  await office.begin();
  const { standing } = place(readGiven(office.at("first.note")), undefined);
  assert.deepEqual([standing.signed.length, standing.missing], [2, 0]);
  assert.match(await office.run(show, "@data"), /constitution 0 of .* is in force/);
});

test("a change is drafted, compared, signed by two, installed and then in force", async (t) => {
  const office = new Office(t);
  await office.begin();
  await office.run(make, "@data --out @next.yaml");
  office.edit("next.yaml", "threshold: 2", "threshold: 3");
  office.edit("next.yaml", /quota: \{ events: \d+/, "quota: { events: 5");
  const shown = await office.run(show, "@next.yaml --after @data");
  assert.match(shown, /- governors needed: 2\n\+ governors needed: 3/);
  assert.match(shown, /nobody has signed this draft; needs 2 of 3 .*: 2 missing/);
  await office.run(sign, "@next.yaml --key @alice.key --after @first.note");
  await office.refused(install, "@data @next.note", /has 1 of 2 governance signatures/);
  const second = await office.run(sign, "@next.note --key @bob.key --after @data");
  assert.match(second, /signed by alice, bob; .*: complete/);
  assert.match(await office.run(install, "@data @next.note"), /constitution 1, .* next start on/);
  assert.match(await office.run(install, "@data @next.note"), /was in force already/);
  const json = JSON.parse(await office.run(show, "@data --json"));
  assert.deepEqual([json.complete, json.constitution.governance.threshold], [true, 3]);
  const { constitution, writer } = openDeployed(deploymentAt(office.at("data")));
  await writer.close();
  assert.equal(constitution.writers[0]?.quota.events, 5);
});

test("a draft made again with --like keeps its rules and holds from the present end", async (t) => {
  const office = new Office(t);
  await office.begin();
  await office.run(make, "@data --out @next.yaml");
  office.edit("next.yaml", "threshold: 2", "threshold: 1");
  office.edit("next.yaml", "from: { size: 0", "from: { size: 9");
  office.edit("next.yaml", /root: "[0-9a-f]{64}"/, `root: "${"a".repeat(64)}"`);
  await office.run(make, "@data --like @next.yaml --out @next.yaml");
  const { constitution } = readGiven(office.at("next.yaml")).enacted;
  assert.deepEqual([constitution.from.size, constitution.governance.threshold], [0, 1]);
  await office.refused(make, "@data --out @next.yaml", /is there already/);
});

test("the log's key is handed over with the constitution that names it", async (t) => {
  const office = new Office(t);
  await office.begin();
  await office.run(make, "@data --out @next.yaml");
  const key = readFileSync(office.at("next-log.vkey"), "utf8").trim();
  office.edit("next.yaml", /log_key: .*/, `log_key: ${JSON.stringify(key)}`);
  await office.run(sign, "@next.yaml --key @alice.key --after @data");
  await office.run(sign, "@next.note --key @bob.key --after @data");
  await office.refused(install, "@data @next.note --log-key @gateway.key", /names another key/);
  assert.match(await office.run(install, "@data @next.note"), /before the next start/);
  assert.throws(
    () => openDeployed(deploymentAt(office.at("data"))),
    /the constitution in force names/,
  );
  await office.run(install, "@data @next.note --log-key @next-log.key");
  for (const path of ["data/log.vkey", "data/gateway/log.vkey"]) {
    assert.equal(readFileSync(office.at(path), "utf8").trim(), key);
  }
  await openDeployed(deploymentAt(office.at("data"))).writer.close();
});

const refused: readonly (readonly [Verb, string, RegExp])[] = [
  [
    sign,
    "@next.yaml --key @gateway.key --after @data",
    /none of those who govern: alice, bob, carol/,
  ],
  [sign, "@next.yaml --key @alice.key", /--after is missing/],
  [sign, "@next.yaml --key @alice.key --after @next.yaml", /is not in .*next.yaml/],
  [
    show,
    "@broken.yaml --after @data",
    /broken.yaml: constitution\/quotas\/events: write an integer/,
  ],
  [show, "@text.yaml --after @data", /text.yaml:\d+:\d+: /],
  [install, "@data @next.yaml", /is a draft/],
  [install, "@nowhere @first.note", /holds no Bucket/],
  [init, "@data --constitution @first.note --log-key @log.example.key", /is there already/],
  [init, "@other --constitution @first.note --log-key @next-log.key", /names another key/],
  [
    init,
    "@other --constitution @first.note --log-key @log.example.key --writer-key @bob.key",
    /is no writer/,
  ],
  [init, "@other --constitution @first.yaml --log-key @log.example.key", /is a draft/],
  [make, "--log-key @log.example.vkey --out @x.yaml", /--governor is missing/],
  [make, "--log-key @log.example.vkey --governor @bob.vkey --threshold 2 --out @x", /from 1 to 1/],
  [
    make,
    "--log-key @log.example.vkey --governor @bob.vkey --writer @bob.vkey --out @x",
    /is there twice/,
  ],
];

test("what cannot be done as asked is said, and changes nothing", async (t) => {
  const office = new Office(t);
  await office.begin();
  await office.run(make, "@data --out @next.yaml");
  const draft = readFileSync(office.at("next.yaml"), "utf8");
  writeFileSync(
    office.at("broken.yaml"),
    draft.replace("quotas: { events: ", "quotas: { events: -"),
  );
  writeFileSync(office.at("text.yaml"), "a: [\n");
  for (const [verb, line, why] of refused) await office.refused(verb, line, why);
});

test("signatures of an earlier text are not carried over to another", async (t) => {
  const office = new Office(t);
  await office.begin();
  await office.run(make, "@data --out @next.yaml");
  await office.run(sign, "@next.yaml --key @alice.key --after @data");
  office.edit("next.yaml", "threshold: 2", "threshold: 1");
  await office.refused(
    sign,
    "@next.yaml --key @bob.key --after @data",
    /signatures of another text/,
  );
});

test("a doctor's findings: well, to be seen to, wrong", async (t) => {
  const office = new Office(t);
  await office.begin();
  const deployment = deploymentAt(office.at("data"));
  const levels = (): Record<string, string> =>
    Object.fromEntries(checkup(deployment, Date.now()).map(({ name, level }) => [name, level]));
  const well = levels();
  assert.deepEqual(well, {
    constitution: "ok",
    "log-end": "ok",
    guard: "ok",
    "guard-place": "warn",
    "log-key": "ok",
    "key-files": "ok",
    "governance-key": "ok",
    socket: "ok",
    quotas: "ok",
    "disk-room": well["disk-room"],
    checkpoint: "ok",
  });
  chmodSync(deployment.logKey, 0o640);
  writeFileSync(deployment.governanceKey, "", { mode: 0o600 });
  writeFileSync(join(deployment.run, "bucket.sock"), "");
  assert.deepEqual(
    { ...well, "key-files": "fail", "governance-key": "warn", socket: "fail" },
    levels(),
  );
  writeFileSync(deployment.logKey, readFileSync(office.at("next-log.key")));
  writeFileSync(join(deployment.guard, "head"), "no head");
  assert.deepEqual([levels()["log-key"], levels().guard], ["fail", "fail"]);
  writeFileSync(join(deployment.bucket, "constitution", "0.note"), "nothing");
  assert.deepEqual(levels(), { constitution: "fail" });
});

test("a constitution on disk is one text, whichever way it came", async (t) => {
  const office = new Office(t);
  await office.first();
  const [yaml, note] = ["first.yaml", "first.note"].map((name) => readGiven(office.at(name)));
  assert.ok(yaml !== undefined && note !== undefined);
  assert.equal(yaml.enacted.text, note.enacted.text);
  assert.equal(formatConstitution(yaml.enacted.constitution), note.enacted.text);
});
