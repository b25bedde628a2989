import type { Series, Slice } from "./rounds.ts";

/** The medians of one system at one number in flight. */
export interface Figure {
  readonly system: string;
  readonly inFlight: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly batch: number | null;
  readonly clientMicros: number;
  readonly serverMicros: number | null;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export function figureOf({ system, inFlight, slices }: Series): Figure {
  const of = (field: (slice: Slice) => number): number => median(slices.map(field));
  const orNull = (field: (slice: Slice) => number | null): number | null => {
    const values = slices.map(field).filter((value) => value !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    system,
    inFlight,
    rate: of(({ rate }) => rate),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    batch: orNull(({ batch }) => batch),
    clientMicros: of(({ clientMicros }) => clientMicros),
    serverMicros: orNull(({ serverMicros }) => serverMicros),
  };
}

/** How one system's value stands to another's, over the rounds: each ratio is of one round. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Undefined where either was not measured. */
export function ratio(
  all: readonly Series[],
  [system, base]: readonly [string, string],
  inFlight: number,
  field: (slice: Slice) => number,
): Ratio | undefined {
  const find = (name: string): Series | undefined =>
    all.find((one) => one.system === name && one.inFlight === inFlight);
  const own = find(system);
  const other = find(base);
  if (own === undefined || other === undefined) return undefined;
  const ratios = own.slices.map((slice, round) => {
    const paired = other.slices[round];
    return paired === undefined ? Number.NaN : field(slice) / field(paired);
  });
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}
