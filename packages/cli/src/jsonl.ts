import { createReadStream } from "node:fs";
import { describe, OperatorError } from "./operator-error.ts";

/**
 * The lines of a file, or of standard input for `-`, as bytes without their LF. Bytes, not text:
 * what is not UTF-8 has an identity too. A last line without an LF counts; nothing after one does not.
 */
export async function* readLines(path: string): AsyncGenerator<Uint8Array> {
  const source = path === "-" ? process.stdin : createReadStream(path);
  try {
    yield* linesOf(source);
  } catch (error) {
    throw new OperatorError(`cannot read the input: ${describe(error)}`);
  }
}

/** The same of what comes in on a stream. Rejects with the stream's error. */
export async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let rest: Buffer[] = [];
  for await (const chunk of source) {
    let from = 0;
    for (let lf = chunk.indexOf(10); lf >= 0; lf = chunk.indexOf(10, from)) {
      const tail = chunk.subarray(from, lf);
      yield rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      rest = [];
      from = lf + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** Writes whole lines to standard output in large pieces, and waits when the reader is slow. */
export class LineWriter {
  #pending: string[] = [];
  #length = 0;

  async write(lines: string): Promise<void> {
    this.#pending.push(lines);
    this.#length += lines.length;
    if (this.#length > 65_536) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#pending.join("");
    this.#pending = [];
    this.#length = 0;
    if (text !== "" && !process.stdout.write(text)) {
      await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
    }
  }
}
