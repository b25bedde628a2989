import { parentPort, workerData } from "node:worker_threads";
import { FileStamp, IndexBusy, IndexTouched } from "./file-stamp.ts";
import { databasePath, isDamage, isOfSqlite, walPath } from "./index-file.ts";
import type { SearchAnswer, SearchAsked, SearchWork } from "./live-index.ts";
import { QuestionRefused } from "./question.ts";
import { answerTo } from "./questions.ts";
import { Search } from "./search.ts";

const work = workerData as SearchWork;
const stamp = new FileStamp(work.stamp);
const database = databasePath(work.directory);
let search: Search | undefined;
/** Which database the search has open. */
let opened = 0n;

parentPort?.on("message", (asked: SearchAsked) => {
  if (asked.kind === "renew") {
    search?.close();
    search = undefined;
    return;
  }
  parentPort?.postMessage(answer(asked));
});

function answer({ id, question }: Extract<SearchAsked, { kind: "ask" }>): SearchAnswer {
  try {
    if (search === undefined) opened = stamp.opened;
    search ??= new Search(work.directory);
    const answer = answerTo(search, question);
    stamp.requireUntouched(database, walPath(database), opened);
    return { id, ok: true, answer };
  } catch (error) {
    if (error instanceof QuestionRefused) return { id, ok: false, refused: error.message };
    if (error instanceof IndexTouched || error instanceof IndexBusy) {
      return { id, ok: false, lost: error.message, isDamage: error instanceof IndexTouched };
    }
    if (!isOfSqlite(error)) throw error;
    return { id, ok: false, lost: error.message, isDamage: isDamage(error) };
  }
}
