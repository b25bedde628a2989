import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
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
const env = { ...process.env, WRIT_LISTEN: "127.0.0.1:0", WRIT_AUDIT_LISTEN: "127.0.0.1:0" };

const skip = process.env.WRIT_MCP === "all" ? false : "set WRIT_MCP=all to run docs/mcp.md";

function blocks(language: string): readonly string[] {
  const found = guide.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return [...found].map(([, text]) => text ?? "");
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

test("the configuration of a client, as it is pasted, serves several at once", {
  skip,
}, async () => {
  const [json = ""] = blocks("json");
  const mine = json.replaceAll("/path/to/writ/", `${root}/`).replaceAll("/path/to/drafts", drafts);
  const { command, args } = JSON.parse(mine).mcpServers.writ;
  assert.ok(existsSync(command), command);
  const enter = async (): Promise<Client> => {
    const client = new Client({ name: "pasted", version: "1.0.0" });
    await client.connect(new StdioClientTransport({ command, args, env, stderr: "ignore" }));
    return client;
  };
  const clients = await Promise.all([enter(), enter()]);
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

test("the gateway that was started for them ends when they have left", { skip }, async () => {
  // Its claim on the folder is a socket there, which it takes away last.
  const claims = (): readonly string[] =>
    readdirSync(join(data, "agents")).filter((name) => name.endsWith(".sock"));
  for (let tries = 0; tries < 120 && claims().length > 0; tries += 1) await sleep(250);
  assert.deepEqual(claims(), []);
  assert.match(readFileSync(join(data, "agents/log"), "utf8"), /writ: stopped/);
});
