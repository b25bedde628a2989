import { leafHash } from "@writ/tlog/hash";
import { parseVerifierKey, signerOf } from "@writ/tlog/note-key";
import { encodeBundle, packedRoot } from "@writ/tlog/tile";
import { formatTilePath, type Tile } from "@writ/tlog/tile-path";
import type { HeadKey } from "../append/head.ts";
import type { LogLimits } from "../append/log-writer.ts";
import { openLog } from "../append/open-log.ts";
import type { LogWriter, Submission } from "../append/submission.ts";
import { readFrame, readSegmentHead } from "../frame.ts";
import type { FaultDisk } from "./fault-disk.ts";
import type { ManualClock } from "./manual-clock.ts";

export const ORIGIN = "log.example/writ";
export const WRITER = "00112233445566aa";
const WIDTH = 256;

/** A key pair of a fixed seed. Signing and verifying are remembered: fault tables repeat them much. */
export const KEY: HeadKey = rememberingKey();

/** Opens the log on a disk in memory, at the paths `bucket` and `guard` below a root, `/data`. */
export function openOn(
  disk: FaultDisk,
  clock: ManualClock,
  options: {
    readonly limits?: Partial<LogLimits>;
    readonly adopt?: Uint8Array;
    readonly root?: string;
    readonly constitution?: Uint8Array;
  } = {},
): LogWriter {
  const { root = "/data", ...rest } = options;
  return openLog({
    directory: `${root}/bucket`,
    guard: `${root}/guard`,
    key: KEY,
    constitution: new Uint8Array(32).fill(0xc0),
    files: disk,
    clock,
    ...rest,
  });
}

/** A submission of `count` entries that say which they are: `e<first>`, `e<first + 1>`, … */
export function submissionOf(first: number, count: number, size = 0): Submission {
  const leaves = Array.from({ length: count }, (_, i) => leafOf(`e${first + i}`.padEnd(size)));
  const entries = leaves.map(({ entry }) => entry);
  return {
    writer: WRITER,
    epoch: 1,
    batch: first + 1,
    entries,
    leafHashes: Buffer.concat(leaves.map(({ hash }) => hash)),
    signature: new Uint8Array(64).fill(0x51),
  };
}

const leafOf = remembering((text) => {
  const entry = Buffer.from(text);
  return { entry, hash: leafHash(entry) };
});

/** The entries in a log's segment files. Unless `whole`, what is no frame at a segment's end is left out. */
export function loggedEntries(
  contents: ReadonlyMap<string, Uint8Array>,
  { whole = false }: { readonly whole?: boolean } = {},
): string[] {
  const segments = [...contents].filter(([path]) => path.startsWith("/data/bucket/log/")).sort();
  return segments.flatMap(([, bytes]) => {
    const head = readSegmentHead(bytes);
    if (!head.ok && whole) throw new Error("a segment is left without a head");
    const found: string[] = [];
    for (let at = head.ok ? head.end : bytes.length; at < bytes.length; ) {
      const read = readFrame(bytes, at);
      if (!read.ok && whole) throw new Error(`something is left behind the last frame at ${at}`);
      if (!read.ok) break;
      for (const { entries } of read.value.submissions) {
        for (const entry of entries) found.push(Buffer.from(entry).toString().trimEnd());
      }
      at = read.end;
    }
    return found;
  });
}

/** The tile files of a tree of these entries, by path below the public folder, made naively. */
export function naiveTiles(entries: readonly Uint8Array[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const add = (tile: Tile, content: Uint8Array): void => {
    files.set(formatTilePath(tile), content);
  };
  groups(entries).forEach((group, index) => {
    add({ level: "entries", index, width: group.length }, encodeBundle(group));
  });
  let hashes: Uint8Array[] = entries.map((entry) => leafHash(entry));
  for (let level = 0; hashes.length > 0; level += 1) {
    const tiles = groups(hashes);
    tiles.forEach((group, index) => {
      add({ level, index, width: group.length }, Buffer.concat(group));
    });
    hashes = tiles
      .filter((group) => group.length === WIDTH)
      .map((group) => packedRoot(Buffer.concat(group)));
  }
  return files;
}

function groups<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / WIDTH);
  return Array.from({ length: count }, (_, i) => items.slice(i * WIDTH, (i + 1) * WIDTH));
}

function rememberingKey(): HeadKey {
  const signer = signerOf(ORIGIN, new Uint8Array(32).fill(7));
  const verifier = parseVerifierKey(signer.verifierKey);
  const sign = remembering((text) => signer.sign(Buffer.from(text, "latin1")));
  const verify = remembering((both) => {
    const [text = "", signature = ""] = both.split("\0");
    return verifier.verify(Buffer.from(text, "latin1"), Buffer.from(signature, "base64"));
  });
  return {
    origin: ORIGIN,
    signer: { ...signer, sign: (text) => sign(latin1(text)) },
    verifier: {
      ...verifier,
      verify: (text, signature) =>
        verify(`${latin1(text)}\0${Buffer.from(signature).toString("base64")}`),
    },
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function remembering<T>(of: (input: string) => T): (input: string) => T {
  const known = new Map<string, T>();
  return (input) => {
    const found = known.get(input) ?? of(input);
    known.set(input, found);
    return found;
  };
}
