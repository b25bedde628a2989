import { join, resolve } from "node:path";

/**
 * Where a Bucket and the one who writes to it keep their files, below one folder: the layout that
 * `writ serve --data` has, so that every verb of `writ` works on a local Bucket too.
 */
export interface Layout {
  readonly bucket: string;
  readonly guard: string;
  readonly logKey: string;
  readonly governanceKey: string;
  readonly writerKey: string;
  /** The epoch counter, beside the key whose attempts it numbers. */
  readonly epoch: string;
  /** The log's public key, for the writer. */
  readonly writerVkey: string;
  /** The same, for whoever verifies. */
  readonly vkey: string;
  readonly socket: string;
}

export function layoutAt(folder: string): Layout {
  const data = resolve(folder);
  return {
    bucket: join(data, "bucket"),
    guard: join(data, "guard"),
    logKey: join(data, "keys", "log.key"),
    governanceKey: join(data, "keys", "governance.key"),
    writerKey: join(data, "gateway", "writer.key"),
    epoch: join(data, "gateway", "epoch"),
    writerVkey: join(data, "gateway", "log.vkey"),
    vkey: join(data, "log.vkey"),
    socket: join(data, "run", "bucket.sock"),
  };
}
