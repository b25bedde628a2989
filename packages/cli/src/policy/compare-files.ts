import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { armFolder } from "../policy-folder.ts";
import { type Compared, compareBlock } from "./compare-block.ts";
import { BLOCK_BYTES, type LineBlock, lineBlocks } from "./line-blocks.ts";

export interface Policies {
  /** Folders of the two bundles. */
  readonly old: string;
  readonly next: string;
}

/** Below this many bytes, starting other threads costs more than they save. */
const WORTH_THREADS = 4 * BLOCK_BYTES;

/**
 * Compares every line of the files under both policies and hands over what each block gave, in any
 * order. Streamed; on all cores where there is enough to do. Both policies have been armed before.
 */
export async function compareFiles(
  policies: Policies,
  files: readonly string[],
  totalBytes: number,
  take: (compared: Compared) => void,
): Promise<void> {
  if (totalBytes < WORTH_THREADS) {
    const engines = { old: await armFolder(policies.old), next: await armFolder(policies.next) };
    for await (const block of allBlocks(files)) take(compareBlock(engines, block));
    return;
  }
  await onAllCores(policies, allBlocks(files), take);
}

async function* allBlocks(files: readonly string[]): AsyncGenerator<LineBlock> {
  for (const file of files) yield* lineBlocks(file);
}

async function onAllCores(
  policies: Policies,
  blocks: AsyncGenerator<LineBlock>,
  take: (compared: Compared) => void,
): Promise<void> {
  const script = join(import.meta.dirname, "diff-worker.ts");
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(script, { workerData: policies }),
  );
  try {
    await Promise.all(workers.map((worker) => feed(worker, blocks, take)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives one worker block after block until there are none. */
async function feed(
  worker: Worker,
  blocks: AsyncGenerator<LineBlock>,
  take: (compared: Compared) => void,
): Promise<void> {
  let settle: { resolve(compared: Compared): void; reject(error: Error): void } | undefined;
  worker.on("message", (compared: Compared) => settle?.resolve(compared));
  worker.on("error", (error) => settle?.reject(error));
  // Two consumers of one generator are safe: it answers its `next` calls in their order.
  for (let next = await blocks.next(); next.done !== true; next = await blocks.next()) {
    const block = next.value;
    const compared = new Promise<Compared>((resolve, reject) => {
      settle = { resolve, reject };
    });
    worker.postMessage(block);
    take(await compared);
  }
}
