import { readFileSync } from "node:fs";
import { parseSignerKey } from "@writ/tlog/note-key";
import { DiskRoom, diskEye } from "../append/disk-room.ts";
import { headKey } from "../append/head-key.ts";
import { openLog } from "../append/open-log.ts";
import { type Denial, serveAppends } from "../append/server.ts";
import { verifyConstitutionChain } from "../constitution-chain.ts";
import { diskFolder } from "../read/folder.ts";
import { readConstitutions } from "../read/log-key.ts";
import { usedBy } from "../usage.ts";
import { signerKeyLine } from "../writer-key.ts";
import { makeBucket } from "./first-use.ts";
import { type Layout, layoutAt } from "./layout.ts";
import { type WriterLine, writerLine } from "./writer-line.ts";

export { type WriterLine, writerLine } from "./writer-line.ts";

export interface LocalOptions {
  /**
   * The disk failed, so nothing more can be recorded and this process should end. By default the
   * error is thrown where nothing catches it, which ends it.
   */
  readonly onFatal?: (error: Error) => void;
  /** Told of each message that was rejected, and of each violation. */
  readonly onDenial?: (denial: Denial) => void;
}

/** A Bucket in this process, and the line to it. */
export interface LocalBucket extends WriterLine {
  /** Close what writes to it first: an attempt under way would end as BLOCK. */
  close(): Promise<void>;
}

/**
 * Opens the Bucket in `folder` in this very process, made with keys of its own at first use: for
 * tests, trials and small programs. It records as any Bucket does, and `writ verify FOLDER` reads it;
 * but who decides can then read what is recorded and holds every key. To keep them apart, run
 * `writ serve --only bucket` as another user, and take `writerLine` instead.
 *
 * Throws OpenRefused (BUCKET_LOCKED if another process has it open), SocketPathRefused, or the
 * system's error.
 */
export async function openLocalBucket(
  folder: string,
  options: LocalOptions = {},
): Promise<LocalBucket> {
  const layout = layoutAt(folder);
  makeBucket(layout);
  const line = writerLine(folder);
  const { writer, constitution } = openAt(layout);
  try {
    const server = await serveAppends({
      writer,
      constitution,
      room: new DiskRoom({
        eye: diskEye(layout.bucket, layout.guard),
        committed: () => writer.size,
        held: usedBy(constitution, writer.tallies.values()).bytes,
      }),
      socketPath: line.socketPath,
      onFatal: options.onFatal ?? throwLater,
      onDenial: options.onDenial ?? (() => {}),
    });
    return {
      ...line,
      async close() {
        await server.close();
        await writer.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function openAt({ bucket, guard, logKey }: Layout) {
  const chain = verifyConstitutionChain(readConstitutions(diskFolder(bucket)));
  const { constitution, digest } = chain.at(-1) ?? chain[0];
  const writer = openLog({
    directory: bucket,
    guard,
    key: headKey(chain, parseSignerKey(signerKeyLine(readFileSync(logKey, "utf8")))),
    constitution: digest,
    from: constitution.from,
    publishInThread: true,
  });
  return { writer, constitution };
}

function throwLater(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
