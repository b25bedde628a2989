import { age } from "../parts/format.ts";
import type { WitnessState } from "../source/answers.ts";

/**
 * How a witness does, in words: what it holds against the log before all else, then whether it has
 * cosigned the head of `size` events, then how long it is silent. `now` is the log reader's clock.
 */
export function witnessSays(
  { alarm, cosignedSize, cosignedAt, failures }: WitnessState,
  now: string,
  size: number,
): string {
  if (alarm === "forked") return "cosigned a tree that this log does not continue";
  if (alarm === "behind") return "cosigned a larger tree than is published here";
  if (cosignedAt === null) return failures > 0 ? "does not answer" : "not asked yet";
  const when = `${age(Date.parse(now) - Date.parse(cosignedAt))} ago`;
  if (cosignedSize === size) return `this one, ${when}`;
  return failures > 0 ? `does not answer; last ${when}` : `an earlier one, ${when}`;
}
