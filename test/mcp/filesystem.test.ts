import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Event } from "@writ/contract/event";
import { inParallel, serveWith, writ } from "../serving.ts";
import { RawAgent, type Refused, refusedBy, type ToolResult } from "./agent.ts";
import { addNotes } from "./changing-tool.ts";
import { hostileCalls, TOOL_NAMES } from "./hostile-calls.ts";
import { snapshot } from "./snapshot.ts";
import { EXECUTE, eventsIn, FILESYSTEM_SERVER, makeWorld, SECRET, writeConfig } from "./world.ts";

const world = makeWorld();
const { folder, outside, base } = world;
const out = join(folder, "out");
const pidOf = (name: string): number => Number(readFileSync(join(base, `${name}.pid`), "utf8"));
const noted = join(base, "noted");

/** npm's server twice, as docs/mcp.md has it, and one that changes its tool. */
const servers = {
  files: started("files", FILESYSTEM_SERVER, folder),
  out: { ...started("out", FILESYSTEM_SERVER, out), deadline_ms: 4_000 },
  notes: started("notes", join(import.meta.dirname, "changing-server.ts"), noted),
};

function started(name: string, program: string, argument: string): object {
  const wrapper = join(import.meta.dirname, "downstream-pid.ts");
  const args = [wrapper, join(base, `${name}.pid`), program, argument];
  return { command: process.execPath, args };
}

addNotes(world);
writeFileSync(noted, "");
const config = writeConfig(world, { servers }, { ...EXECUTE, note: "notes", wait: "notes" });
const serving = await serveWith(["--config", config]);
const agent = new RawAgent(serving.gateway);
const client = new Client({ name: "a foreign client", version: "1.0.0" });
/** Results that the SDK's client got; the raw agent counts its own. */
let clientResults = 0;

// The SDK's own types of this transport differ under exactOptionalPropertyTypes.
const transport = new StreamableHTTPClientTransport(new URL(`${serving.gateway}/mcp`));
await client.connect(transport as Parameters<Client["connect"]>[0]);
after(() => client.close());

async function call(name: string, args: Record<string, unknown>): Promise<ToolResult> {
  const result = (await client.callTool({ name, arguments: args })) as ToolResult;
  clientResults += 1;
  return result;
}

/** The event of each, which is the only one of its attempt. The log is read once. */
function recorded(refused: readonly Refused[]): readonly Event[] {
  const events = Map.groupBy(eventsIn(world), (event) => event.enforcement_decision_id);
  return refused.map(({ enforcement_decision_id: id, trace_id }) => {
    const [event, ...others] = events.get(id) ?? [];
    assert.ok(event !== undefined && others.length === 0, id);
    assert.equal(event.trace_id, trace_id);
    return event;
  });
}

function requireRefused(result: ToolResult): Refused {
  const refused = refusedBy(result);
  assert.ok(refused, JSON.stringify(result));
  return refused;
}

/** It was allowed, and then failed at this server. */
function requireFailed(refused: Refused, server: string): void {
  const [event] = recorded([refused]);
  const said = [refused.decision, event?.decision, event?.status, event?.adapter_name];
  assert.deepEqual(said, ["BLOCK", "ALLOW", "failed", server]);
}

test("an agent sees the tools that a category covers, under their server's name, as they are", async () => {
  const covered = Object.entries(EXECUTE).map(([tool, server]) => `${server}__${tool}`);
  const expected = [...covered, "notes__note", "notes__wait"].sort();
  let { tools } = await client.listTools();
  // A list waits for a server that starts, and for one that starts slowly not to the end.
  for (let tries = 0; tools.length < expected.length && tries < 5; tries += 1) {
    tools = (await client.listTools()).tools;
  }
  assert.deepEqual(tools.map(({ name }) => name).sort(), expected);
  const read = tools.find(({ name }) => name === "files__read_text_file");
  assert.match(
    read?.description ?? "",
    /^Read the complete contents of a file from the file system/,
  );
  assert.deepEqual(read?.inputSchema.required, ["path"]);
  assert.deepEqual(read?.annotations, { readOnlyHint: true, openWorldHint: false });
});

