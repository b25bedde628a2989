import assert from "node:assert/strict";
import { test } from "node:test";
import type { QuotaUse } from "@writ/bucket/constitution/usage";
import { QuotaWatch } from "./quota-watch.ts";

function use(writer: string | null, used: number, level: QuotaUse["level"]): QuotaUse {
  return { writer, of: "events", used, limit: 10, level };
}

test("a quota that comes near its end is told once, and again when that changes", () => {
  const notes: string[] = [];
  const watch = new QuotaWatch((line) => notes.push(line));
  const looks: readonly QuotaUse[][] = [
    [use(null, 7, "free"), use("a", 1, "free")],
    [use(null, 8, "near"), use("a", 1, "free")],
    [use(null, 9, "near"), use("a", 9, "near")],
    [use(null, 10, "reached"), use("a", 9, "near")],
    [use(null, 10, "free"), use("a", 9, "near")],
  ];
  for (const quotas of looks) watch.look(quotas);
  assert.deepEqual(notes, [
    "quota of the whole log, events: 8 of 10 used (near)",
    "quota of writer a, events: 9 of 10 used (near)",
    "quota of the whole log, events: 10 of 10 used (reached)",
    "quota of the whole log, events: 10 of 10 used (free)",
  ]);
});
