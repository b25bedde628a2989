import type { Published } from "@writ/bucket/read/published";
import { parseNote } from "@writ/tlog/note";

/** How long a cosigned head is preferred to a newer one that nobody has cosigned yet. */
const PREFERRED_MS = 10_000;
/** Heads remembered: what is asked about within that time, and some more. */
const MAX_HEADS = 16;

interface SeenHead {
  readonly size: number;
  readonly note: Uint8Array;
  readonly signatures: number;
  /** When it was first seen, on the monotonic clock. */
  readonly since: number;
}

/**
 * Which head a reader is shown. On a busy log the newest is always too young to be cosigned, and a
 * reader that demands witnesses would never see one that is: so for some seconds the head with the
 * most cosignatures goes before the newest.
 */
export class ServedHeads {
  readonly #now: () => number;
  #heads: SeenHead[] = [];
  #served = 0;

  /** `now` gives milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A published head, as `note` with what cosignatures there are. */
  offer({ checkpoint: { size } }: Published, note: Uint8Array): void {
    const before = this.#heads.find((head) => head.size === size);
    const since = before?.since ?? this.#now();
    const signatures = parseNote(note).signatures.length;
    const others = this.#heads.filter((head) => head !== before);
    this.#heads = [...others, { size, note, signatures, since }]
      .toSorted((a, b) => a.size - b.size)
      .slice(-MAX_HEADS);
  }

  /** What to show while `newest` is the newest; never smaller than what was shown before. */
  checkpoint(newest: Published | undefined): Uint8Array | undefined {
    if (newest === undefined) return undefined;
    const { size } = newest.checkpoint;
    const bare: SeenHead = { size, note: newest.note, signatures: 1, since: this.#now() };
    const chosen = this.#heads
      .filter((head) => this.#mayServe(head, size))
      .reduce((best, head) => (prefers(head, best) ? head : best), bare);
    this.#served = Math.max(this.#served, chosen.size);
    return chosen.note;
  }

  #mayServe({ size, since }: SeenHead, newest: number): boolean {
    if (size < this.#served || size > newest) return false;
    return size === newest || this.#now() - since <= PREFERRED_MS;
  }
}

function prefers(head: SeenHead, best: SeenHead): boolean {
  if (head.signatures !== best.signatures) return head.signatures > best.signatures;
  return head.size >= best.size;
}