test("what the policy allows gives what the server gives", async () => {
  const notes = await call("files__read_text_file", { path: join(folder, "notes.txt"), head: 2 });
  assert.deepEqual(notes.content, [{ type: "text", text: "first line\nsecond line" }]);
  assert.deepEqual(notes.structuredContent, { content: "first line\nsecond line" });
  const text = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const { content, isError } = await call(name, args);
    assert.ok(isError !== true, JSON.stringify(content));
    return content[0]?.text ?? "";
  };
  assert.match(await text("files__list_directory", { path: folder }), /\[FILE\] notes\.txt/);
  assert.match(await text("files__directory_tree", { path: join(folder, "deep") }), /plan\.txt/);
  assert.match(
    await text("files__search_files", { path: folder, pattern: "**/*.txt" }),
    /plan\.txt/,
  );
  assert.match(await text("files__get_file_info", { path: folder }), /isDirectory: true/);
  assert.match(await text("files__list_allowed_directories", {}), /\/agent$/);
  const content = "Capitals, and  two  spaces.\n";
  await text("out__write_file", { path: join(out, "new.txt"), content });
  assert.equal(readFileSync(join(out, "new.txt"), "utf8"), content);
  const edits = [{ oldText: "Capitals", newText: "Small letters" }];
  await text("out__edit_file", { path: join(out, "new.txt"), edits });
  await text("out__create_directory", { path: join(out, "a/b") });
  const destination = join(out, "a/b/moved.txt");
  await text("out__move_file", { source: join(out, "new.txt"), destination });
  assert.equal(readFileSync(destination, "utf8"), "Small letters, and  two  spaces.\n");
});

test("what it blocks is not done; what it would have otherwise, it says in a class", async () => {
  const path = join(folder, "notes.txt");
  const before = snapshot(base);
  const blocked = requireRefused(await call("out__write_file", { path, content: "gone" }));
  const outside = requireRefused(
    await call("files__read_text_file", { path: join(base, "outside/secret.txt"), head: 1 }),
  );
  const whole = requireRefused(await call("files__read_text_file", { path }));
  assert.deepEqual([blocked.decision, outside.decision], ["BLOCK", "BLOCK"]);
  assert.equal(whole.rewrite_class, "READ_HEAD_OR_TAIL_OF_AT_MOST_1000_LINES");
  const reasons = recorded([blocked, outside, whole]).map(({ reason_code }) => reason_code);
  assert.deepEqual(reasons, ["WRITE_OUTSIDE_OUT", "OUTSIDE_FOLDER", "READ_TOO_LARGE"]);
  const after = snapshot(base);
  assert.equal(after["./agent/notes.txt"], before["./agent/notes.txt"]);
});

test("324 hostile calls: nothing changes, no secret is shown, and each leaves one event", async () => {
  const calls = hostileCalls(world);
  assert.ok(calls.length > 200);
  const trees = [folder, outside, join(base, "agents")];
  const before = trees.map(snapshot);
  const [events, results] = [eventsIn(world).length, agent.results];
  const replies = await inParallel(calls, 8, ({ tool, arguments: args }) =>
    agent.call(`${EXECUTE[tool] ?? "files"}__${tool}`, args),
  );
  replies.forEach(({ result, text }, index) => {
    assert.ok(result, `${calls[index]?.what}: ${text.slice(0, 200)}`);
    assert.equal(result.isError, true, calls[index]?.what);
    assert.ok(!text.includes(SECRET), calls[index]?.what);
  });
  assert.deepEqual(trees.map(snapshot), before);
  assert.equal(agent.results - results, calls.length);
  assert.equal(eventsIn(world).length - events, calls.length);
});

