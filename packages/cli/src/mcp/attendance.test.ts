import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { claimedSocket } from "../gate/claim.ts";
import { attend, takeAttendance } from "./attendance.ts";

const here = process.cwd();

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "writ-")));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("one serves a folder; whoever attends is counted until it has gone", async () => {
  const data = folder();
  const attendance = await takeAttendance(data);
  assert.ok(attendance !== null);
  assert.equal(await takeAttendance(data), null);
  assert.equal(process.cwd(), here);
  assert.equal(statSync(join(data, "agents")).mode & 0o777, 0o700);
  process.chdir(data);
  const waiting = attend();
  await sleep(50);
  attendance.ready();
  const socket = await waiting;
  assert.ok(socket !== null);
  const isEmpty = await Promise.race([attendance.empty.then(() => true), sleep(100, false)]);
  assert.equal(isEmpty, false);
  socket.destroy();
  process.chdir(here);
  await attendance.close();
  assert.equal(await claimedSocket(join(data, "agents")), null);
});

test("a folder that is taken away does not keep whoever serves it", async () => {
  const data = folder();
  const attendance = await takeAttendance(data);
  rmSync(data, { recursive: true });
  await attendance?.close();
  assert.equal(process.cwd(), here);
  // Else this process would listen on, and never end.
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((kind) => kind === "PipeServerWrap"),
    [],
  );
});
