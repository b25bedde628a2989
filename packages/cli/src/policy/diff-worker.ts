import { parentPort, workerData } from "node:worker_threads";
import { armFolder } from "../policy-folder.ts";
import { compareBlock } from "./compare-block.ts";
import type { LineBlock } from "./line-blocks.ts";

const { old, next } = workerData as { readonly old: string; readonly next: string };
const engines = { old: await armFolder(old), next: await armFolder(next) };
parentPort?.on("message", (block: LineBlock) => {
  parentPort?.postMessage(compareBlock(engines, block));
});
