/** The share of pairs in which the left one is larger; ties count half. */
export function aucOf(left: readonly number[], right: readonly number[]): number {
  const all = [
    ...left.map((value) => ({ value, isLeft: true })),
    ...right.map((value) => ({ value, isLeft: false })),
  ].sort((a, b) => a.value - b.value);
  let ranks = 0;
  for (let at = 0; at < all.length; ) {
    let end = at;
    while (end < all.length && all[end]?.value === all[at]?.value) end += 1;
    const rank = (at + end + 1) / 2;
    for (let tied = at; tied < end; tied += 1) if (all[tied]?.isLeft === true) ranks += rank;
    at = end;
  }
  const wins = ranks - (left.length * (left.length + 1)) / 2;
  return wins / (left.length * right.length);
}

/** Difference of the means of the logarithms, in standard deviations of both together. */
export function cohenOf(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [moments(left), moments(right)];
  return (a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const variance = logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / logs.length;
  return { mean, variance };
}
