import { parentPort, workerData } from "node:worker_threads";
import { diskFolder } from "@writ/bucket/read/folder";
import type { LogRange } from "@writ/bucket/read/log-ranges";
import type { JudgeData } from "./judges.ts";
import { DONE_HERE } from "./pure-work.ts";
import { RangeJudge } from "./range-judge.ts";

const { path, brief } = workerData as JudgeData;
const judge = new RangeJudge(diskFolder(path), brief, DONE_HERE);
parentPort?.on("message", (range: LogRange) => {
  parentPort?.postMessage(judge.judge(range));
});
