import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, type TestContext, test } from "node:test";
import { verifyBucket } from "@writ/audit/verify";
import { rule } from "./bullets.ts";
import { ALL_METHODS, BEHAVIOURS, type Behaviour, methodsOf } from "./forbidden/behaviours.ts";
import { CommandLine, cliDoors } from "./forbidden/cli-doors.ts";
import { ControlDoors } from "./forbidden/control-doors.ts";
import { fileDoors, OtherUser, whyNoOtherUser } from "./forbidden/file-doors.ts";
import { openHttpDoors } from "./forbidden/http-doors.ts";
import { libraryDoors } from "./forbidden/library-doors.ts";
import { openScene } from "./forbidden/scene.ts";
import { SocketDoors } from "./forbidden/socket-doors.ts";
import { assertWhole, type Cell, type Door, summary, tryAt } from "./forbidden/table.ts";

const scene = await openScene();
const sockets = new SocketDoors(scene);
await sockets.open();
const http = await openHttpDoors(scene);
const control = new ControlDoors();
await control.open();
const line = new CommandLine();
const user = whyNoOtherUser === undefined ? new OtherUser() : undefined;
const doors: readonly Door[] = [
  ...(await libraryDoors(scene)),
  ...sockets.doors,
  ...http.doors,
  ...control.doors,
  ...(await cliDoors(scene, line, sockets.recorded)),
  ...(user === undefined ? [] : await fileDoors(scene, user)),
];
after(async () => {
  line.close();
  user?.close();
  await control.close();
  await http.close();
  sockets.close();
  await scene.close();
});

const cells: Cell[] = [];

/** Tries behaviours at every interface that there is. */
function everywhere(...behaviours: readonly Behaviour[]): (t: TestContext) => Promise<void> {
  return async () => {
    for (const one of behaviours) cells.push(...(await tryAt(doors, one, scene)));
  };
}

rule("§5", "UPDATE a Bucket record", everywhere("update"));
rule("§5", "DELETE a Bucket record", everywhere("delete"));
rule("§5", "Correct a previous write", everywhere("correct"));
rule("§5", "Overwrite fields", everywhere("overwrite"));
rule("§5", "Request schema changes", everywhere("schema change"));
rule("§5", "Request relaxed validation", everywhere("relaxed validation"));
rule("§5", "Request replay or reconciliation", everywhere("replay", "reconciliation"));

test("rules §4: multi-stage updates, at every interface", everywhere("multi-stage update"));
test("rules §4: partial writes, at every interface", everywhere("partial write"));
test("rules §4: follow-up writes, at every interface", everywhere("follow-up write"));
test("rules §4: backfill, at every interface", everywhere("backfill"));

test("the methods that are tried are all that there are", () => {
  const tried = BEHAVIOURS.flatMap((behaviour) => methodsOf(behaviour));
  assert.deepEqual(new Set(tried), new Set(ALL_METHODS));
});

test("what stands beside its first story is all that verification finds", async () => {
  const { bucket, vkey } = scene.deployment;
  const { faults } = await verifyBucket(bucket, { key: readFileSync(vkey, "utf8").trim() });
  assert.deepEqual(
    faults.map(({ check }) => check),
    BEHAVIOURS.map(() => "decision-unique"),
  );
});

test("the table is whole: each behaviour at each interface", (t) => {
  assertWhole(cells, doors);
  for (const line of summary(cells)) t.diagnostic(line);
  if (whyNoOtherUser !== undefined) t.diagnostic(whyNoOtherUser);
});
