import { constitutionDigest } from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { formatEpochs } from "@writ/bucket/read/epoch-file";
import {
  encodeFrame,
  encodeSegmentHead,
  type Frame,
  type FrameSubmission,
  readFrame,
  readSegmentHead,
} from "@writ/bucket/read/frame";
import { segmentPath } from "@writ/bucket/read/log";
import { signCheckpoint } from "@writ/tlog/checkpoint";
import { leafHash } from "@writ/tlog/hash";
import type { Signer } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import { FIRST, type Files, GOVERNANCE, LOG, ORIGIN } from "./ledger.test-support.ts";

/** What a host with the log's key may put into a frame instead of the truth. */
export interface Forgery {
  readonly firstIndex?: number;
  readonly constitution?: Uint8Array;
  readonly size?: number;
  readonly root?: Uint8Array;
  readonly origin?: string;
  readonly extensions?: readonly string[];
  readonly signers?: readonly Signer[];
}

/** One frame to be, and what in it is forged. */
export interface ForgedFrame {
  readonly submissions: readonly FrameSubmission[];
  readonly forgery?: Forgery;
}

const SEGMENT = segmentPath(0);

/** A log of one segment in which everything not forged is true: frames, heads and their signatures. */
export function forgeLog(
  frames: readonly ForgedFrame[],
  constitutions: readonly string[] = [FIRST],
): Files {
  const frontier = new Frontier();
  const parts = [encodeSegmentHead({ frontier, tallies: [] })];
  for (const { submissions, forgery = {} } of frames) {
    const firstIndex = frontier.size;
    for (const { entries } of submissions) {
      for (const entry of entries) frontier.append(leafHash(entry));
    }
    const { size, root, origin, extensions, signers, ...fields } = {
      size: frontier.size,
      root: frontier.root(),
      origin: ORIGIN,
      extensions: [],
      signers: [LOG],
      firstIndex,
      constitution: constitutionDigest(FIRST),
      ...forgery,
    };
    const note = signCheckpoint({ origin, size, root, extensions }, signers);
    parts.push(encodeFrame({ ...fields, submissions, note }));
  }
  return withLog(Buffer.concat(parts), constitutions, epochsOf(frames));
}

function withLog(
  log: Uint8Array,
  constitutions: readonly string[],
  epochs: ReadonlyMap<string, number>,
): Files {
  return new Map<string, Uint8Array>([
    ...constitutions.map(
      (text, i) => [`constitution/${i}.note`, signConstitution(text, [GOVERNANCE])] as const,
    ),
    ["epochs", formatEpochs(epochs)],
    [SEGMENT, log],
  ]);
}

function epochsOf(frames: readonly ForgedFrame[]): Map<string, number> {
  const epochs = new Map<string, number>();
  for (const { writer, epoch } of frames.flatMap(({ submissions }) => submissions)) {
    epochs.set(writer, Math.max(epoch, epochs.get(writer) ?? 0));
  }
  return epochs;
}

/** A one-segment log taken apart: its head's bytes and each frame's. */
export function takeApart(files: Files): { head: Uint8Array; frames: Uint8Array[] } {
  const bytes = files.get(SEGMENT) ?? new Uint8Array(0);
  const head = readSegmentHead(bytes);
  if (!head.ok) throw new Error(head.defect.reason);
  const frames: Uint8Array[] = [];
  for (let at = head.end; at < bytes.length; at += frames.at(-1)?.length ?? 0) {
    const frame = readFrame(bytes, at);
    if (!frame.ok) throw new Error(frame.defect.reason);
    frames.push(bytes.subarray(at, frame.end));
  }
  return { head: bytes.subarray(0, head.end), frames };
}

/** The same Bucket with these frames as its log. */
export function putTogether(files: Files, head: Uint8Array, frames: readonly Uint8Array[]): Files {
  return new Map(files).set(SEGMENT, Buffer.concat([head, ...frames]));
}

export type { Frame };
