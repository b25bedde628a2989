import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { canonicalJson, jsonFrom } from "@writ/contract/jcs";
import { parse } from "yaml";
import { root } from "../root.ts";
import { serveWith, temporaryFolder, writ } from "../serving.ts";
import { renaming } from "./conformance/rename.ts";
import { TOOLS } from "./conformance/tools.ts";
import { eventsIn } from "./world.ts";

const suite = join(root, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const baseline = join(import.meta.dirname, "conformance/baseline.yml");

/** A policy that lets every tool of the suite be called with whatever arguments, up to five. */
function policyText(): string {
  const open = { type: "object", additionalProperties: true };
  const input = {
    type: "object",
    additionalProperties: false,
    required: ["arguments"],
    properties: { arguments: open },
  };
  const named = TOOLS.map((tool) => {
    const form = canonicalJson(jsonFrom(tool));
    const sha256 = createHash("sha256").update(form).digest("hex");
    const category = tool.name.replaceAll(/[0-9]/g, "x");
    return { category, action_type: tool.name, tool: { name: tool.name, sha256 } };
  });
  const six = Object.fromEntries([..."abcdef"].map((name) => [name, 1]));
  const canaries = { block: [{ arguments: six }], execute: [{ arguments: {} }] };
  const head = {
    writ: 1,
    name: "suite",
    categories: Object.fromEntries(
      named.map(({ category, ...rest }) => [category, { ...rest, input }]),
    ),
    canaries: Object.fromEntries(named.map(({ category }) => [category, canaries])),
  };
  return `${JSON.stringify(head).slice(0, -1)}, "constraints": [{ "name": "bound", "evaluators": [{
    "name": "too_many", "categories": ${JSON.stringify(named.map(({ category }) => category))},
    "when": "size(input.arguments) > 5", "then": "BLOCK", "reason": "TOO_MANY" }] }] }`;
}

function configuration(): { readonly config: string; readonly data: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "policy"));
  writeFileSync(join(folder, "policy", "bundle.json"), policyText());
  const server = {
    command: process.execPath,
    args: [join(import.meta.dirname, "conformance/server.ts")],
  };
  const [policy, data] = [join(folder, "policy"), join(folder, "data")];
  const listen = { listen: "127.0.0.1:0", audit_listen: "127.0.0.1:0" };
  const config = join(folder, "writ.yaml");
  writeFileSync(
    config,
    JSON.stringify({ policy, data, ...listen, mcp: { servers: { suite: server } } }),
  );
  return { config, data };
}

/** What a server that offers tools alone is asked, in the suite's order. */
const APPLIES = [
  "server-initialize",
  "ping",
  "tools-list",
  "tools-call-simple-text",
  "tools-call-image",
  "tools-call-audio",
  "tools-call-embedded-resource",
  "tools-call-mixed-content",
  "tools-call-error",
  "json-schema-2020-12",
  "dns-rebinding-protection",
];

interface Run {
  readonly code: number | null;
  readonly said: string;
}

function run(args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [suite, "server", ...args], {
    cwd: temporaryFolder(),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, said })));
}

const skip = process.env.WRIT_MCP === "all" ? false : "set WRIT_MCP=all for the official suite";

test("the official suite passes through Writ but for what a gate leaves out", {
  skip,
}, async () => {
  const { config, data } = configuration();
  const serving = await serveWith(["--config", config]);
  const url = await renaming(serving.gateway, "suite__");
  const { code, said } = await run([
    "--url",
    url,
    "--suite",
    "all",
    "--expected-failures",
    baseline,
  ]);
  assert.equal(code, 0, said);
  const left: readonly string[] = parse(readFileSync(baseline, "utf8")).server;
  const met = [...said.matchAll(/=== Running scenario: (\S+) ===/g)].map(([, name]) => name ?? "");
  assert.deepEqual(
    met.filter((name) => !left.includes(name)),
    APPLIES,
  );
  const calls = eventsIn({ data });
  assert.ok(calls.length >= 12 && calls.every(({ decision }) => decision === "ALLOW"));
  assert.equal(await serving.stop(), 0);
  const verified = await writ(["verify", data]);
  assert.equal(verified.code, 0, verified.stdout);
});
