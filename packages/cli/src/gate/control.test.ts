import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { claimedSocket, claimFolder } from "./claim.ts";
import { giveOrder, hearOrder, type Order } from "./control.ts";
import { OrderDesk } from "./order-desk.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function say(text: string): Promise<string> {
  const path = await claimedSocket(folder);
  assert.ok(path !== null);
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(path, () => socket.write(text));
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("close", () => resolve(heard));
  });
}

test("orders wait until they can be carried out, and are answered one by one", async () => {
  assert.equal(await giveOrder(folder, { order: "halt" }), null);
  const desk = new OrderDesk();
  const heard: Order[] = [];
  const claim = await claimFolder(folder, (socket) => hearOrder(socket, desk));
  const early = giveOrder(folder, { order: "reload", resume: true });
  let violations = 0;
  desk.open({
    async take(order) {
      heard.push(order);
      return { done: order.order === "reload", line: "as told" };
    },
    violated() {
      violations += 1;
    },
  });
  assert.deepEqual(await early, { done: true, line: "as told" });
  assert.deepEqual(await giveOrder(folder, { order: "halt" }), { done: false, line: "as told" });
  assert.deepEqual(heard, [{ order: "reload", resume: true }, { order: "halt" }]);

  for (const text of ["{}\n", "halt\n", "null\n", '{"order":"resume"}\n', "\n"]) {
    assert.match(await say(text), /^\{"done":false,"line":"there is no such order: [^"]+"\}\n$/);
  }
  assert.equal(violations, 5);
  assert.equal(await say("x".repeat(100_000)), "");
  // `resume` is asked for in so many words, or not at all.
  assert.match(await say('{"order":"reload","resume":"yes"}\n'), /as told/);
  assert.deepEqual(heard.at(-1), { order: "reload", resume: false });
  assert.equal(heard.length, 3);
  await claim.release();
});
