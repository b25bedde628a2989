const SECTOR = 512;

/** What a loss of power leaves of contents that were not synced. */
export type Contents =
  | { readonly kind: "dropped" | "kept" }
  /** The first `sectors` sectors of what was written. */
  | { readonly kind: "torn"; readonly sectors: number }
  /** Some sectors, by `pick`; the length is that after the write, so that holes read as zeros. */
  | { readonly kind: "holes"; readonly pick: (sector: number) => boolean };

/** One write, or a new length. */
export type Change =
  | { readonly at: number; readonly bytes: Uint8Array }
  | { readonly length: number };

/** A file on a disk that keeps apart what was written and what was synced. */
export interface File {
  /** As it reads now. */
  data: Uint8Array;
  /** As it is on the platter. */
  stable: Uint8Array;
  /** Since the last sync. */
  changes: Change[];
}

export function change(file: File, one: Change): void {
  file.data = applied(file.data, one);
  file.changes.push(one);
}

export function applied(data: Uint8Array, one: Change): Uint8Array {
  if ("length" in one) return sized(data, one.length);
  const grown = sized(data, Math.max(data.length, one.at + one.bytes.length));
  grown.set(one.bytes, one.at);
  return grown;
}

function sized(data: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(data.subarray(0, length));
  return copy;
}

/** What a loss of power leaves of it. */
export function remains(file: File, contents: Contents): Uint8Array {
  if (contents.kind === "dropped") return file.stable;
  let budget = contents.kind === "torn" ? contents.sectors : Number.POSITIVE_INFINITY;
  let data = file.stable;
  for (const one of file.changes) {
    if (budget <= 0) break;
    if ("length" in one) data = applied(data, one);
    else
      for (const piece of sectors(one)) {
        if (budget-- <= 0) break;
        const isLost = contents.kind === "holes" && !contents.pick(Math.floor(piece.at / SECTOR));
        data = isLost
          ? sized(data, Math.max(data.length, piece.at + piece.bytes.length))
          : applied(data, piece);
      }
  }
  return data;
}

export const EVERY_OTHER: Contents = { kind: "holes", pick: (sector) => sector % 2 === 1 };

/** A write as the disk carries it out: cut at the multiples of 512 bytes of the file. */
export function sectors({
  at,
  bytes,
}: Extract<Change, { at: number }>): Extract<Change, { at: number }>[] {
  const pieces: Extract<Change, { at: number }>[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR - ((at + from) % SECTOR));
    pieces.push({ at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return pieces;
}
