import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import { publishedCheckpoint, publishedTile } from "@writ/bucket/read/published";
import { proveConsistency } from "@writ/tlog/proof";
import { tileHashReader } from "@writ/tlog/tile";
import { buildChecker, missingGo, runChecker } from "./interop/go-toolchain.ts";
import { until } from "./rules/world.ts";
import { airline, enforce, inParallel, serve, temporaryFolder, writ } from "./serving.ts";

const sample = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");

async function exported(data: string, out: string): Promise<void> {
  const { code, stderr } = await writ(["export", data, out]);
  assert.equal(code, 0, stderr);
}

/** What is recorded is published a moment later. */
async function untilPublished(data: string, size: number): Promise<void> {
  const tiles = diskFolder(join(data, "bucket", "tiles"));
  await until(() => (publishedCheckpoint(tiles)?.checkpoint.size ?? 0) >= size);
}

/** Consistency proofs from `oldSize` to the exported size, in the form the Go program reads. */
function writeConsistency(out: string, proofs: string, oldSize: number): void {
  const tiles = diskFolder(out);
  const size = publishedCheckpoint(tiles)?.checkpoint.size ?? 0;
  const reader = tileHashReader(size, (tile) => {
    const bytes = publishedTile(tiles, tile, size);
    assert.ok(bytes);
    return bytes;
  });
  const lines = proveConsistency(oldSize, size, reader).map((hash) =>
    Buffer.from(hash).toString("base64"),
  );
  writeFileSync(
    join(proofs, `${oldSize}-${size}.consistency`),
    lines.map((line) => `${line}\n`).join(""),
  );
}

const noGo = missingGo();

test("Go's sumdb opens the export of a served ledger, recomputes its root and checks its proofs", {
  skip: noGo ?? false,
}, async () => {
  const data = temporaryFolder();
  const [first, second, proofs] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  const serving = await serve(data);
  const calls = Array.from({ length: 5 }, () => sample).flat();
  const answers = await inParallel(calls, 32, (line) => enforce(serving.gateway, line));
  await untilPublished(data, calls.length);
  await exported(data, first);
  const kept = publishedCheckpoint(diskFolder(first))?.checkpoint.size ?? 0;
  assert.equal(kept, calls.length);
  await inParallel(calls, 32, (line) => enforce(serving.gateway, line));
  assert.equal(await serving.stop(), 0);
  await exported(data, second);

  mkdirSync(proofs, { recursive: true });
  for (const at of [0, 1, 255, 256, calls.length - 1]) {
    const id = String(answers[at]?.body.enforcement_decision_id);
    const name = join(temporaryFolder(), "attempt");
    const { code, stderr } = await writ(["prove", data, id, "--out", name]);
    copyFileSync(`${name}.tlog-proof`, join(proofs, `${at}.tlog-proof`));
    assert.equal(code, 0, stderr);
  }
  for (const oldSize of [1, 255, kept]) writeConsistency(second, proofs, oldSize);
  const binary = buildChecker(temporaryFolder());
  for (const [folder, with_] of [
    [first, undefined],
    [second, proofs],
  ] as const) {
    const result = runChecker(binary, folder, with_);
    assert.equal(result.status, 0, JSON.stringify(result));
  }
  assert.ok(readdirSync(proofs).length === 8);
});

test("an export is brought up to date by the same log and refused by another", async () => {
  const [data, other, out] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  for (const folder of [data, other]) {
    const serving = await serve(folder);
    await inParallel(sample, 16, (line) => enforce(serving.gateway, line));
    assert.equal(await serving.stop(), 0);
  }
  await exported(data, out);
  await exported(data, out);
  const { code, stderr } = await writ(["export", other, out]);
  assert.equal(code, 2);
  assert.match(stderr, /no export of this log/);
  assert.equal(
    readFileSync(join(out, "vkey"), "utf8"),
    readFileSync(join(data, "log.vkey"), "utf8"),
  );
});
