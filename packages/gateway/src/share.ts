/** What one caller has of something of which there is so much for all. */
export interface Share {
  /** Takes one more where `free` are left for all; false, and nothing taken, beyond the share. */
  take(free: number): boolean;
  give(): void;
}

/** Of one who has all to himself. */
export const WHOLE: Share = { take: () => true, give() {} };

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

  take(free: number): boolean {
    // With none left it is not this caller's share that is used up.
    if (free > 0 && this.#taken >= free) return false;
    this.#taken += 1;
    return true;
  }

  give(): void {
    this.#taken -= 1;
  }
}
