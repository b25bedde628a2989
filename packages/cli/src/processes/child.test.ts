import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { ChildMessage } from "./child.ts";

const child = new URL("child.ts", import.meta.url).href;
const operatorError = new URL("../operator-error.ts", import.meta.url).href;

/** A process that runs `start` as `writ serve` runs a role; it prints what becomes of it. */
function runRole(t: TestContext, start: string, hasParent = true): Role {
  const script = `
    const { runChild, tell } = await import(${JSON.stringify(child)});
    const { OperatorError } = await import(${JSON.stringify(operatorError)});
    const work = setInterval(() => {}, 60_000);
    const running = (port) => ({ port, stop: async () => {
      clearInterval(work);
      console.log("stopped");
    } });
    process.exitCode = await runChild(${start});
    clearInterval(work);`;
  return new Role(t, script, hasParent);
}

class Role {
  readonly messages: ChildMessage[] = [];
  readonly process: ChildProcess;
  readonly ended: Promise<readonly [code: number | null, out: string, error: string]>;

  constructor(t: TestContext, script: string, hasParent: boolean) {
    const own = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "pipe", ...(hasParent ? (["ipc"] as const) : [])],
    });
    this.process = own;
    t.after(() => own.kill("SIGKILL"));
    own.on("message", (message: ChildMessage) => this.messages.push(message));
    const texts = [own.stdout, own.stderr].map(async (stream) => {
      let text = "";
      for await (const chunk of stream ?? []) text += String(chunk);
      return text;
    });
    // Not "close": it never comes where this side has closed the channel.
    this.ended = once(own, "exit").then(async ([code]) => {
      const [out = "", error = ""] = await Promise.all(texts);
      return [code as number | null, out, error];
    });
  }

  async ready(): Promise<void> {
    while (this.messages.length === 0) await once(this.process, "message");
  }
}

test("a role tells its port, and stops when it is told to", async (t) => {
  const role = runRole(t, "async () => running(8420)");
  await role.ready();
  assert.deepEqual(role.messages, [{ kind: "ready", port: 8420 }]);
  role.process.kill("SIGTERM");
  assert.deepEqual(await role.ended, [0, "stopped\n", ""]);
});

test("Ctrl-C is the parent's to handle, where there is one", async (t) => {
  const role = runRole(t, "async () => running()");
  await role.ready();
  role.process.kill("SIGINT");
  const isOver = await Promise.race([
    role.ended.then(() => true),
    new Promise((resolve) => setTimeout(resolve, 100, false)),
  ]);
  assert.equal(isOver, false);
  role.process.kill("SIGTERM");
  assert.equal((await role.ended)[0], 0);
});

test("without a parent, Ctrl-C stops it, and what it would tell is for the operator", async (t) => {
  const start = `async () => {
    tell({ kind: "note", line: "a note" });
    console.log("started");
    return running(1);
  }`;
  const role = runRole(t, start, false);
  await once(role.process.stdout ?? role.process, "data");
  role.process.kill("SIGINT");
  const [code, out, error] = await role.ended;
  assert.deepEqual([code, error], [0, "writ: a note\n"]);
  assert.match(out, /stopped\n$/);
});

test("it stops when its parent is gone", async (t) => {
  const role = runRole(t, "async () => running()");
  await role.ready();
  role.process.disconnect();
  assert.deepEqual(await role.ended, [0, "stopped\n", ""]);
});

test("it stops even if its parent was gone before it could hear of it", async (t) => {
  const script = `
    await new Promise((resolve) => process.once("disconnect", resolve));
    const { runChild } = await import(${JSON.stringify(child)});
    const alive = setInterval(() => {}, 60_000);
    process.exitCode = await runChild(async () => ({ stop: async () => {
      clearInterval(alive);
      console.log("stopped");
    } }));`;
  const role = new Role(t, script, true);
  role.process.disconnect();
  assert.deepEqual(await role.ended, [0, "stopped\n", ""]);
});

test("what stands in its way is told in one line, and is exit 2", async (t) => {
  const start = `async () => { throw new OperatorError("the port is taken"); }`;
  const role = runRole(t, start);
  assert.deepEqual(await role.ended, [2, "", ""]);
  assert.deepEqual(role.messages, [{ kind: "failed", line: "the port is taken" }]);
  const alone = runRole(t, start, false);
  assert.deepEqual(await alone.ended, [2, "", "writ: the port is taken\n"]);
});

test("a bug shows its stack, and is told all the same", async (t) => {
  const role = runRole(t, `async () => { throw new TypeError("a bug"); }`);
  const [code, , error] = await role.ended;
  assert.equal(code, 1);
  assert.match(error, /TypeError: a bug\n +at /);
  assert.deepEqual(role.messages, [{ kind: "failed", line: "a bug" }]);
});
