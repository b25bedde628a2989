/** A line of a file: its bytes without the LF, and how many bytes were read up to its end. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly readTo: number;
}

const LF = 10;

/**
 * Cuts what a file gives piece by piece into batches of lines, as bytes: what is not UTF-8 has an
 * identity too. A last line without an LF counts; nothing after one does not.
 */
export async function* batchesOfLines(
  pieces: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = [];
  let rest: Uint8Array[] = [];
  let readTo = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, from)) {
      batch.push({ bytes: joined([...rest, piece.subarray(from, at)]), readTo: readTo + at + 1 });
      rest = [];
      from = at + 1;
      if (batch.length === most) {
        yield batch;
        batch = [];
      }
    }
    readTo += piece.length;
    if (from < piece.length) rest.push(piece.slice(from));
  }
  if (rest.length > 0) batch.push({ bytes: joined(rest), readTo });
  if (batch.length > 0) yield batch;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
