import { createReadStream } from "node:fs";
import { describe, OperatorError } from "../operator-error.ts";

/** Whole lines of one file, the last one with or without its LF. */
export interface LineBlock {
  readonly file: string;
  /** Number of its first line, from 1. */
  readonly firstLine: number;
  readonly bytes: Uint8Array;
}

/** Bytes read at once: enough that handing a block to another core costs nothing beside its work. */
export const BLOCK_BYTES: number = 1024 * 1024;

/** Cuts a file of lines into blocks, in order. Memory: one block and its longest line. */
export async function* lineBlocks(file: string): AsyncGenerator<LineBlock> {
  let firstLine = 1;
  let rest: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: BLOCK_BYTES })) {
      const read = chunk as Buffer;
      const end = read.lastIndexOf(10) + 1;
      if (end === 0) {
        rest.push(read);
        continue;
      }
      const bytes = Buffer.concat([...rest, read.subarray(0, end)]);
      yield { file, firstLine, bytes };
      firstLine += count(bytes);
      rest = end < read.length ? [read.subarray(end)] : [];
    }
  } catch (error) {
    throw new OperatorError(`cannot read the inputs: ${describe(error)}`);
  }
  if (rest.length > 0) yield { file, firstLine, bytes: Buffer.concat(rest) };
}

/** Each line of a block with its number, without its LF. */
export function* linesOf({ firstLine, bytes }: LineBlock): Generator<[number, Uint8Array]> {
  let from = 0;
  for (let line = firstLine; from < bytes.length; line++) {
    const lf = bytes.indexOf(10, from);
    const end = lf < 0 ? bytes.length : lf;
    yield [line, bytes.subarray(from, end)];
    from = end + 1;
  }
}

function count(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
