/**
 * What a writer signs so that a Bucket's host can neither invent, drop from the middle, reorder nor
 * rewrite its events: every leaf hash of one message, with the place that the message has among the
 * writer's others. Whoever verifies a log rebuilds these bytes from what is stored.
 */
export interface Batch {
  /** The log's origin line. */
  readonly origin: string;
  /** First 16 hex digits of SHA-256 of the writer's public key. */
  readonly writer: string;
  readonly epoch: number;
  /** 1, 2, … within one epoch; strictly rising. */
  readonly batch: number;
  /** RFC 6962 leaf hashes of the message's events, in order, 32 bytes each. */
  readonly leafHashes: readonly Uint8Array[];
}

const HASH_BYTES = 32;
const utf8 = new TextEncoder();

/** The text under a batch signature, but for the leaf hashes, whose bytes are still zero. */
export interface BatchForm {
  readonly text: Uint8Array;
  /** The end of `text`: 32 bytes for each leaf hash, in order, to be filled in. */
  readonly leafHashes: Uint8Array;
}

/** A batch of `count` events, its leaf hashes not yet known. */
export type UnhashedBatch = Omit<Batch, "leafHashes"> & { readonly count: number };

/**
 * The bytes under a batch signature (Ed25519, RFC 8032): the lines `writ-batch/v1`, origin, writer,
 * epoch, batch number, number of events, each ended by LF, then the leaf hashes. The first line
 * keeps the signature from meaning anything elsewhere: no signed note starts so and no handshake.
 */
export function batchText(batch: Batch): Uint8Array {
  const { text, leafHashes } = batchForm({ ...batch, count: batch.leafHashes.length });
  batch.leafHashes.forEach((hash, index) => {
    leafHashes.set(hash, HASH_BYTES * index);
  });
  return text;
}

/** `batchText`, to be completed by whoever hashes the events: so that no hash is copied. */
export function batchForm({ origin, writer, epoch, batch, count }: UnhashedBatch): BatchForm {
  const head = utf8.encode(`writ-batch/v1\n${origin}\n${writer}\n${epoch}\n${batch}\n${count}\n`);
  const text = new Uint8Array(head.length + HASH_BYTES * count);
  text.set(head);
  return { text, leafHashes: text.subarray(head.length) };
}