test("a name that is no tool's is an attempt in no category", async () => {
  const before = snapshot(folder);
  const args = { path: join(out, "report.txt"), content: "hostile" };
  const replies = await inParallel(TOOL_NAMES, 8, (name) => agent.call(name, args));
  const refused = replies.map(({ result, text }, index) => {
    assert.ok(result, `${TOOL_NAMES[index]}: ${text}`);
    return requireRefused(result);
  });
  for (const { decision, reason_code, action_type } of recorded(refused)) {
    const said = [decision, reason_code, action_type];
    assert.deepEqual(said, ["BLOCK", "UNKNOWN_CATEGORY", "unrecognized"]);
  }
  assert.deepEqual(snapshot(folder), before);
});

test("what else a message holds reaches neither policy nor server", async () => {
  const path = join(folder, "notes.txt");
  const params = { name: "files__read_text_file", arguments: { path, head: 1 } };
  const more: readonly object[] = [
    { params: { ...params, host: { caller: "root" }, category: "list_directory" } },
    { params: { ...params, _meta: { "writ/caller": "root", host: { caller: "root" } } } },
    { params, host: { caller: "root" }, method: "tools/call" },
    { params: { ...params, input: { arguments: { path: "/etc/passwd", head: 1 } } } },
  ];
  const events = eventsIn(world).length;
  for (const message of more) {
    const { result } = await agent.send({ method: "tools/call", ...message });
    assert.equal(result?.content[0]?.text, "first line");
  }
  const traces = eventsIn(world).slice(events);
  assert.equal(traces.length, more.length);
  assert.equal(new Set(traces.map(({ trace_id }) => trace_id)).size, 1);
  assert.ok(traces.every(({ evaluator_trace }) => evaluator_trace.caller === null));
});

test("what is no call of a tool runs nothing and is no attempt", async () => {
  const before = [snapshot(folder), snapshot(outside)];
  const events = eventsIn(world).length;
  const args = { path: join(out, "report.txt"), content: "hostile" };
  const name = "out__write_file";
  const results = agent.results;
  for (const params of [
    { name: 7, arguments: args },
    { arguments: args },
    [name, args],
    null,
    "x",
  ]) {
    await agent.send({ method: "tools/call", params });
  }
  for (const method of ["resources/read", "sampling/createMessage", "prompts/get", "tools/call/"]) {
    await agent.send({
      method,
      params: { name, arguments: args, uri: `file://${outside}/secret.txt` },
    });
  }
  for (const body of ["", "{", "[]", "null", "\0", '{"jsonrpc":"1.0"}', `[${"[".repeat(5_000)}`]) {
    await agent.post(body);
  }
  assert.deepEqual([snapshot(folder), snapshot(outside)], before);
  assert.equal(eventsIn(world).length - events, agent.results - results);
});

