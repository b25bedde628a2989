import { UsageError } from "../verb.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const AGO = /^(\d{1,9})([smhdw])$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MINUTES = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z?$/;
const SECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z?$/;

/**
 * A time in whole seconds as a search question takes it, from what a person writes: `15m`, `2h`,
 * `7d` before `now`, or a day, minute or second of UTC. Throws UsageError.
 */
export function timeFrom(text: string, flag: string, now: number): string {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    const ago = Number(count) * (UNITS[unit] ?? 0);
    return inSeconds(Math.max(0, Math.floor(now / 1000) - ago) * 1000);
  }
  const bare = text.replace(/Z$/, "");
  const whole = DATE.test(text)
    ? `${text}T00:00:00Z`
    : MINUTES.test(text)
      ? `${bare}:00Z`
      : SECONDS.test(text)
        ? `${bare.replace(/\.\d+$/, "")}Z`
        : undefined;
  const time = whole === undefined ? Number.NaN : Date.parse(whole);
  // Round again: a day that its month lacks would be taken for one of the next.
  if (Number.isNaN(time) || inSeconds(time) !== whole) {
    throw new UsageError(
      `--${flag}: give 15m, 2h or 7d ago, or a time in UTC such as 2026-11-21 or 2026-11-21T20:45`,
    );
  }
  return whole;
}

function inSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** How long ago, in words. */
export function ageInWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [unit, width] =
    Object.entries(UNITS).findLast(([, one]) => seconds >= 2 * one) ?? (["s", 1] as const);
  return `${Math.round(seconds / width)} ${unit}`;
}
