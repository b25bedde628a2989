import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client as ClientTwo } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioTwo } from "@modelcontextprotocol/client/stdio";
import { Client as ClientOne } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioOne } from "@modelcontextprotocol/sdk/client/stdio.js";
import { toolDefinition } from "@writ/adapters/mcp/tool-definition";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { decodeEvent, type Event } from "@writ/contract/event";
import { root } from "./root.ts";
import { program, temporaryFolder, writ } from "./serving.ts";

const server = join(root, "packages/adapters/src/mcp/scripted-server.test-support.ts");
const TOOLS = ["echo", "die", "hang", "change"];

/** A policy that lets a scripted server's tools through, but for one text. */
function policyText(): string {
  const digestOf = (name: string): string =>
    toolDefinition({ name, description: name, inputSchema: { type: "object" } }).sha256;
  const categories = TOOLS.map(
    (name) => `  ${name}:
    action_type: ${name}
    tool: { name: ${name}, sha256: "${digestOf(name)}" }
    input: { $ref: "#/$defs/call" }`,
  );
  const canaries = TOOLS.map(
    (name) => `  ${name}:
    block: [{ arguments: { text: secret } }]
    execute: [{ arguments: {} }]`,
  );
  return `writ: 1
name: scripted
$defs:
  call:
    type: object
    additionalProperties: false
    required: [arguments]
    properties:
      arguments:
        type: object
        additionalProperties: false
        properties: { text: { type: string } }
categories:
${categories.join("\n")}
constraints:
  - name: words
    evaluators:
      - name: secret
        categories: [${TOOLS.join(", ")}]
        when: input.arguments.text == "secret"
        then: BLOCK
        reason: SECRET
canaries:
${canaries.join("\n")}
`;
}

interface World {
  readonly config: string;
  readonly data: string;
  events(): readonly Event[];
}

function world(): World {
  const folder = temporaryFolder();
  const [policy, data, config] = ["policy", "data", "writ.yaml"].map((name) => join(folder, name));
  mkdirSync(String(policy));
  writeFileSync(join(String(policy), "bundle.yaml"), policyText());
  const settings = {
    policy,
    data,
    mcp: {
      caller: "coder",
      servers: {
        desk: { command: process.execPath, args: [server], deadline_ms: 30_000, cwd: folder },
        // For the call alone that comes to no end.
        cell: { command: process.execPath, args: [server], deadline_ms: 1_000, cwd: folder },
      },
    },
    execute: { echo: "desk", die: "desk", change: "desk", hang: "cell" },
  };
  writeFileSync(String(config), JSON.stringify(settings));
  return {
    config: String(config),
    data: String(data),
    events: () => eventsIn(String(data)),
  };
}

function eventsIn(data: string): readonly Event[] {
  return [...readLog(diskFolder(join(data, "bucket")))].flatMap((item) =>
    item.kind === "frame"
      ? item.frame.submissions.flatMap(({ entries }) => entries.map((entry) => decodeEvent(entry)))
      : [],
  );
}

interface Agent {
  readonly pid: number | null;
  call(name: string, args?: object): Promise<string>;
  list(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const IDENTITY = { name: "test", version: "1" };

/** A client of the SDK's first or second line, which starts `writ mcp` as an agent's client would. */
async function agent(line: 1 | 2, config: string, ...more: readonly string[]): Promise<Agent> {
  const command = {
    command: process.execPath,
    args: [program, "mcp", "--config", config, ...more],
    stderr: "inherit" as const,
  };
  const one = line === 1 ? new ClientOne(IDENTITY) : new ClientTwo(IDENTITY);
  const transport = line === 1 ? new StdioOne(command) : new StdioTwo(command);
  await one.connect(transport as never);
  return {
    pid: transport.pid,
    async call(name, args = {}) {
      const { content } = (await one.callTool({ name, arguments: args } as never)) as {
        content: readonly { readonly text: string }[];
      };
      return content[0]?.text ?? "";
    },
    async list() {
      const { tools } = await one.listTools();
      return tools.map(({ name }) => name).toSorted();
    },
    close: () => one.close(),
  };
}

/** How many processes have this in their command line. */
function running(text: string): number {
  const { stdout } = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes(text)).length;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await sleep(50)) {
    assert.ok(Date.now() < end, "it does not come to hold");
  }
}

