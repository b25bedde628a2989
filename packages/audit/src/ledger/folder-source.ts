import { statSync } from "node:fs";
import { join } from "node:path";
import { ConstitutionRefused } from "@writ/bucket/constitution";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { VKEY_FILE } from "@writ/bucket/read/export";
import { diskFolder, type Folder, readWhole } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { CHECKPOINT_FILE, publishedCheckpoint } from "@writ/bucket/read/published";
import type { DecisionId } from "@writ/contract/decision-id";
import { equalBytes } from "@writ/tlog/hash";
import { MAX_NOTE_BYTES } from "@writ/tlog/note";
import { parseVerifierKey, type Verifier } from "@writ/tlog/note-key";
import { treeHash } from "@writ/tlog/tree";
import { bucketPath, NotABucket } from "../bucket-folder.ts";
import { isOfSqlite } from "../index/index-file.ts";
import { type HoleRange, MOST_LISTED, Search } from "../index/search.ts";
import { openKeptCheckpoints } from "../kept-checkpoints.ts";
import {
  indexBeside,
  nothingPublished,
  openTiles,
  proveAt,
  publishedEntries,
  tileReader,
} from "../prove.ts";
import { presentKey } from "../state-page.ts";
import { newestWitnessed, type Witnessed } from "../witness/check.ts";
import { allPages, placeOfHole } from "./pages-of.ts";
import {
  type HeadFacts,
  IndexUnfit,
  type LedgerHead,
  type LedgerIndex,
  type LedgerSource,
} from "./source.ts";

export interface FolderSourceOptions {
  /** Whether the search index beside the Bucket may be asked. */
  readonly useIndex: boolean;
}

/**
 * A ledger in a folder: a DATA folder, the Bucket folder in it, or an export. Reads only; a Bucket
 * may be writing there. Throws NotABucket.
 */
export function folderSource(directory: string, options: FolderSourceOptions): LedgerSource {
  return new FolderSource(directory, options);
}

class FolderSource implements LedgerSource {
  readonly #directory: string;
  readonly #useIndex: boolean;
  readonly #tiles: Folder;
  #search: Search | undefined;

  constructor(directory: string, { useIndex }: FolderSourceOptions) {
    this.#directory = directory;
    this.#useIndex = useIndex;
    this.#tiles = openTiles(directory);
  }

