/** Trees up to this size have every bit of every proof flipped; WRIT_LONG=1 takes some minutes. */
export const EVERY_BIT_UP_TO: number = process.env.WRIT_LONG === undefined ? 32 : 128;