/** Standard output carries the protocol alone, and all that was asked is answered before it ends. */
async function assertPure(config: string): Promise<void> {
  const message = (id: number, method: string, params: object): string =>
    `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
  const initialize = message(1, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: IDENTITY,
  });
  const call = message(2, "tools/call", { name: "desk__never" });
  const input = `${initialize}${call}`;
  const { code, stdout, stderr } = await writ(["mcp", "--config", config], { input });
  assert.deepEqual([code, stderr], [0, ""]);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const named = answers.map(({ jsonrpc, id }) => `${jsonrpc} ${id}`);
  assert.deepEqual(named.toSorted(), ["2.0 1", "2.0 2"]);
}

test("writ mcp: agents share one gateway, which goes when the last of them has gone", async () => {
  const { config, data, events } = world();
  // Both at once, where nothing runs: one of them starts it all.
  const [first, second] = await Promise.all([
    agent(1, config),
    agent(2, config, "--mcp-caller", "reader"),
  ]);
  const listed = TOOLS.map((name) => `${name === "hang" ? "cell" : "desk"}__${name}`).toSorted();
  // A list waits for a server that starts, and for one that starts slowly not to the end.
  await until(async () => (await first.list()).length === listed.length);
  assert.deepEqual(await first.list(), listed);
  assert.deepEqual(await second.list(), await first.list());

  assert.equal(await first.call("desk__echo", { text: "one" }), '{"text":"one"}');
  assert.equal(await second.call("desk__echo", { text: "two" }), '{"text":"two"}');
  assert.match(await second.call("desk__echo", { text: "secret" }), /"BLOCK"/);
  assert.match(await first.call("echo"), /"BLOCK"/);

  // The server dies under a call, and is there for the next one.
  assert.match(await first.call("desk__die"), /"BLOCK"/);
  assert.equal(await second.call("desk__echo", { text: "again" }), '{"text":"again"}');
  assert.match(await first.call("desk__change"), /changed/);
  assert.match(await first.call("desk__echo"), /"BLOCK"/);

  await assertPure(config);

  // An agent that is killed leaves the others alone.
  process.kill(first.pid ?? 0, "SIGKILL");
  assert.match(await second.call("cell__hang"), /"BLOCK"/);
  await second.close();
  await until(() => running(config) === 0 && running(data) === 0);

  const seen = events().map((event) => [
    event.action_type,
    event.decision,
    event.status,
    event.adapter_name,
    event.evaluator_trace.caller,
  ]);
  assert.deepEqual(seen, [
    ["echo", "ALLOW", "success", "desk", "coder"],
    ["echo", "ALLOW", "success", "desk", "reader"],
    ["echo", "BLOCK", "success", null, "reader"],
    ["unrecognized", "BLOCK", "failed", null, "coder"],
    ["die", "ALLOW", "failed", "desk", "coder"],
    ["echo", "ALLOW", "success", "desk", "reader"],
    ["change", "ALLOW", "success", "desk", "coder"],
    ["echo", "ALLOW", "failed", "desk", "coder"],
    ["unrecognized", "BLOCK", "failed", null, "coder"],
    ["hang", "ALLOW", "failed", "cell", "reader"],
  ]);
  const verified = await writ(["verify", data, "--key", join(data, "log.vkey")]);
  assert.equal(verified.code, 0, verified.stdout);
  assert.ok(existsSync(join(data, "agents", "log")), "what the gateway said is kept");
});
