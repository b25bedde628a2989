import { ConstitutionRefused } from "@writ/bucket/constitution";
import { type Enacted, governing, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { type Folder, within } from "@writ/bucket/read/folder";
import type { Frame } from "@writ/bucket/read/frame";
import {
  frameAt,
  framesFrom,
  LOG_START,
  type LocatedFrame,
  type LogPosition,
  LogUnreadable,
} from "@writ/bucket/read/frames-from";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { decodeEvent, EventRefused } from "@writ/contract/event";
import { CheckpointRefused, openCheckpoint, parseCheckpoint } from "@writ/tlog/checkpoint";
import { equalBytes, leafHash } from "@writ/tlog/hash";
import { NoteRefused, parseNote } from "@writ/tlog/note";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { Frontier } from "@writ/tlog/tree";
import type { FileStamp } from "./file-stamp.ts";
import { IndexFile } from "./index-file.ts";
import { type Extent, IndexWriter } from "./index-writer.ts";

/** What one step did. */
export interface Step {
  /** Events indexed so far. */
  readonly size: number;
  /** Events published at this moment. */
  readonly published: number;
  /** Bytes of the log read so far. */
  readonly bytes: number;
}

/** Ends a chunk: enough that a transaction is worth it, little enough to hold. */
const CHUNK_EVENTS = 16_384;

/**
 * Keeps an index up with the published log: reads frames on from the last one indexed, never past
 * the published head, and takes a chunk over only if the tree of everything up to it is the one that
 * the log has signed. Synchronous; one step at a time.
 */
export class Follower {
  readonly #bucket: Folder;
  readonly #tiles: Folder;
  readonly #file: IndexFile;
  readonly #writer: IndexWriter;
  #extent: Extent;
  #chain: readonly [Enacted, ...Enacted[]] | undefined;

  private constructor(bucket: Folder, file: IndexFile, writer: IndexWriter) {
    this.#bucket = bucket;
    this.#tiles = within(bucket, TILES_FOLDER);
    this.#file = file;
    this.#writer = writer;
    this.#extent = writer.extent() ?? EMPTY;
  }

  /**
   * Opens the index in `directory` and holds it against the log: one that is of another log, or of
   * a log that has gone back, is thrown away and begun anew. `stamp` is for those that read it
   * beside. Throws IndexLocked or the system's error.
   */
  static open(bucket: Folder, directory: string, stamp?: FileStamp): Follower {
    const file = IndexFile.open(directory, stamp);
    const follower = new Follower(bucket, file, new IndexWriter(file.database));
    if (follower.#isOfThisLog()) return follower;
    file.discard();
    const fresh = IndexFile.open(directory, stamp);
    return new Follower(bucket, fresh, new IndexWriter(fresh.database));
  }

  /** Events indexed. */
  get size(): number {
    return this.#extent.frontier.size;
  }

  /** Why the index was begun anew when it was opened; `undefined` if it was not. */
  get begunAnew(): IndexFile["begunAnew"] {
    return this.#file.begunAnew;
  }

  /**
   * Indexes one more chunk of what is published. Up to date when `size` is `published`. Throws
   * LogUnreadable if the published log is not what it should be: what is indexed stays as it was;
   * IndexTouched if someone else changed the database.
   */
  step(): Step {
    this.#file.requireUntouched();
    const published = publishedCheckpoint(this.#tiles)?.checkpoint.size ?? 0;
    if (published > this.size) {
      this.#file.write(() => this.#index(published));
      this.#file.sealIfLong();
    }
    return { size: this.size, published, bytes: this.#extent.bytes };
  }

  close(): void {
    this.#file.close();
  }

  /** Closes and throws away: the database turned out to be wrong. */
  discard(): void {
    this.#file.discard();
  }

  #index(published: number): void {
    const chunk = new Chunk(this.#extent, this.#writer);
    this.#writer.begin();
    try {
      for (const located of framesFrom(this.#bucket, this.#extent.position, published)) {
        chunk.take(located);
        const isLast = chunk.size === published || this.#writer.events >= CHUNK_EVENTS;
        if (isLast) this.#requireSigned(located.frame, chunk);
        if (isLast) break;
      }
      const next = chunk.extent();
      this.#writer.commit(next);
      this.#extent = next;
    } catch (error) {
      this.#writer.rollBack();
      throw error;
    }
  }

  /** The log's own signature over all that was read: without it nothing is taken over. */
  #requireSigned({ firstIndex, constitution, note }: Frame, chunk: Chunk): void {
    const { constitution: rules } = this.#inForce(firstIndex, constitution);
    try {
      const log = parseVerifierKey(rules.log_key);
      const { checkpoint } = openCheckpoint(note, { log, origin: rules.origin });
      chunk.requireHead(checkpoint.size, checkpoint.root);
      chunk.origin = checkpoint.origin;
    } catch (error) {
      if (!(error instanceof NoteRefused || error instanceof CheckpointRefused)) throw error;
      throw new LogUnreadable(firstIndex, error.message);
    }
  }

  /** Constitutions change between two runs of the Bucket, while this goes on. */
  #inForce(index: number, digest: Uint8Array): Enacted {
    for (const mayBeOld of [true, false]) {
      if (this.#chain === undefined || !mayBeOld) this.#chain = this.#readChain(index);
      const found = governing(this.#chain, index);
      if (equalBytes(found.digest, digest)) return found;
    }
    throw new LogUnreadable(index, "its frame names a constitution that is not in force");
  }

  #readChain(index: number): readonly [Enacted, ...Enacted[]] {
    try {
      return verifyConstitutionChain(readConstitutions(this.#bucket));
    } catch (error) {
      if (!(error instanceof ConstitutionRefused)) throw error;
      throw new LogUnreadable(index, error.message);
    }
  }

  #isOfThisLog(): boolean {
    if (this.size === 0) return true;
    const published = publishedCheckpoint(this.#tiles)?.checkpoint;
    if (published === undefined || published.size < this.size) return false;
    const head = this.#writer.head(this.size);
    const frame = head === undefined ? undefined : frameAt(this.#bucket, head);
    if (frame === undefined) return false;
    const { origin, size, root } = parseCheckpoint(parseNote(frame.note).text);
    const { frontier, origin: indexed } = this.#extent;
    return origin === indexed && size === this.size && equalBytes(root, frontier.root());
  }
}

const EMPTY: Extent = { origin: "", frontier: new Frontier(), position: LOG_START, bytes: 0 };

/** The frames of one transaction, and the tree after them. */
class Chunk {
  readonly #writer: IndexWriter;
  readonly #frontier: Frontier;
  #position: LogPosition;
  #bytes: number;
  origin: string;

  constructor({ frontier, position, bytes, origin }: Extent, writer: IndexWriter) {
    this.#writer = writer;
    this.#frontier = frontier.clone();
    this.#position = position;
    this.#bytes = bytes;
    this.origin = origin;
  }

  get size(): number {
    return this.#frontier.size;
  }

  take(located: LocatedFrame): void {
    const { frame, segment, offset, length } = located;
    for (const submission of frame.submissions) {
      for (const entry of submission.entries) this.#entry(entry, submission.writer);
      this.#writer.submission(submission);
    }
    this.#writer.frame(located, this.#frontier);
    this.#position = { index: this.size, segment, offset: offset + length };
    this.#bytes += length;
  }

  requireHead(size: number, root: Uint8Array): void {
    if (size === this.size && equalBytes(root, this.#frontier.root())) return;
    throw new LogUnreadable(this.size - 1, "its tree head is not that of the events before it");
  }

  extent(): Extent {
    const [frontier, position, bytes] = [this.#frontier, this.#position, this.#bytes];
    return { origin: this.origin, frontier, position, bytes };
  }

  #entry(entry: Uint8Array, writer: string): void {
    try {
      this.#writer.event(decodeEvent(entry), writer, this.size);
    } catch (error) {
      if (!(error instanceof EventRefused)) throw error;
      throw new LogUnreadable(this.size, error.message);
    }
    this.#frontier.append(leafHash(entry));
  }
}
