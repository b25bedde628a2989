import { equalBytes } from "@writ/tlog/hash";
import type { Constitution } from "../constitution.ts";
import {
  FRAME_HEADER_BYTES,
  MAX_SEGMENT_HEAD_BYTES,
  readFrame,
  readFrameHeader,
  readSegmentHead,
} from "../frame.ts";
import type { Files } from "./files.ts";
import { type Head, type HeadVerifier, openHead } from "./head.ts";
import { OpenRefused } from "./open-refused.ts";
import { listSegments, segmentPath } from "./segment.ts";

interface Anchor {
  readonly from: Constitution["from"];
  /** The log's own head. */
  readonly head: Head;
  readonly key: HeadVerifier;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Refuses a log that does not have the tree from which its constitution holds: another log's
 * constitution, or a log that was put back to before it. A constitution is installed at the end of
 * the log, so a frame ends there, and its signed head says which tree that was. That this tree is
 * one with the log's present head is for verification, which reads everything.
 *
 * Reads at most one segment. Throws `OpenRefused` (CONSTITUTION_MISPLACED).
 */
export function requireAnchored(files: Files, log: string, { from, head, key }: Anchor): void {
  if (from.size === 0) return;
  const there = from.size === head.size ? head : headAt(files, log, from.size, key);
  if (there !== undefined && equalBytes(there.root, Buffer.from(from.root, "hex"))) return;
  const found =
    from.size > head.size
      ? `the log in ${log} ends at leaf ${head.size}`
      : `the log in ${log} does not have it`;
  throw new OpenRefused(
    "CONSTITUTION_MISPLACED",
    `the constitution in force holds from the tree of ${from.size} leaves with root ${from.root}, and ${found}: put back the log that it was installed for, or the constitutions of this one`,
  );
}

/** The signed head of the frame that ends a tree of `size` leaves; `undefined` if none does. */
function headAt(files: Files, log: string, size: number, key: HeadVerifier): Head | undefined {
  const segment = listSegments(files, log).findLast((first) => first < size);
  if (segment === undefined) return undefined;
  const path = segmentPath(log, segment);
  const bytes = windowOn(files, path);
  const start = readSegmentHead(bytes(0, MAX_SEGMENT_HEAD_BYTES));
  if (!start.ok) return undefined;
  let last = -1;
  for (let at = start.end; ; ) {
    const header = readFrameHeader(bytes(at, FRAME_HEADER_BYTES), 0);
    if (!header.ok || header.value.firstIndex >= size) break;
    last = at;
    at += header.value.length;
  }
  return last < 0 ? undefined : headOfFrame(files, path, last, { size, key });
}

function headOfFrame(
  files: Files,
  path: string,
  at: number,
  { size, key }: { readonly size: number; readonly key: HeadVerifier },
): Head | undefined {
  const header = readFrameHeader(files.read(path, at, FRAME_HEADER_BYTES) ?? NOTHING, 0);
  const length = header.ok ? header.value.length : 0;
  const frame = readFrame(files.read(path, at, length) ?? NOTHING, 0);
  if (!frame.ok) return undefined;
  try {
    const head = openHead(key, frame.value.note.slice());
    return head.size === size ? head : undefined;
  } catch {
    // Not a head of this log at all; whoever asked refuses.
    return undefined;
  }
}

const NOTHING = new Uint8Array(0);

/** Reads forward through a file in chunks: at least `count` bytes from `at`, fewer at its end. */
function windowOn(files: Files, path: string): (at: number, count: number) => Uint8Array {
  let chunk: Uint8Array = NOTHING;
  let from = 0;
  return (at, count) => {
    if (at < from || at + count > from + chunk.length) {
      chunk = files.read(path, at, Math.max(count, CHUNK_BYTES)) ?? NOTHING;
      from = at;
    }
    return chunk.subarray(at - from);
  };
}
