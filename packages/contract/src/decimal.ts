/**
 * The number rule (rules of strict JSON): a decimal is kept only if it is exactly the shortest
 * decimal of the binary64 value nearest to it. Otherwise two implementations could hold different
 * numbers for one text, and a policy would judge a number that nobody sent.
 */

/** A decimal as `digits × 10^exponent`: no zero at either end of `digits`, none at all for zero. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/**
 * The binary64 value of a JSON number token, or `undefined` if its decimal value does not survive
 * the trip to binary64 and back through ECMAScript's shortest form. Every zero is `0`.
 */
export function exactDouble(token: string): number | undefined {
  const value = Number(token);
  const shortest = String(value);
  if (shortest === token) return value;
  const received = decimal(token);
  if (received.digits === "") return 0;
  if (value === 0 || !Number.isFinite(value)) return undefined;
  const kept = decimal(shortest);
  const same = kept.digits === received.digits && kept.exponent === received.exponent;
  return same ? value : undefined;
}

const ZERO = 0x30;

/** Of the magnitude; the sign of a number always survives, and that of zero is dropped. */
function decimal(token: string): Decimal {
  const start = token.startsWith("-") ? 1 : 0;
  const mark = token.search(/[eE]/);
  const end = mark < 0 ? token.length : mark;
  const point = token.indexOf(".");
  const whole = token.slice(start, point < 0 ? end : point);
  const fraction = point < 0 ? "" : token.slice(point + 1, end);
  const all = whole + fraction;
  let first = 0;
  while (first < all.length && all.charCodeAt(first) === ZERO) first++;
  let last = all.length;
  while (last > first && all.charCodeAt(last - 1) === ZERO) last--;
  // An exponent too long for a double only comes with a value of zero or infinity, and those
  // are settled before exponents are compared.
  const power = mark < 0 ? 0 : Number(token.slice(mark + 1));
  return { digits: all.slice(first, last), exponent: power - fraction.length + all.length - last };
}
