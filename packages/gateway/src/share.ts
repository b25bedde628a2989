/** What one caller has of something of which there is so much for all. */
export interface Share {
  /** Whether one more could be taken where `free` are left for all. */
  has(free: number): boolean;
  /** Takes one more where `free` are left for all; false, and nothing taken, beyond the share. */
  take(free: number): boolean;
  give(): void;
}

/** Of one who has all to himself. */
export const WHOLE: Share = { has: () => true, take: () => true, give() {} };

/**
 * A caller takes one more only while it has less than is still free (a dynamic threshold, Choudhury
 * and Hahne 1998). So one alone has at most half; of several who take all they can each comes to the
 * same part, and as much is left for who comes next. Nobody has to say in advance how many call.
 */
export class FairShare implements Share {
  #taken = 0;

  get taken(): number {
    return this.#taken;
  }

  has(free: number): boolean {
    // With none left it is not this caller's share that is used up.
    return free <= 0 || this.#taken < free;
  }

  take(free: number): boolean {
    if (!this.has(free)) return false;
    this.#taken += 1;
    return true;
  }

  give(): void {
    this.#taken -= 1;
  }
}
