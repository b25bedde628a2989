import { equalBytes } from "@writ/tlog/hash";
import type { LeafRange } from "@writ/tlog/proof";
import { type AuditPath, hex } from "./audit-path.ts";

/** An SVG element as data, so that each page makes it in its own way. */
export interface Drawn {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Drawn | string)[];
}

const WIDTH = 360;
const ROW = 52;
const BOX = { width: 108, height: 34 };
const COLUMNS = { left: 58, middle: 180, right: 302 };

/**
 * The path from the leaf, at the bottom, to the root: on the spine what was computed, beside it
 * the hashes that the log gave. Where it leads to another root than the signed one, that one stands
 * above it and no line reaches it. Classes: `spine`, `beside`, `root`, `broken`.
 */
export function drawPath(path: AuditPath, signedRoot: Uint8Array): Drawn {
  const reaches = equalBytes(path.root, signedRoot);
  const rows = path.steps.length + (reaches ? 1 : 2);
  const height = rows * ROW;
  const y = (row: number): number => height - ROW / 2 - row * ROW;
  const lines = path.steps.flatMap(({ side }, at) => [
    line(COLUMNS.middle, y(at), COLUMNS.middle, y(at + 1), "spine"),
    line(COLUMNS[side], y(at), COLUMNS.middle, y(at + 1), "beside"),
  ]);
  const own: LeafRange = { from: path.index, to: path.index + 1 };
  const end = reaches ? "spine root" : "spine broken";
  const boxes = [
    box(COLUMNS.middle, y(0), path.leaf, own, path.steps.length === 0 ? end : "spine"),
    ...path.steps.flatMap(({ side, beside, sibling, covers, hash }, at) => {
      const last = at === path.steps.length - 1;
      return [
        box(COLUMNS[side], y(at), sibling, beside, "beside"),
        box(COLUMNS.middle, y(at + 1), hash, covers, last ? end : "spine"),
      ];
    }),
  ];
  const all: LeafRange = { from: 0, to: path.size };
  const signed = reaches ? [] : [box(COLUMNS.middle, y(rows - 1), signedRoot, all, "root")];
  return {
    tag: "svg",
    attributes: {
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: String(WIDTH),
      height: String(height),
      role: "img",
      "aria-label": label(path, reaches),
      class: "path-drawing",
    },
    children: [...lines, ...boxes, ...signed],
  };
}

function label({ index, size, steps }: AuditPath, reaches: boolean): string {
  const way = `The path from event ${index} up ${steps.length} steps`;
  return reaches
    ? `${way} to the root of ${size} events. In words below.`
    : `${way}: it ends at another root than the signed one. In words below.`;
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): Drawn {
  const attributes = {
    x1: String(x1),
    y1: String(y1),
    x2: String(x2),
    y2: String(y2),
    class: kind,
  };
  return { tag: "line", attributes, children: [] };
}

function box(x: number, y: number, hash: Uint8Array, range: LeafRange, kind: string): Drawn {
  const frame: Drawn = {
    tag: "rect",
    attributes: {
      x: String(x - BOX.width / 2),
      y: String(y - BOX.height / 2),
      width: String(BOX.width),
      height: String(BOX.height),
      rx: "3",
    },
    children: [],
  };
  return {
    tag: "g",
    attributes: { class: kind },
    children: [
      frame,
      text(x, y - 3, `${hex(hash).slice(0, 12)}…`, "hash"),
      text(x, y + 11, leaves(range), "leaves"),
    ],
  };
}

function text(x: number, y: number, content: string, kind: string): Drawn {
  const attributes = { x: String(x), y: String(y), "text-anchor": "middle", class: kind };
  return { tag: "text", attributes, children: [content] };
}

function leaves({ from, to }: LeafRange): string {
  return to - from === 1 ? String(from) : `${from} – ${to - 1}`;
}
