import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { encodeBase64 } from "@writ/tlog/base64";
import { signCheckpoint } from "@writ/tlog/checkpoint";
import type { HashReader } from "@writ/tlog/coordinate";
import { leafHash } from "@writ/tlog/hash";
import { signerOf } from "@writ/tlog/note-key";
import { proveConsistency, proveInclusion } from "@writ/tlog/proof";
import { encodeBundle, newBundles, newHashTiles, tileHashReader } from "@writ/tlog/tile";
import { TileEdge } from "@writ/tlog/tile-edge";
import { formatTilePath } from "@writ/tlog/tile-path";
import { formatTlogProof } from "@writ/tlog/tlog-proof";
import { buildChecker, type Judgement, missingGo, runChecker } from "./go-toolchain.ts";

const skip = missingGo() ?? false;
const SIZES = [0, 1, 255, 256, 257, 300, 511, 512, 513, 700];
const INDEXES = [0, 1, 2, 127, 128, 254, 255, 256, 257, 299, 511, 512, 698, 699];

const folder = mkdtempSync(join(tmpdir(), "writ-interop-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const signer = signerOf("interop.example/log", new Uint8Array(32).fill(7));
const entries = Array.from({ length: 700 }, (_, i) =>
  new TextEncoder().encode(JSON.stringify({ entry: i, pad: "p".repeat((i * 37) % 400) })),
);

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Writes the first `size` entries as a static log; the checkpoint's bytes. */
function exportLog(dir: string, size: number): Uint8Array {
  const edge = new TileEdge();
  const full = entries.slice(0, size).flatMap((entry) => edge.append(leafHash(entry)));
  for (const { tile, content } of [...full, ...edge.partials()]) {
    write(join(dir, formatTilePath(tile)), content);
  }
  for (const bundle of newBundles(0, size)) {
    const first = bundle.index * 256;
    write(
      join(dir, formatTilePath(bundle)),
      encodeBundle(entries.slice(first, first + bundle.width)),
    );
  }
  const head = { origin: signer.name, size, root: edge.root(), extensions: [] };
  const checkpoint = signCheckpoint(head, [signer]);
  write(join(dir, "checkpoint"), checkpoint);
  write(join(dir, "vkey"), `${signer.verifierKey}\n`);
  return checkpoint;
}

function readerOf(dir: string, size: number): HashReader {
  return tileHashReader(size, (tile) => readFileSync(join(dir, formatTilePath(tile))));
}

/** Inclusion of every chosen index in every chosen tree, consistency of every chosen pair. */
function writeProofs(dir: string, proofs: string): number {
  let files = 0;
  for (const size of SIZES.filter((size) => size > 0)) {
    const smaller = join(dir, "..", `log-${size}`);
    const checkpoint = exportLog(smaller, size);
    const reader = readerOf(smaller, size);
    for (const index of INDEXES.filter((index) => index < size)) {
      const proof = proveInclusion(index, size, reader);
      const extra = index % 2 === 0 ? null : Uint8Array.of(index & 0xff);
      write(
        join(proofs, `${index}-in-${size}.tlog-proof`),
        formatTlogProof({ extra, index, proof, checkpoint }),
      );
      files += 1;
    }
    for (const oldSize of SIZES.filter((old) => old > 0 && old <= size)) {
      const lines = proveConsistency(oldSize, size, reader).map(
        (hash) => `${encodeBase64(hash)}\n`,
      );
      write(join(proofs, `${oldSize}-${size}.consistency`), lines.join(""));
      files += 1;
    }
  }
  return files;
}

const log = join(folder, "log");
const proofs = join(folder, "proofs");
let checker = "";

function assertRefused(judgement: Judgement, reason: RegExp): void {
  assert.equal(judgement.status, 1, judgement.stdout + judgement.stderr);
  assert.match(judgement.stderr, reason);
}

/** The log copied, one of its files changed. */
function tampered(
  name: string,
  path: string,
  change: (content: Buffer) => Uint8Array | string,
): string {
  const copy = join(folder, name);
  cpSync(log, copy, { recursive: true });
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path))));
  return copy;
}

