import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../spawn-writ.test-support.ts";
import { enterAs, type LetIn, openAgentsSocket } from "./agents-socket.ts";

/** Lets ann in, who hears again what she says. */
const letIn: LetIn = (socket, caller) => {
  if (caller !== "ann") return undefined;
  socket.pipe(socket);
  const end = (): void => void socket.destroy();
  return { ended: once(socket, "end").then(() => {}), stop: end, hangUp: end };
};

test("an agent is let in under its name, or told that it is not", async () => {
  const path = join(temporaryFolder(), "agents.sock");
  assert.deepEqual(await enterAs(path, "ann"), { reason: "none" });
  const socket = await openAgentsSocket(path, letIn);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const eve = await enterAs(path, "eve");
  assert.ok("reason" in eve && eve.reason === "refused", JSON.stringify(eve));
  assert.match(eve.why, /as eve/);
  const ann = await enterAs(path, "ann");
  assert.ok(ann instanceof Socket);

  // Whoever comes while it closes finds nobody, and looks again; who is in stays until the end.
  socket.stop();
  assert.deepEqual(await enterAs(path, "ann"), { reason: "none" });
  ann.resume().write("still here\n");
  assert.equal(String((await once(ann, "data"))[0]), "still here\n");
  const gone = once(ann, "end");
  await socket.close();
  await gone;
  ann.destroy();
});
