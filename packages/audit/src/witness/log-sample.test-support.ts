import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { signCheckpoint } from "@writ/tlog/checkpoint";
import { leafHash } from "@writ/tlog/hash";
import { type Signer, signerOf } from "@writ/tlog/note-key";
import { type Proof, proveConsistency } from "@writ/tlog/proof";
import { tileHashReader } from "@writ/tlog/tile";
import { TileEdge } from "@writ/tlog/tile-edge";
import { formatTilePath } from "@writ/tlog/tile-path";
import { formatAddCheckpoint } from "./add-checkpoint.ts";

/** A signer of a name and a number. */
export function testSigner(name: string, number: number): Signer {
  return signerOf(name, new Uint8Array(32).fill(number));
}

/** A log of any number of leaves in memory; `salt` makes another history under the same key. */
export class SampleLog {
  readonly signer: Signer;
  readonly #salt: string;
  readonly #edge = new TileEdge();
  readonly #tiles = new Map<string, Uint8Array>();
  readonly #roots: Uint8Array[] = [this.#edge.root()];

  constructor(signer: Signer, salt = "") {
    this.signer = signer;
    this.#salt = salt;
  }

  /** The checkpoint of the first `size` leaves, signed by the log and by whoever else is given. */
  checkpoint(size: number, others: readonly Signer[] = []): Uint8Array {
    const head = { origin: this.signer.name, size, root: this.root(size), extensions: [] };
    return signCheckpoint(head, [this.signer, ...others]);
  }

  root(size: number): Uint8Array {
    while (this.#edge.size < size) this.#append();
    return this.#roots[size] ?? new Uint8Array(0);
  }

  proof(oldSize: number, newSize: number): Proof {
    this.root(newSize);
    const reader = tileHashReader(newSize, (tile) => {
      const full = this.#tiles.get(formatTilePath({ ...tile, width: 256 }));
      const partial = this.#edge
        .partials()
        .find((one) => one.tile.level === tile.level && one.tile.index === tile.index);
      return full ?? partial?.content ?? new Uint8Array(0);
    });
    return proveConsistency(oldSize, newSize, reader);
  }

  /** Publishes the first `size` leaves in `folder`: hash tiles, then the checkpoint. */
  publish(folder: string, size: number): void {
    this.root(size);
    for (const [path, content] of this.#tiles) put(folder, path, content);
    for (const { tile, content } of this.#edge.partials())
      put(folder, formatTilePath(tile), content);
    put(folder, "checkpoint", this.checkpoint(size));
  }

  /** The body of a request to cosign `newSize` by a witness that is at `oldSize`. */
  request(oldSize: number, newSize: number): Uint8Array {
    return formatAddCheckpoint({
      oldSize,
      proof: this.proof(oldSize, newSize),
      note: this.checkpoint(newSize),
    });
  }

  #append(): void {
    const index = this.#edge.size;
    // The first ten leaves are shared by all histories.
    const text = index < 10 ? `leaf ${index}` : `leaf ${index}${this.#salt}`;
    for (const { tile, content } of this.#edge.append(leafHash(new TextEncoder().encode(text)))) {
      this.#tiles.set(formatTilePath(tile), content);
    }
    this.#roots.push(this.#edge.root());
  }
}

function put(folder: string, path: string, content: Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

/** A folder that is gone after the test file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-witness-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when `holds` does; gives up after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error("it did not come to pass within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
