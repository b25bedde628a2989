const isWhole = process.env.WRIT_RUNS === "all";

/** Every proof of every tree up to this size, which is past a full tile where WRIT_RUNS=all. */
export const PROOF_SIZES: number = isWhole ? 300 : 130;

/** Trees up to this size have every bit of every proof flipped; WRIT_LONG=1 takes some minutes. */
export const EVERY_BIT_UP_TO: number =
  process.env.WRIT_LONG === undefined ? (isWhole ? 32 : 20) : 128;

/** So many flips there are at least. */
export const FLIPS: number = isWhole ? 600_000 : 250_000;