test("what stands twice in a message is an attempt that policy and server see alike: not at all", async () => {
  const before = [snapshot(folder), snapshot(outside)];
  const events = eventsIn(world).length;
  const [good, bad] = [join(out, "report.txt"), join(folder, "notes.txt")].map((path) =>
    JSON.stringify(path),
  );
  const write = (args: string): string => `{"name":"out__write_file","arguments":${args}}`;
  const [fine, foul] = [good, bad].map((path) => `{"path":${path},"content":"hostile"}`);
  for (const params of [
    write(`{"path":${bad},"path":${good},"content":"hostile"}`),
    write(`{"path":${good},"path":${bad},"content":"hostile"}`),
    write(`{"path":${bad},"p\\u0061th":${good},"content":"hostile"}`),
    `{"name":"out__write_file","arguments":${fine},"arguments":${foul}}`,
    `{"name":"out__write_file","name":"files__read_text_file","arguments":${foul}}`,
  ]) {
    const { result } = await agent.post(
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`,
    );
    assert.ok(result);
    const [event] = recorded([requireRefused(result)]);
    assert.deepEqual([event?.decision, event?.reason_code], ["BLOCK", "MALFORMED_INPUT"]);
  }
  assert.equal(eventsIn(world).length - events, 5);
  assert.deepEqual([snapshot(folder), snapshot(outside)], before);
});

test("the same call many times at once is as many attempts", async () => {
  const before = snapshot(folder);
  const path = join(folder, "notes.txt");
  const events = eventsIn(world).length;
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0
        ? agent.call("files__read_text_file", { path, head: 1 })
        : agent.call("out__write_file", { path, content: "hostile" }),
    ),
  );
  const blocked = replies.flatMap(({ result }) => (result ? (refusedBy(result) ?? []) : []));
  assert.equal(blocked.length, 30);
  assert.equal(new Set(blocked.map(({ trace_id }) => trace_id)).size, 1);
  assert.equal(new Set(blocked.map((each) => each.enforcement_decision_id)).size, 30);
  assert.equal(eventsIn(world).length - events, 60);
  assert.deepEqual(snapshot(folder), before);
});

test("a tool that has become another runs nothing", async () => {
  const first = await call("notes__note", { text: "hello" });
  assert.deepEqual(first.content, [{ type: "text", text: "noted" }]);
  assert.equal(readFileSync(noted, "utf8"), "note\n");
  const refused = requireRefused(await call("notes__note", { text: "hello" }));
  requireFailed(refused, "notes");
  assert.equal(readFileSync(noted, "utf8"), "note\n");
  const { tools } = await client.listTools();
  const listed = tools.find(({ name }) => name === "notes__note");
  assert.equal(listed?.description, "Notes a text.");
});

/** An allowed write that must have failed, with nothing written and one event that says so. */
async function requireFailedWrite(name: string): Promise<void> {
  const path = join(out, name);
  const refused = requireRefused(await call("out__write_file", { path, content: "late" }));
  requireFailed(refused, "out");
  assert.ok(!existsSync(path));
}

/** Calls until the server that was started again answers; each that failed before is recorded. */
async function requireRecovery(): Promise<void> {
  const path = join(out, "again.txt");
  for (let tries = 0; tries < 120; tries += 1) {
    const result = await call("out__write_file", { path, content: "again" });
    if (refusedBy(result) === undefined) return;
    await sleep(250);
  }
  assert.fail("the server was not started again");
}

test("a server that hangs: the call is failed and recorded, and a new one is started", async () => {
  process.kill(pidOf("out"), "SIGSTOP");
  await requireFailedWrite("hung.txt");
  process.kill(pidOf("out"), "SIGKILL");
  await requireRecovery();
  assert.ok(!existsSync(join(out, "hung.txt")));
});

test("a server that is killed in a call: that is failed and recorded, and never made again", async () => {
  const waiting = call("notes__wait", { text: "hello" });
  while (readFileSync(noted, "utf8") !== "note\nwait\n") await sleep(20);
  process.kill(pidOf("notes"), "SIGKILL");
  requireFailed(requireRefused(await waiting), "notes");
  // A server that is there again is the one that the policy was written for.
  while (readFileSync(noted, "utf8") === "note\nwait\n") {
    await call("notes__note", { text: "hello" });
    await sleep(100);
  }
  assert.equal(readFileSync(noted, "utf8"), "note\nwait\nnote\n");
  const read = await call("files__read_text_file", { path: join(folder, "notes.txt"), head: 1 });
  assert.equal(read.content[0]?.text, "first line");
});

test("the ledger has one event for each result, and verifies", async () => {
  const events = eventsIn(world);
  assert.equal(events.length, agent.results + clientResults);
  const ids = events.map((event) => event.enforcement_decision_id);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(await serving.stop(), 0);
  const { code, stdout } = await writ(["verify", world.data, "--json"]);
  assert.equal(code, 0, stdout);
  assert.equal(JSON.parse(stdout).events, events.length);
});
