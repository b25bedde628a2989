import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toolName } from "./tool-names.ts";
import { toolRows } from "./tool-table.ts";

const SERVER = {
  command: "x",
  args: [],
  cwd: null,
  env: [],
  url: null,
  authorization_env: null,
  authorization_file: null,
  deadline_ms: 1,
  max_result_bytes: 1,
};

function rowsOf(
  tools: Readonly<Record<string, string>>,
  servers: readonly string[],
  execute: Readonly<Record<string, string>> = {},
): readonly string[] {
  const named = Object.entries(tools).map(
    ([category, name]) => [category, { name, sha256: "0".repeat(64) }] as const,
  );
  const mcp = { servers: new Map(servers.map((name) => [name, SERVER])) };
  const rows = toolRows(new Map(named), { mcp, execute: new Map(Object.entries(execute)) });
  return rows.map(({ name, category, server }) => `${category} ${server} ${name}`);
}

test("a tool is the only server's, or that one's which execute names", () => {
  const tools = { read_file: "read_file", write_file: "write_file" };
  assert.deepEqual(rowsOf(tools, []), []);
  assert.deepEqual(rowsOf(tools, ["files"]), [
    "read_file files files__read_file",
    "write_file files files__write_file",
  ]);
  const both = { read_file: "one", write_file: "two" };
  assert.deepEqual(rowsOf(tools, ["one", "two"], both), [
    "read_file one one__read_file",
    "write_file two two__write_file",
  ]);
  // Somebody else carries it out, so it is no tool for agents.
  assert.deepEqual(rowsOf(tools, ["files"], { write_file: "desk" }), [
    "read_file files files__read_file",
  ]);
});

test("what leaves a doubt is refused", () => {
  assert.throws(
    () => rowsOf({ read_file: "read_file" }, ["one", "two"]),
    /execute\.read_file: say which of mcp\.servers has the tool read_file/,
  );
  assert.throws(
    () => rowsOf({ a: "read_file", b: "read_file" }, ["files"]),
    /a and b are both of the tool read_file of files/,
  );
  const apart = { a: "one", b: "two" };
  assert.equal(rowsOf({ a: "read_file", b: "read_file" }, ["one", "two"], apart).length, 2);
});

test("a tool's name is one that every client takes, and differs where the tools do", () => {
  assert.equal(toolName("files", "read_file"), "files__read_file");
  assert.equal(toolName("git-hub", "create-Issue"), "git-hub__create-Issue");
  assert.match(toolName("a", "b.c"), /^a__b_c_[0-9a-f]{8}$/);
  assert.notEqual(toolName("a", "b.c"), toolName("a", "b:c"));
  const tool = fc.string({ minLength: 1, maxLength: 80, unit: "binary" });
  fc.assert(
    fc.property(tool, tool, (one, other) => {
      assert.match(toolName("files", one), /^[A-Za-z0-9_-]{1,64}$/);
      assert.equal(toolName("files", one) === toolName("files", other), one === other);
    }),
    { numRuns: 40 },
  );
});
