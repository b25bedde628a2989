import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "@writ/bucket/read/folder";
import { findFrame, readFrame } from "@writ/bucket/read/frame";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { type Files, LOG, memoryFolder, remembered, sampleFiles } from "./ledger.test-support.ts";
import { type VerifyOptions, verifyFolder } from "./verify.ts";

const work = remembered();
const files = await sampleFiles();
const head = publishedCheckpoint(within(memoryFolder(files), "tiles"));
const kept = { name: "kept", note: head?.note ?? new Uint8Array(0) };
const key = LOG.verifierKey;

function isFound(changed: Files, options: VerifyOptions = {}): boolean {
  return !verifyFolder(memoryFolder(changed), { key, stopAfter: 1, ...options }, work).ok;
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

interface Piece {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** Every frame of the ledger, and where it stands. */
function framesOf(): Piece[] {
  const pieces: Piece[] = [];
  for (const [path, bytes] of files) {
    if (!path.startsWith("log/")) continue;
    for (let from = findFrame(bytes, 0); from >= 0; from = findFrame(bytes, from + 1)) {
      const frame = readFrame(bytes, from);
      if (frame.ok) pieces.push({ path, from, to: frame.end });
    }
  }
  return pieces;
}

/** The ledger with these pieces of its log put in the place of others. */
function rewritten(pieces: readonly (readonly [Piece, readonly Piece[]])[]): Files {
  const changed: Files = new Map(files);
  for (const path of new Set(pieces.map(([{ path }]) => path))) {
    const whole = files.get(path) ?? new Uint8Array(0);
    const own = pieces.filter(([place]) => place.path === path).sort(([a], [b]) => a.from - b.from);
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const [place, by] of own) {
      parts.push(whole.subarray(at, place.from));
      for (const one of by) parts.push((files.get(one.path) ?? whole).subarray(one.from, one.to));
      at = place.to;
    }
    parts.push(whole.subarray(at));
    changed.set(path, Buffer.concat(parts));
  }
  return changed;
}

const frames = framesOf();

test("every frame exchanged with, put before, after or in place of any other is found", (t) => {
  assert.equal(frames.length, 8);
  let count = 0;
  for (const a of frames) {
    for (const b of frames) {
      const ways: (readonly [Piece, readonly Piece[]])[][] = [[[a, [b, a]]], [[a, [a, b]]]];
      if (a !== b)
        ways.push(
          [[a, [b]]],
          [
            [a, [b]],
            [b, [a]],
          ],
          [
            [a, []],
            [b, [a, b]],
          ],
          [
            [a, []],
            [b, [b, a]],
          ],
        );
      for (const way of ways) {
        const changed = rewritten(way);
        if (sameLog(changed)) continue;
        assert.ok(isFound(changed), `frames ${frames.indexOf(a)} and ${frames.indexOf(b)}`);
        count += 1;
      }
    }
    assert.ok(isFound(rewritten([[a, []]])), `without frame ${frames.indexOf(a)}`);
    count += 1;
  }
  t.diagnostic(`${count} arrangements of frames`);
});

function sameLog(changed: Files): boolean {
  return [...changed].every(([path, bytes]) => sameBytes(bytes, files.get(path)));
}

/** Files that may be gone or old without any fault: what of a tile's former widths still lies about. */
function isForgettable(path: string): boolean {
  return path === "tiles/checkpoint" || (/\.p\/\d+$/.test(path) && !path.endsWith(".p/100"));
}

test("every file exchanged with, copied over or to another is found", (t) => {
  let count = 0;
  const paths = [...files.keys()];
  for (const a of paths) {
    for (const b of paths) {
      if (a === b || sameBytes(files.get(a), files.get(b))) continue;
      const [first, second] = [files.get(a), files.get(b)];
      if (first === undefined || second === undefined) continue;
      assert.ok(isFound(new Map(files).set(a, second)), `${b} over ${a}`);
      if (a < b) assert.ok(isFound(new Map(files).set(a, second).set(b, first)), `${a} for ${b}`);
      count += a < b ? 2 : 1;
    }
    const without: Files = new Map(files);
    without.delete(a);
    const copy: Files = new Map(files).set(`${a}.copy`, files.get(a) ?? new Uint8Array(0));
    assert.ok(isFound(copy), `a copy of ${a}`);
    assert.equal(isFound(without), !isForgettable(a), `without ${a}`);
    count += 2;
  }
  t.diagnostic(`${count} arrangements of files`);
});

test("every truncation is found, given the guard or a kept checkpoint", (t) => {
  let count = 0;
  // Nothing published, so that only what was kept elsewhere knows better.
  const unpublished: Files = new Map([...files].filter(([path]) => !path.startsWith("tiles/")));
  const segments = [...files.keys()].filter((path) => path.startsWith("log/")).sort();
  const byItself: number[] = [];
  const step = process.env.WRIT_LONG === undefined ? 67 : 1;
  for (const [position, path] of segments.entries()) {
    const whole = files.get(path) ?? new Uint8Array(0);
    const cut: Files = new Map(unpublished);
    for (const later of segments.slice(position + 1)) cut.delete(later);
    const ends = frames.filter((one) => one.path === path).flatMap(({ from, to }) => [from, to]);
    const lengths = new Set([
      ...ends,
      ...Array.from({ length: Math.ceil(whole.length / step) }, (_, i) => i * step),
    ]);
    for (const length of lengths) {
      if (length === whole.length && position === segments.length - 1) continue;
      cut.set(path, whole.subarray(0, length));
      assert.ok(isFound(cut, { since: [kept] }), `${path} cut at ${length}, --since`);
      assert.ok(isFound(cut, { guard: kept }), `${path} cut at ${length}, the guard`);
      if (!isFound(cut)) byItself.push(length);
      count += 1;
    }
  }
  t.diagnostic(
    `${count} truncations; ${byItself.length} at the end of a frame, valid logs without the evidence`,
  );
  assert.ok(byItself.length > 0 && byItself.length <= 2 * frames.length);
});
