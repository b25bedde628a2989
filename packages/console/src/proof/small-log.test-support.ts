import { encodeEvent } from "@writ/contract/event";
import { signCheckpoint } from "@writ/tlog/checkpoint";
import { HASH_SIZE, leafHash } from "@writ/tlog/hash";
import { cosignerOf, parseVerifierKey, type Signer, signerOf } from "@writ/tlog/note-key";
import { leafTile, levelSize, packedRoot, tileWidth } from "@writ/tlog/tile";
import { formatTilePath, parseTilePath, TILE_WIDTH } from "@writ/tlog/tile-path";
import { Frontier } from "@writ/tlog/tree";
import type { FetchTile } from "./tiles.ts";
import type { Trust } from "./trust.ts";

/** A log in memory, as a reader sees it. */
export interface SmallLog {
  readonly events: readonly Uint8Array[];
  /** Hash tiles of its size, by path; a test may change them. */
  readonly tiles: Map<string, Uint8Array>;
  /** The signed head of its first `size` events. */
  head(size: number): Uint8Array;
  readonly fetchTile: FetchTile;
}

export const ORIGIN = "log.example/small";
export const logSigner: Signer = signerOf(ORIGIN, new Uint8Array(32).fill(1));
export const otherSigner: Signer = signerOf(ORIGIN, new Uint8Array(32).fill(2));
export const witnessOne: Signer = cosignerOf(
  "one.example",
  new Uint8Array(32).fill(3),
  1_700_000_000,
);
export const witnessTwo: Signer = cosignerOf(
  "two.example",
  new Uint8Array(32).fill(4),
  1_700_000_001,
);

export const trust: Trust = {
  logs: [parseVerifierKey(logSigner.verifierKey)],
  witnesses: [],
  quorum: 0,
};

export const witnessedTrust: Trust = {
  ...trust,
  witnesses: [witnessOne, witnessTwo].map(({ verifierKey }) => parseVerifierKey(verifierKey)),
  quorum: 1,
};

/** `mark` stands in every event from `from` on: two logs with other marks fork there. */
export function smallLog(
  size: number,
  { mark = "a", from = 0, signers = [logSigner] }: LogOptions = {},
): SmallLog {
  const events = Array.from({ length: size }, (_, at) => eventAt(at, at < from ? "a" : mark));
  const tiles = tilesOf(events);
  return {
    events,
    tiles,
    head: (leaves) => {
      const frontier = new Frontier();
      for (const event of events.slice(0, leaves)) frontier.append(leafHash(event));
      const head = {
        origin: signers[0]?.name ?? ORIGIN,
        size: leaves,
        root: frontier.root(),
        extensions: [],
      };
      return signCheckpoint(head, signers);
    },
    fetchTile: async (path) => tiles.get(path) ?? narrowed(tiles, path),
  };
}

/** A partial tile that is gone, cut from a wider one, as the log's own door does. */
function narrowed(tiles: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array | undefined {
  const { level, index, width } = parseTilePath(path);
  for (let wider = width + 1; wider <= TILE_WIDTH; wider++) {
    const content = tiles.get(formatTilePath({ level, index, width: wider }));
    if (content !== undefined) return content.subarray(0, width * HASH_SIZE);
  }
  return undefined;
}

interface LogOptions {
  readonly mark?: string;
  readonly from?: number;
  readonly signers?: readonly Signer[];
}

function eventAt(at: number, mark: string): Uint8Array {
  return encodeEvent({
    trace_id: at.toString(16).padStart(64, "0"),
    enforcement_decision_id: `0123456789abcdef.1.${at + 1}`,
    action_type: "book_reservation",
    decision: at % 3 === 0 ? "BLOCK" : "ALLOW",
    reason_code: at % 3 === 0 ? "NOT_LOOKED_UP" : "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"0".repeat(64)}`,
      caller: mark,
      rewrite_class: null,
      validators: {},
      evaluators: [["booker_not_looked_up", "EXECUTE", null]],
    },
    timestamp: "2026-11-22T00:00:00.000Z",
    adapter_name: null,
    status: "success",
  });
}

function tilesOf(events: readonly Uint8Array[]): Map<string, Uint8Array> {
  const tiles = new Map<string, Uint8Array>();
  let below = events.map((event) => leafTile([event]));
  for (let level = 0; levelSize(level, events.length) > 0; level++) {
    const next: Uint8Array[] = [];
    for (let index = 0; tileWidth(level, index, events.length) > 0; index++) {
      const width = tileWidth(level, index, events.length);
      const hashes = below.slice(index * TILE_WIDTH, index * TILE_WIDTH + width);
      const content = Uint8Array.from(hashes.flatMap((hash) => [...hash]));
      tiles.set(formatTilePath({ level, index, width }), content);
      if (width === TILE_WIDTH) next.push(packedRoot(content));
    }
    below = next;
  }
  return tiles;
}

/** Copies of `bytes`, each with one bit changed: one in every byte. */
export function* bitFlips(bytes: Uint8Array): Generator<readonly [at: number, Uint8Array]> {
  for (let at = 0; at < bytes.length; at++) {
    const copy = new Uint8Array(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << ((at * 5 + 1) % 8));
    yield [at, copy];
  }
}
