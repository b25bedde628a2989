import type { Folder } from "@writ/bucket/read/folder";
import { type LogRange, logRanges } from "@writ/bucket/read/log-ranges";
import type { RangeFacts } from "./facts.ts";
import { LOG, memoryFolder, remembered, sampleFiles } from "./ledger.test-support.ts";
import { RangeJudge } from "./range-judge.ts";
import { beginVerification } from "./verify.ts";

const OPTIONS = { key: LOG.verifierKey, stopAfter: 1 };

export interface Flips {
  readonly flips: number;
  /** Where verification did not notice. */
  readonly missed: string[];
}

/**
 * Flips bits of the sample ledger's files that `chosen` takes, one alone at a time, and verifies
 * the whole of it each time: every bit if `WRIT_LONG` is set, else one of each byte that is
 * `stride` from the last, a different bit from byte to byte.
 */
export async function missedFlips(
  chosen: (path: string) => boolean,
  stride: number,
): Promise<Flips> {
  const files = await sampleFiles();
  const isOk = verifier(memoryFolder(files));
  const missed = isOk() ? [] : ["the untouched ledger"];
  let flips = 0;
  for (const [path, bytes] of files) {
    if (!chosen(path)) continue;
    for (const { at, bit } of bitsOf(bytes, stride)) {
      const byte = bytes[at] ?? 0;
      bytes[at] = byte ^ (1 << bit);
      if (isOk()) missed.push(`${path}:${at}.${bit}`);
      bytes[at] = byte;
      flips += 1;
    }
  }
  return { flips, missed };
}

function* bitsOf(
  { length }: Uint8Array,
  stride: number,
): Generator<{ readonly at: number; readonly bit: number }> {
  if (process.env.WRIT_LONG === undefined) {
    for (let at = 0; at < length; at += stride) yield { at, bit: (at / stride) % 8 };
    return;
  }
  for (let at = 0; at < length; at++) for (let bit = 0; bit < 8; bit++) yield { at, bit };
}

/**
 * Verification of this folder again and again, frame by frame, remembering what each frame's bytes
 * were judged to be. The sample ledger fills no tile, so no judgement of a frame looks at a file
 * beside the log.
 */
function verifier(folder: Folder): () => boolean {
  const work = remembered();
  const judged = new Map<string, { readonly bytes: Uint8Array; readonly facts: RangeFacts }[]>();
  return () => {
    const begun = beginVerification(folder, OPTIONS, work);
    if ("report" in begun) return begun.report.ok;
    const { verification } = begun;
    const judge = new RangeJudge(folder, verification.brief, work);
    for (const range of logRanges(folder, 1)) {
      const place = `${range.file} ${range.from} ${range.to} ${verification.brief.cuts.join()}`;
      const bytes = bytesOf(folder, range);
      const known = judged.get(place) ?? [];
      let found = known.find((one) => Buffer.compare(one.bytes, bytes) === 0);
      if (found === undefined) {
        found = { bytes, facts: judge.judge(range) };
        if (known.length < 2) judged.set(place, [...known, found]);
      }
      verification.take(found.facts);
      if (verification.isEnough) break;
    }
    return verification.finish().ok;
  };
}

function bytesOf(folder: Folder, { file, from, to }: LogRange): Uint8Array {
  const bytes = new Uint8Array(to - from);
  folder.open(file)?.read(from, bytes);
  return bytes;
}
