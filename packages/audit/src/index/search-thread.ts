import { parentPort, workerData } from "node:worker_threads";
import { isDamage, isOfSqlite } from "./index-file.ts";
import type { SearchAnswer, SearchAsked } from "./live-index.ts";
import { QuestionRefused } from "./question.ts";
import { Search } from "./search.ts";

let search: Search | undefined;

parentPort?.on("message", (asked: SearchAsked) => {
  if (asked.kind === "renew") {
    search?.close();
    search = undefined;
    return;
  }
  parentPort?.postMessage(answer(asked));
});

function answer({ id, ask, of }: Extract<SearchAsked, { kind: "ask" }>): SearchAnswer {
  try {
    search ??= new Search(String(workerData));
    // The caller's types say which questions there are; between threads they are plain values.
    return { id, ok: true, answer: Reflect.apply(search[ask], search, of) };
  } catch (error) {
    if (error instanceof QuestionRefused) return { id, ok: false, refused: error.message };
    if (!isOfSqlite(error)) throw error;
    return { id, ok: false, lost: error.message, isDamage: isDamage(error) };
  }
}
