import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readAuditorKeys } from "@writ/audit/auditor-keys";
import { dispatch } from "../dispatch.ts";
import { family } from "../verbs/auditor.ts";

test("auditors are added, listed and revoked by the terminal", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "writ-auditor-"));
  t.after(() => rmSync(data, { recursive: true }));
  let out = "";
  const collect = (text: string | Uint8Array): boolean => {
    out += text.toString();
    return true;
  };
  const run = async (...argv: string[]): Promise<readonly [code: number, out: string]> => {
    out = "";
    const streams = [process.stdout, process.stderr].map((stream) =>
      t.mock.method(stream, "write", collect),
    );
    const code = await dispatch(family, argv);
    for (const stream of streams) stream.mock.restore();
    return [code, out];
  };
  const [, key] = await run("add", data, "Internal audit");
  const [, metrics] = await run("add", data, "monitoring", "--metrics");
  assert.match(key, /^[\w-]{43}\n$/);
  const file = join(data, "audit", "keys");
  assert.ok(!readFileSync(file, "utf8").includes(key.trim()));
  const keys = readAuditorKeys(file);
  assert.ok(keys.admits(key.trim(), "events"));
  assert.ok(!keys.admits(metrics.trim(), "events"));

  const [, listed] = await run("list", data);
  assert.match(
    listed,
    /^[0-9a-f]{16} {2}events {3}Internal audit\n[0-9a-f]{16} {2}metrics {2}monitoring\n$/,
  );
  const [, json] = await run("list", data, "--json");
  assert.deepEqual(
    JSON.parse(json).map(({ scope, name }: { scope: string; name: string }) => [scope, name]),
    [
      ["events", "Internal audit"],
      ["metrics", "monitoring"],
    ],
  );
  const [twice, why] = await run("add", data, "monitoring");
  assert.equal(twice, 2);
  assert.match(why, /revoke it first/);
  assert.equal((await run("revoke", data, "Internal audit"))[0], 0);
  assert.ok(!keys.admits(key.trim(), "events"));
  assert.equal((await run("revoke", data, "nobody"))[0], 2);
  assert.equal((await run("add", data, " "))[0], 2);
});