  async head(): Promise<LedgerHead | undefined> {
    return publishedCheckpoint(this.#tiles)?.checkpoint;
  }

  async facts(head: LedgerHead): Promise<HeadFacts> {
    const time = statSync(this.#checkpointPath(), { throwIfNoEntry: false })?.mtimeMs;
    const found = this.#cosigned(head);
    const cosigners = found?.cosigners.map((one) => {
      return { ...one, size: found.checkpoint.size, isChecked: true };
    });
    return { publishedAt: time, cosigners: cosigners ?? [] };
  }

  async vkey(): Promise<string | undefined> {
    const exported = readWhole(this.#tiles, VKEY_FILE, MAX_NOTE_BYTES);
    if (exported !== undefined) return Buffer.from(exported).toString("utf8").trim();
    const bucket = this.#bucket();
    return bucket === undefined ? undefined : presentKey(diskFolder(bucket));
  }

  async entries(bundle: number, size: number): Promise<readonly Uint8Array[]> {
    return publishedEntries(this.#tiles, bundle, size);
  }

  async index({ size }: LedgerHead): Promise<LedgerIndex | undefined> {
    const directory = this.#useIndex ? indexBeside(this.#directory) : undefined;
    if (directory === undefined) return undefined;
    try {
      this.#search ??= openSearch(directory);
      if (this.#search === undefined) return undefined;
      const [newest] = this.#search.heads(Number.MAX_SAFE_INTEGER, 1);
      // The index may have gone on since the head was read; what is published has, too.
      const published = Math.max(size, (await this.head())?.size ?? 0);
      if (newest === undefined || newest.size > published) return undefined;
      const root = treeHash(newest.size, tileReader(this.#tiles, newest.size, published));
      return equalBytes(root, newest.root) ? indexOf(this.#search, newest.size) : undefined;
    } catch (error) {
      if (!isOfSqlite(error)) throw error;
      return undefined;
    }
  }

  async proof(index: number, head: LedgerHead): Promise<Uint8Array> {
    const published = publishedCheckpoint(this.#tiles);
    if (published === undefined || published.checkpoint.size < head.size) throw nothingPublished();
    return proveAt(this.#tiles, index, published, published.checkpoint.size).proof;
  }

  async isExtended(before: LedgerHead, after: LedgerHead): Promise<boolean> {
    if (after.origin !== before.origin || after.size < before.size) return false;
    // The tiles say nothing of a head that is not theirs.
    return [before, after].every(({ size, root }) => {
      return equalBytes(treeHash(size, tileReader(this.#tiles, size, after.size)), root);
    });
  }

  close(): void {
    this.#search?.close();
  }

  #checkpointPath(): string {
    const exported = join(this.#directory, CHECKPOINT_FILE);
    if (statSync(exported, { throwIfNoEntry: false }) !== undefined) return exported;
    return join(bucketPath(this.#directory), "tiles", CHECKPOINT_FILE);
  }

  /** The newest head with any cosignature, of a witness that a constitution of this log names. */
  #cosigned({ origin }: LedgerHead): Witnessed | undefined {
    const keys = this.#keys();
    if (keys === undefined || keys.witnesses.length === 0) return undefined;
    const kept = openKeptCheckpoints(join(keys.bucket, "..", "audit", "checkpoints"));
    const notes = function* (): Generator<Uint8Array> {
      for (const size of kept.newestFirst()) {
        const note = kept.read(size);
        if (note !== undefined) yield note;
      }
    };
    return newestWitnessed(notes(), { ...keys, origin, quorum: 1 });
  }

  /** The keys of the log and of its witnesses; `undefined` in an export, which has no constitution. */
  #keys(): { bucket: string; logs: Verifier[]; witnesses: Verifier[] } | undefined {
    const bucket = this.#bucket();
    if (bucket === undefined) return undefined;
    try {
      const chain = verifyConstitutionChain(readConstitutions(diskFolder(bucket)));
      const keys = (named: readonly string[]): Verifier[] =>
        [...new Set(named)].map(parseVerifierKey);
      return {
        bucket,
        logs: keys(chain.map(({ constitution }) => constitution.log_key)),
        witnesses: keys(
          chain.flatMap(({ constitution }) => constitution.witnesses.map(({ key }) => key)),
        ),
      };
    } catch (error) {
      if (error instanceof ConstitutionRefused) return undefined;
      throw error;
    }
  }

  #bucket(): string | undefined {
    try {
      return bucketPath(this.#directory);
    } catch (error) {
      if (error instanceof NotABucket) return undefined;
      throw error;
    }
  }
}

function indexOf(search: Search, size: number): LedgerIndex {
  const ask = async <T>(question: (search: Search) => T): Promise<T> => {
    try {
      return question(search);
    } catch (error) {
      throw isOfSqlite(error) ? new IndexUnfit(error.message) : error;
    }
  };
  return {
    size,
    find: (question) => ask((one) => one.find(question)),
    recordings: (...of) => ask((one) => one.recordings(...of)),
    facets: (filter) => ask((one) => one.facets(filter)),
    histogram: (question) => ask((one) => one.histogram(question)),
    streams: () =>
      allPages(
        Number.MAX_SAFE_INTEGER,
        (before) => ask((one) => one.streams(before, MOST_LISTED)),
        ({ firstIndex }) => firstIndex,
      ),
    holes: () =>
      allPages<HoleRange, DecisionId | undefined>(
        undefined,
        (after) => ask((one) => one.holes(after, MOST_LISTED)),
        placeOfHole,
      ),
  };
}

/** Half made, damaged, of another version, not ours to read: the log itself has every answer. */
function openSearch(directory: string): Search | undefined {
  try {
    return new Search(directory);
  } catch {
    return undefined;
  }
}
