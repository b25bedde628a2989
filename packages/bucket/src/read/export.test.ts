import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { openCheckpoint } from "@writ/tlog/checkpoint";
import { HASH_SIZE } from "@writ/tlog/hash";
import { formatNote, parseNote } from "@writ/tlog/note";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { decodeBundle, leafTile } from "@writ/tlog/tile";
import { formatTilePath } from "@writ/tlog/tile-path";
import { LOG_KEY, ORIGIN } from "../append/bucket.test-support.ts";
import { exportTiles } from "./export.ts";
import { makeBucket, writeLog } from "./log.test-support.ts";
import { tilesOf } from "./published.ts";

function filesOf(root: string): Map<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(root, path), readFileSync(path).toString("base64")] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function refusal(bucket: string, out: string): string {
  try {
    exportTiles(bucket, out);
    return "exported";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

test("an export is the published tree of that size, and nothing else", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [100, 200, 300]);
  const exported = exportTiles(place.bucket, place.spare);
  assert.deepEqual(exported, { origin: ORIGIN, vkey: LOG_KEY, size: 600 });
  const out = filesOf(place.spare);
  const published = filesOf(join(place.bucket, "tiles"));
  const expected = [...[...tilesOf(600)].map(formatTilePath), "checkpoint", "vkey"].sort();
  assert.deepEqual([...out.keys()], expected);
  for (const path of expected.filter((name) => name !== "vkey")) {
    assert.equal(out.get(path), published.get(path), path);
  }
  assert.equal(readFileSync(join(place.spare, "vkey"), "utf8"), `${LOG_KEY}\n`);
});

test("an export's checkpoint has the cosignatures kept for it, and only if it is the same head", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [100]);
  const note = readFileSync(join(place.bucket, "tiles", "checkpoint"));
  const { text, signatures } = parseNote(note);
  const line = { name: "witness.example", keyId: 7, signature: new Uint8Array(72) };
  const cosigned = formatNote({ text, signatures: [...signatures, line] });
  exportTiles(place.bucket, place.spare, {
    cosigned: (size) => (size === 100 ? cosigned : undefined),
  });
  const exported = (): Buffer => readFileSync(join(place.spare, "checkpoint"));
  assert.deepEqual(exported(), Buffer.from(cosigned));
  exportTiles(place.bucket, place.spare);
  assert.deepEqual(exported(), note);
  const other = Buffer.from(formatNote({ text: text.replace("100", "101"), signatures }));
  assert.throws(() => exportTiles(place.bucket, place.spare, { cosigned: () => other }), {
    code: "SIGNATURE_INVALID",
  });
});

test("the exported bundles hash to the exported tiles, and the checkpoint opens by its vkey", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [300]);
  exportTiles(place.bucket, place.spare);
  const read = (path: string): Uint8Array => Uint8Array.from(readFileSync(join(place.spare, path)));
  const leaves = leafTile(decodeBundle(read("tile/entries/001.p/44"), 44));
  assert.deepEqual(read("tile/0/001.p/44"), leaves);
  assert.equal(read("tile/0/000").length, 256 * HASH_SIZE);
  const vkey = Buffer.from(read("vkey")).toString("utf8").trimEnd();
  const { checkpoint } = openCheckpoint(read("checkpoint"), { log: parseVerifierKey(vkey) });
  assert.equal(checkpoint.size, 300);
});

test("an earlier export is brought up to date, an equal one stays", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [100]);
  exportTiles(place.bucket, place.spare);
  const before = filesOf(place.spare);
  exportTiles(place.bucket, place.spare);
  assert.deepEqual(filesOf(place.spare), before);
  await writeLog(place, [300], { epoch: 2 });
  assert.equal(exportTiles(place.bucket, place.spare).size, 400);
  const now = filesOf(place.spare);
  // Clients that hold the old checkpoint still find its partial tiles.
  for (const path of before.keys()) assert.ok(now.has(path), path);
});

test("a target with anything else in it is refused and left alone", async (t) => {
  const place = makeBucket(t);
  const other = makeBucket(t);
  await writeLog(place, [3]);
  mkdirSync(place.spare);
  writeFileSync(join(place.spare, "mine"), "x");
  assert.equal(refusal(place.bucket, place.spare), "TARGET_FOREIGN");
  assert.deepEqual([...filesOf(place.spare).keys()], ["mine"]);
  writeFileSync(join(place.spare, "vkey"), `${LOG_KEY.replace(ORIGIN, "other.example")}\n`);
  assert.equal(refusal(place.bucket, place.spare), "TARGET_FOREIGN");
  for (const inside of [place.bucket, join(place.bucket, "out"), join(place.bucket, "tiles/x")]) {
    assert.equal(refusal(place.bucket, inside), "TARGET_FOREIGN");
    assert.equal(existsSync(join(inside, "vkey")), false);
  }
  assert.equal(existsSync(other.bucket), false);
});

test("an export that knows more, or another tree, is kept as evidence", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [5]);
  const copy = join(place.spare, "..", "copy");
  cpSync(place.bucket, copy, { recursive: true, filter: (path) => !path.endsWith("lock") });
  await writeLog(place, [5], { epoch: 2 });
  exportTiles(place.bucket, place.spare);
  const kept = filesOf(place.spare);
  assert.equal(refusal(copy, place.spare), "TARGET_DIVERGES");
  const fork = {
    bucket: join(place.spare, "..", "fork"),
    guard: join(place.spare, "..", "guard2"),
  };
  await writeLog({ ...fork, spare: "" }, [11], { epoch: 3 });
  assert.equal(refusal(fork.bucket, place.spare), "TARGET_DIVERGES");
  assert.deepEqual(kept.get("checkpoint"), filesOf(place.spare).get("checkpoint"));
});

test("damaged tiles are never exported as if they were whole", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [5]);
  const bundle = join(place.bucket, "tiles/tile/entries/000.p/5");
  const bytes = readFileSync(bundle);
  for (let at = 0; at < bytes.length; at += 41) {
    writeFileSync(bundle, bytes.with(at, (bytes[at] ?? 0) ^ 1));
    assert.equal(refusal(place.bucket, place.spare), "TILES_DAMAGED");
    assert.equal(existsSync(join(place.spare, "checkpoint")), false);
  }
  writeFileSync(bundle, bytes);
  assert.equal(refusal(place.bucket, place.spare), "exported");
  rmSync(bundle);
  assert.equal(refusal(place.bucket, place.spare), "TILES_DAMAGED");
});

test("a checkpoint that the log has not signed is not exported", async (t) => {
  const place = makeBucket(t);
  await writeLog(place, [5]);
  const path = join(place.bucket, "tiles/checkpoint");
  const note = readFileSync(path, "utf8");
  writeFileSync(path, note.replace("\n5\n", "\n4\n"));
  assert.equal(refusal(place.bucket, place.spare), "SIGNATURE_INVALID");
  rmSync(path);
  assert.equal(refusal(place.bucket, place.spare), "NOTHING_PUBLISHED");
  assert.equal(existsSync(place.spare), false);
});
