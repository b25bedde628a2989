import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { root } from "../root.ts";
import { refusedBy, type ToolResult } from "./agent.ts";
import { eventsIn } from "./world.ts";

/** In the place of the guide's folders, so that two runs do not meet. Lower case, as it asks. */
const clone = join(realpathSync(tmpdir()), `writ-guide-${randomBytes(6).toString("hex")}`);
const drafts = join(clone, "drafts");
const files = join(clone, "agent-files");
const data = join(drafts, "ledger");
after(() => rmSync(clone, { recursive: true, force: true, maxRetries: 5 }));

const guide = readFileSync(join(root, "docs/mcp.md"), "utf8").replaceAll("/tmp/agent-files", files);
const README = readFileSync(join(root, "README.md"), "utf8");
const env = { ...process.env, WRIT_LISTEN: "127.0.0.1:0", WRIT_AUDIT_LISTEN: "127.0.0.1:0" };

const skip = process.env.WRIT_MCP === "all" ? false : "set WRIT_MCP=all to run docs/mcp.md";

function blocks(language: string, text = guide): readonly string[] {
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return [...found].map(([, block]) => block ?? "");
}

function runCommands(): string {
  mkdirSync(drafts, { recursive: true });
  for (const name of ["node_modules", "package.json", "packages", "policies"]) {
    symlinkSync(join(root, name), join(clone, name));
  }
  const script = `set -e\n${blocks("sh").join("\n")}`;
  const ran = spawnSync("bash", ["-c", script], {
    cwd: drafts,
    env,
    encoding: "utf8",
    timeout: 90_000,
  });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  return ran.stdout;
}

test("the guide's commands read, rewrite, block and record", { skip }, () => {
  const said = runCommands();
  const lines = said.split("\n").filter((line) => line.startsWith('{"'));
  const results = new Map(
    lines.map((line) => {
      const { id, result } = JSON.parse(line);
      return [id, result] as const;
    }),
  );
  assert.equal(results.get(1).tools.length, 12);
  assert.equal(refusedBy(results.get(2))?.rewrite_class, "READ_HEAD_OR_TAIL_OF_AT_MOST_1000_LINES");
  assert.equal(results.get(3).content[0].text, "Water the plants on Friday.");
  assert.equal(refusedBy(results.get(4))?.decision, "BLOCK");
  assert.notEqual(results.get(5).isError, true);
  assert.equal(refusedBy(results.get(6))?.decision, "BLOCK");
  assert.equal(readFileSync(join(files, "notes.txt"), "utf8"), "Water the plants on Friday.\n");
  assert.equal(readFileSync(join(files, "out/done.txt"), "utf8"), "Watered.");
  assert.match(said, /verified: 5 events/);
  const callers = eventsIn({ data }).map(({ evaluator_trace }) => evaluator_trace.caller);
  assert.deepEqual(callers, Array(5).fill("my_agent"));
});

/** The agent of a client that this configuration was pasted into. */
async function enter(json: string): Promise<Client> {
  const mine = json.replaceAll("/path/to/writ/", `${root}/`);
  const { command, args } = JSON.parse(mine).mcpServers.writ;
  assert.ok(existsSync(command), command);
  const client = new Client({ name: "pasted", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command, args, env, stderr: "ignore" }));
  return client;
}

test("the configuration of a client, as it is pasted, serves several at once", {
  skip,
}, async () => {
  const [json = ""] = blocks("json");
  const mine = json.replaceAll("/path/to/drafts", drafts);
  const clients = await Promise.all([enter(mine), enter(mine)]);
  const path = join(files, "notes.txt");
  const results = await Promise.all(
    clients.map(async (client) => {
      const { tools } = await client.listTools();
      assert.equal(tools.length, 12);
      const asked = { name: "files__read_text_file", arguments: { path, head: 1 } };
      return (await client.callTool(asked)) as ToolResult;
    }),
  );
  for (const { content } of results) assert.equal(content[0]?.text, "Water the plants on Friday.");
  for (const client of clients) await client.close();
  assert.equal(eventsIn({ data }).length, 7);
});

/** Its claim on the folder is a socket there, which it takes away last. */
async function untilGone(ledger: string): Promise<void> {
  const claims = (): readonly string[] =>
    readdirSync(join(ledger, "agents")).filter((name) => name.endsWith(".sock"));
  for (let tries = 0; tries < 120 && claims().length > 0; tries += 1) await sleep(250);
  assert.deepEqual(claims(), []);
}

test("the gateway that was started for them ends when they have left", { skip }, async () => {
  await untilGone(data);
  assert.match(readFileSync(join(data, "agents/log"), "utf8"), /writ: stopped/);
});

test("what the README shows is a client's configuration, and what it does", { skip }, async () => {
  const [, readme = ""] = /^## Before an agent's MCP tools\n([\s\S]*?)^## /m.exec(README) ?? [];
  const folder = join(clone, "readme");
  mkdirSync(join(files, "out"), { recursive: true });
  writeFileSync(join(files, "short.txt"), "Water the plants on Friday.\n");
  cpSync(join(root, "policies/filesystem"), join(folder, "policy"), { recursive: true });
  const bundle = join(folder, "policy/folder.yaml");
  writeFileSync(bundle, readFileSync(bundle, "utf8").replaceAll("/srv/agent", files));
  const [settings = ""] = blocks("yaml", readme);
  const mine = settings.replaceAll("/srv/agent", files).replace("policies/filesystem", "policy");
  writeFileSync(join(folder, "writ.yaml"), mine);
  const [json = ""] = blocks("json", readme);
  const client = await enter(json.replaceAll("/path/to/writ.yaml", join(folder, "writ.yaml")));
  const call = async (name: string, args: object): Promise<ToolResult> =>
    (await client.callTool({ name: `files__${name}`, arguments: { ...args } })) as ToolResult;
  const path = join(files, "short.txt");
  const allowed = await call("read_text_file", { path, head: 1 });
  assert.equal(allowed.content[0]?.text, "Water the plants on Friday.");
  const unbounded = refusedBy(await call("read_text_file", { path }));
  assert.ok(readme.includes(`\`${unbounded?.rewrite_class}\``), JSON.stringify(unbounded));
  const content = "Watered.";
  assert.equal(refusedBy(await call("write_file", { path, content }))?.decision, "BLOCK");
  const out = join(files, "out/readme.txt");
  assert.notEqual((await call("write_file", { path: out, content })).isError, true);
  assert.equal(readFileSync(out, "utf8"), content);
  const outside = { path: `${files}/../../etc/passwd`, head: 1 };
  assert.equal(refusedBy(await call("read_text_file", outside))?.decision, "BLOCK");
  await client.close();
  assert.equal(eventsIn({ data: join(folder, ".writ-files") }).length, 5);
  await untilGone(join(folder, ".writ-files"));
});
