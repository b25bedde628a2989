import assert from "node:assert/strict";
import { test } from "node:test";
import { changeConstitution, commitEntries, freshDeployment } from "../deployed.test-support.ts";
import { checkup } from "./checkup.ts";

test("the doctor warns from 80 % of a quota on, and says when it is reached", async (t) => {
  const deployment = freshDeployment(t);
  changeConstitution(deployment, ({ writers, quotas }) => ({
    writers: writers.map((writer) => ({ ...writer, quota: { ...writer.quota, events: 10 } })),
    quotas: { ...quotas, events: 1000 },
  }));
  const quotas = (): readonly (readonly [level: string, line: string])[] =>
    checkup(deployment, Date.now())
      .filter(({ name }) => name === "quotas")
      .map(({ level, line }) => [level, line.replace(/writer [0-9a-f]{16}/, "it")]);
  await commitEntries(deployment, 1, 7);
  assert.deepEqual(quotas(), [["ok", "at most 70 % of any is used"]]);
  await commitEntries(deployment, 2, 1);
  assert.deepEqual(quotas(), [
    ["warn", "it has used 8 of 10 events: raise it in time, by a new constitution"],
  ]);
  await commitEntries(deployment, 3, 2);
  assert.deepEqual(quotas(), [
    ["fail", "it has used 10 of 10 events: nothing more is taken; raise it by a new constitution"],
  ]);
});
