/** Digits in groups of three, by a thin space that a screen reader passes over. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** A part of a whole in percent, with one digit behind the point; a dash where there is no whole. */
export function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Events a second, in as many digits as mean something. */
export function rate(events: number, seconds: number): string {
  const value = seconds === 0 ? 0 : events / seconds;
  if (value === 0) return "0";
  return value < 10 ? value.toFixed(2) : count(Math.round(value));
}

/** How long ago, in the largest unit that fits: `3 s`, `12 min`, `5 h`, `9 d`. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [, unit, width] = UNITS.find(([below]) => seconds < below) ?? [0, "d", 86_400];
  return `${Math.floor(seconds / width)} ${unit}`;
}

const UNITS: readonly (readonly [below: number, unit: string, width: number])[] = [
  [120, "s", 1],
  [7200, "min", 60],
  [172_800, "h", 3600],
];

/** Bytes in binary units: `512 B`, `1.5 MiB`. */
export function bytes(value: number): string {
  const power = value < 1024 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), BYTES.length - 1);
  const scaled = value / 1024 ** power;
  return `${power === 0 ? scaled : scaled.toPrecision(3)} ${BYTES[power] ?? "B"}`;
}

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** An instant in UTC for people, to the millisecond: `2026-11-21 20:45:10.123`. */
export function instant(iso: string): string {
  return iso.replace("T", " ").replace(/Z$/, "");
}

/** The time of day of an instant in UTC: `20:45:10.123`. */
export function clock(iso: string): string {
  return iso.slice(11).replace(/Z$/, "");
}
