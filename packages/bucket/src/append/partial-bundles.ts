import type { Kept } from "./tile-folder.ts";

/** What the partial files of one entry bundle may take together; the widest may take more alone. */
const ROOM_BYTES: number = 64 * 1024 * 1024;

/**
 * Which partial files of the last entry bundle are kept. Every published size has one, so 255 of
 * them would take up to 127 times what the full bundle does: 2 GB where events are as large as they
 * may be. So beyond 64 MiB the narrowest go; a reader cuts those from a wider one.
 */
export class PartialBundles {
  #index: number | undefined;
  #kept: Kept[] = [];

  /** Notes files of bundle `index`, from the narrowest on, and gives the widths that go for them. */
  add(index: number, files: readonly Kept[]): number[] {
    if (index !== this.#index) this.#kept = [];
    this.#index = index;
    this.#kept.push(...files);
    let total = this.#kept.reduce((sum, { bytes }) => sum + bytes, 0);
    const gone: number[] = [];
    while (total > ROOM_BYTES && this.#kept.length > 1) {
      const narrowest = this.#kept.shift();
      total -= narrowest?.bytes ?? 0;
      if (narrowest !== undefined) gone.push(narrowest.width);
    }
    return gone;
  }
}
