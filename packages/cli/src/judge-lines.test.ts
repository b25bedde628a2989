import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bareInput, openEnvelope } from "@writ/contract/envelope";
import { formatSignerKey, parseSignerKey } from "@writ/tlog/note-key";
import { armFolder } from "./policy-folder.ts";
import { airline, spawnWrit, startWrit, temporaryFolder } from "./spawn-writ.test-support.ts";

const engine = await armFolder(airline);
const sample = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");
const [firstCall = ""] = sample;
const { category, input } = JSON.parse(firstCall) as { category: string; input: unknown };

/** Lines of every kind: bytes, because some are no text. */
const LINES: readonly Buffer[] = [
  firstCall,
  "",
  " ",
  "null",
  "[]",
  '"text"',
  "1",
  "{",
  "{}",
  "not JSON",
  `${firstCall}\r`,
  ` ${firstCall} `,
  `\ufeff${firstCall}`,
  `${firstCall}${firstCall}`,
  JSON.stringify(input),
  JSON.stringify({ category, input, more: [1, 2] }),
  JSON.stringify({ category: "Not A Category", input }),
  JSON.stringify({ category: "nobody_knows", input }),
  JSON.stringify({ category, input: [input] }),
  `{"category":"${category}","category":"${category}","input":{}}`,
  `{"category":"${category}","input":{"a":9007199254740993}}`,
  "[".repeat(10_000),
]
  .map((line) => Buffer.from(line))
  .concat(Buffer.from([0xff, 0xfe]), Buffer.from(`"\xe9"`, "latin1"));

const FILE = join(temporaryFolder(), "lines");
writeFileSync(FILE, Buffer.concat(LINES.flatMap((line) => [line, Buffer.from("\n")])));

function jsonLines(text: string): Record<string, unknown>[] {
  assert.ok(text.endsWith("\n"));
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("writ decide answers every line, in order, and no line stops it (contract §4)", async () => {
  const { code, out, error } = await spawnWrit(["decide", "--policy", airline, FILE]);
  assert.deepEqual([code, error], [0, ""]);
  const verdicts = LINES.map((line) => engine.decide(openEnvelope(line)));
  assert.deepEqual(
    jsonLines(out),
    verdicts.map(({ outcome, trace_id, rewrite_class }) => ({
      decision: outcome,
      trace_id,
      ...(rewrite_class === null ? {} : { rewrite_class }),
    })),
  );
  const malformed = verdicts.filter(({ reason_code }) => reason_code === "MALFORMED_INPUT");
  assert.ok(malformed.length >= 12, String(malformed.length));
  for (const { outcome } of malformed) assert.equal(outcome, "BLOCK");
});

test("with --category the line itself is the input", async () => {
  const args = ["decide", "--policy", airline, "--category", category, FILE];
  const { code, out } = await spawnWrit(args);
  assert.equal(code, 0);
  const expected = LINES.map((line) => engine.decide(bareInput(line, category)).trace_id);
  assert.deepEqual(
    jsonLines(out).map(({ trace_id }) => trace_id),
    expected,
  );
  const enveloped = engine.decide(openEnvelope(LINES[0] ?? Buffer.of()));
  assert.ok(expected.includes(enveloped.trace_id));
});

test("--operator adds the reasons that a caller is never told (contract §5)", async () => {
  const asked = await spawnWrit(["decide", "--operator", "--policy", airline, FILE]);
  for (const [at, line] of jsonLines(asked.out).entries()) {
    const verdict = engine.decide(openEnvelope(LINES[at] ?? Buffer.of()));
    assert.equal(line.reason_code, verdict.reason_code);
    assert.deepEqual(line.evaluator_trace, {
      engine_version: engine.version,
      caller: null,
      rewrite_class: verdict.rewrite_class,
      validators: {},
      evaluators: verdict.evaluators,
    });
  }
});

test("writ trace says of every line what it is; without a file, or for -, from standard input", async () => {
  const expected = LINES.map((line) => ({ ...engine.identify(openEnvelope(line)) }));
  for (const [words, given] of [
    [["-"], readFileSync(FILE)],
    [[], readFileSync(FILE)],
  ] as const) {
    const { code, out, error } = await spawnWrit(["trace", "--policy", airline, ...words], given);
    assert.deepEqual([code, error], [0, ""]);
    assert.deepEqual(jsonLines(out), expected);
  }
});

test("no input, no output; a last line needs no LF", async () => {
  const args = ["decide", "--policy", airline];
  assert.deepEqual(await spawnWrit(args, ""), { code: 0, out: "", error: "" });
  const { out } = await spawnWrit(args, firstCall);
  const { outcome, trace_id } = engine.decide(openEnvelope(Buffer.from(firstCall)));
  assert.deepEqual(jsonLines(out), [{ decision: outcome, trace_id }]);
});

test("an input or a policy that cannot be read is one line and exit 2", async () => {
  const none = join(temporaryFolder(), "none");
  const cases: readonly (readonly [args: string[], error: string])[] = [
    [
      ["decide", "--policy", airline, none],
      `writ: cannot read the input: ${none}: there is no such file or folder\n`,
    ],
    [
      ["trace", "--policy", none],
      `writ: cannot read the policy: ${none}: there is no such file or folder\n`,
    ],
  ];
  for (const [args, error] of cases) {
    assert.deepEqual(await spawnWrit(args), { code: 2, out: "", error });
  }
});

test("a reader that has had enough lines is no fault", async () => {
  const child = startWrit(["decide", "--policy", airline]);
  let error = "";
  child.stderr.on("data", (chunk: Buffer) => {
    error += String(chunk);
  });
  child.stdout.once("data", () => child.stdout.destroy());
  // More than any pipe holds, and never ended: only the reader's leaving can end it.
  const piece = `${sample.join("\n")}\n`;
  const feed = (): void => {
    while (child.stdin.writable && child.stdin.write(piece));
  };
  child.stdin.on("drain", feed);
  feed();
  const [code] = await once(child, "exit");
  assert.deepEqual([code, error], [0, ""]);
});

test("a reader that goes away does not turn a no into a yes", async () => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);
  const signer = parseSignerKey(formatSignerKey("log.example/writ", new Uint8Array(32).fill(1)));
  writeFileSync(path("vkey"), signer.verifierKey);
  writeFileSync(path("proof"), "no proof\n");
  writeFileSync(path("event"), "{}");
  const child = startWrit([
    "verify-proof",
    ...[path("proof"), "--key", path("vkey"), "--event", path("event")],
  ]);
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  assert.equal(code, 1);
});
