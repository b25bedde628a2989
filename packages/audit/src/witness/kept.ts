/**
 * The checkpoints that an auditor keeps, by tree size: signed notes, with every cosignature that has
 * arrived. What is kept is never removed, and given for its size ever after.
 */
export interface KeptCheckpoints {
  /** The note of that size, with all signatures known so far; `undefined` if none is kept. */
  read(size: number): Uint8Array | undefined;
  /**
   * Keeps `note` for its size, in place of one of the same text with fewer signatures. A reader
   * finds the old bytes or the new. Throws the system's error.
   */
  keep(size: number, note: Uint8Array): void;
  /** The sizes kept, the newest first, read as they are asked for. */
  newestFirst(): Iterable<number>;
}
