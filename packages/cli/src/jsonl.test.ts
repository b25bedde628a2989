import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { test } from "node:test";
import fc from "fast-check";
import { LineWriter, readLines } from "./jsonl.ts";
import { OperatorError } from "./operator-error.ts";
import { temporaryFolder } from "./spawn-writ.test-support.ts";

const file = join(temporaryFolder(), "lines");

async function linesOf(path: string): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  for await (const line of readLines(path)) lines.push(Buffer.from(line));
  return lines;
}

/** The same by other means: split the whole at every LF; what follows the last one may be nothing. */
function split(bytes: Buffer): Buffer[] {
  const lines = bytes
    .toString("latin1")
    .split("\n")
    .map((line) => Buffer.from(line, "latin1"));
  if (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

async function whileReplaced<T>(
  name: "stdin" | "stdout",
  stream: Readable | Writable,
  work: () => Promise<T>,
): Promise<T> {
  const real = Object.getOwnPropertyDescriptor(process, name);
  assert.ok(real !== undefined);
  Object.defineProperty(process, name, { configurable: true, value: stream });
  try {
    return await work();
  } finally {
    Object.defineProperty(process, name, real);
  }
}

const BYTES = fc
  .array(fc.oneof(fc.constant(10), fc.constant(13), fc.integer({ min: 0, max: 255 })), {
    maxLength: 60,
  })
  .map((bytes) => Buffer.from(bytes));

test("lines are what lies between LFs, byte for byte, wherever the input is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(BYTES, { maxLength: 8 }), async (chunks) => {
      const stdin = Readable.from(chunks);
      const lines = await whileReplaced("stdin", stdin, () => linesOf("-"));
      assert.deepEqual(lines, split(Buffer.concat(chunks)));
    }),
    { numRuns: 300 },
  );
});

test("the same of a file", async () => {
  await fc.assert(
    fc.asyncProperty(BYTES, async (bytes) => {
      writeFileSync(file, bytes);
      assert.deepEqual(await linesOf(file), split(bytes));
    }),
    { numRuns: 50 },
  );
});

const CASES: Readonly<
  Record<string, readonly [content: string | Buffer, lines: readonly string[]]>
> = {
  "an empty file has no line": ["", []],
  "one LF is one empty line": ["\n", [""]],
  "empty lines count": ["\n\na\n\n", ["", "", "a", ""]],
  "a last line needs no LF": ["a\nb", ["a", "b"]],
  "CR stays": ["a\r\nb\r", ["a\r", "b\r"]],
  "NUL and the line ends of Unicode are no ends": ["a\0\u2028\u0085\nb", ["a\0\u2028\u0085", "b"]],
  "a byte order mark stays": ["\ufeff{}\n", ["\ufeff{}"]],
};

for (const [name, [content, lines]] of Object.entries(CASES)) {
  test(name, async () => {
    writeFileSync(file, content);
    assert.deepEqual((await linesOf(file)).map(String), lines);
  });
}

test("what is not UTF-8 stays the bytes that it is", async () => {
  const bytes = Buffer.from([0xff, 0xfe, 10, 0xc3, 10, 0x28, 0xed, 0xa0, 0x80]);
  writeFileSync(file, bytes);
  assert.deepEqual(await linesOf(file), split(bytes));
});

test("a line longer than any buffer is one line", async () => {
  const long = Buffer.alloc(300_000, "x");
  writeFileSync(file, Buffer.concat([long, Buffer.from("\n"), long]));
  assert.deepEqual(
    (await linesOf(file)).map((line) => line.length),
    [300_000, 300_000],
  );
});

test("an input that cannot be read is the operator's matter", async () => {
  const folder = temporaryFolder();
  for (const path of [join(folder, "none"), folder]) {
    await assert.rejects(linesOf(path), OperatorError);
  }
});

/** Takes a while over each piece, and counts what is forced on it meanwhile. */
class SlowReader extends Writable {
  readonly taken: string[] = [];
  forced = 0;

  constructor(highWaterMark: number) {
    super({ highWaterMark, decodeStrings: false });
  }

  override write(chunk: unknown): boolean {
    if (this.writableNeedDrain) this.forced += 1;
    return super.write(chunk);
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(chunk);
    setImmediate(done);
  }
}

test("lines come out whole and in order, and none is forced on a slow reader", async () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.integer({ min: 1, max: 100_000 }), async (all, mark) => {
      const lines = all.map((length, at) => `${String(at % 10).repeat(length)}\n`);
      const reader = new SlowReader(mark);
      await whileReplaced("stdout", reader, async () => {
        const out = new LineWriter();
        for (const line of lines) await out.write(line);
        await out.flush();
        await out.flush();
      });
      reader.end();
      await finished(reader);
      assert.equal(reader.forced, 0);
      // Not assert.equal: what it would print of a difference is longer than any patience.
      assert.ok(reader.taken.join("") === lines.join(""));
      // Large pieces: two of them together are more than one may hold back.
      const pieces = reader.taken.map((piece) => piece.length);
      for (const piece of pieces.slice(0, -1)) assert.ok(piece > 65_536);
    }),
    { numRuns: 40 },
  );
});