function flipLastBit(content: Buffer): Buffer {
  content.writeUInt8(content.readUInt8(content.length - 1) ^ 1, content.length - 1);
  return content;
}

function inclusion(): string {
  return readFileSync(join(proofs, "2-in-257.tlog-proof"), "utf8");
}

/** The proof from 300 to 700 without one of its hashes; whole for −1. */
function consistencyWithout(at: number): string {
  const lines = readFileSync(join(proofs, "300-700.consistency"), "utf8").split("\n");
  return lines.filter((_, i) => i !== at).join("\n");
}

describe("interop with golang.org/x/mod", { skip }, () => {
  test("Go's sumdb agrees with every tile, root and proof of a log written here", () => {
    checker = buildChecker(folder);
    exportLog(log, 700);
    const files = writeProofs(log, proofs);
    const judgement = runChecker(checker, log, proofs);
    assert.equal(judgement.stderr, "");
    assert.equal(judgement.status, 0);
    const [, entryLine, tileLine, proofLine, last] = judgement.stdout.split("\n");
    assert.equal(entryLine, "entries: 700 hash to the checkpoint's root");
    assert.equal(tileLine, `tiles: ${newHashTiles(0, 700).length} hold what the entries give`);
    const counts = /^proofs: (\d+) inclusion, (\d+) consistency$/.exec(proofLine ?? "");
    assert.equal(Number(counts?.[1]) + Number(counts?.[2]), files);
    assert.equal(last, "ok");
  });

  test("and with logs of every size at a tile's edge, the empty one too", () => {
    for (const size of SIZES) {
      const dir = join(folder, `edge-${size}`);
      exportLog(dir, size);
      const judgement = runChecker(checker, dir);
      assert.equal(judgement.status, 0, `${size}: ${judgement.stderr}`);
    }
  });

  test("the Go program refuses a tampered entry", () => {
    for (const path of ["tile/entries/000", "tile/entries/002.p/188"]) {
      const copy = tampered(`entry-${path.replaceAll("/", "-")}`, path, flipLastBit);
      assertRefused(runChecker(checker, copy), /entries: their root is/);
    }
    const cut = tampered("entry-cut", "tile/entries/001", (bundle) => bundle.subarray(0, -1));
    assertRefused(runChecker(checker, cut), /tile\/entries\/001: 1 entries are missing/);
  });

  test("the Go program refuses a tampered tile", () => {
    for (const path of ["tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2"]) {
      const copy = tampered(`tile-${path.replaceAll("/", "-")}`, path, flipLastBit);
      assertRefused(runChecker(checker, copy), /not what the entries give/);
    }
  });

  test("the Go program refuses a wrong key and a tampered checkpoint", () => {
    const sameName = signerOf(signer.name, new Uint8Array(32).fill(8));
    const wrongKey = tampered("key", "vkey", () => `${sameName.verifierKey}\n`);
    assertRefused(runChecker(checker, wrongKey), /checkpoint: note has no verifiable signatures/);
    const larger = tampered("size", "checkpoint", (note) =>
      note.toString().replace("\n700\n", "\n699\n"),
    );
    assertRefused(runChecker(checker, larger), /invalid signature/);
    const other = signCheckpoint(
      { origin: "other.example", size: 0, root: leafHash(new Uint8Array(0)), extensions: [] },
      [signer],
    );
    assertRefused(
      runChecker(
        checker,
        tampered("origin", "checkpoint", () => other),
      ),
      /origin/,
    );
  });

  test("the Go program refuses a tampered proof", () => {
    const cases = [
      [
        "4-in-257.tlog-proof",
        inclusion().replace("index 2", "index 4"),
        /invalid transparency proof/,
      ],
      ["300-700.consistency", consistencyWithout(0), /invalid transparency proof/],
      ["299-700.consistency", consistencyWithout(-1), /invalid transparency proof/],
      ["note.txt", "", /not a proof file/],
    ] as const;
    cases.forEach(([name, content, reason], i) => {
      const dir = join(folder, `proof-${i}`);
      write(join(dir, name), content);
      assertRefused(runChecker(checker, log, dir), reason);
    });
  });
});
