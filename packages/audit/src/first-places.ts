import type { Folder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { EventRefused } from "@writ/contract/event";
import type { PureWork } from "./pure-work.ts";

/** Index of the first event of each of these decision ids, by reading the log from its beginning. */
export function firstPlaces(
  folder: Folder,
  ids: ReadonlySet<string>,
  work: PureWork,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (ids.size === 0) return found;
  for (const item of readLog(folder)) {
    if (item.kind !== "frame") continue;
    let index = item.frame.firstIndex;
    for (const { entries } of item.frame.submissions) {
      for (const entry of entries) {
        const id = decisionId(entry, work);
        if (id !== undefined && ids.has(id) && !found.has(id)) found.set(id, index);
        index += 1;
      }
    }
    if (found.size === ids.size) break;
  }
  return found;
}

function decisionId(entry: Uint8Array, work: PureWork): string | undefined {
  try {
    return work.decodeEvent(entry).enforcement_decision_id;
  } catch (error) {
    if (error instanceof EventRefused) return undefined;
    throw error;
  }
}
