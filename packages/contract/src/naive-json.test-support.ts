/** Strict JSON by other means: JSON.parse for the grammar, BigInt for the numbers. */
import type { Value } from "./oracle.test-support.ts";

declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

/** The value, or undefined where strict JSON is refused. Limits are not looked at. */
export function naiveJson(bytes: Uint8Array): { value: Value; depth: number } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g) ?? [];
    return build(tokens);
  } catch {
    return undefined;
  }
}

function build(tokens: string[]): { value: Value; depth: number } {
  let next = 0;
  let deepest = 0;
  const value = (depth: number): Value => {
    const token = tokens[next++] ?? "";
    deepest = Math.max(deepest, depth);
    if (token === "[") return elements(depth + 1);
    if (token === "{") return members(depth + 1);
    if (token.startsWith('"')) return string(token);
    return /^[-0-9]/.test(token) ? number(token) : (JSON.parse(token) as Value);
  };
  const elements = (depth: number): Value[] => {
    const array: Value[] = [];
    deepest = Math.max(deepest, depth);
    while (tokens[next] !== "]") {
      if (tokens[next] === ",") next++;
      array.push(value(depth));
    }
    next++;
    return array;
  };
  const members = (depth: number): Map<string, Value> => {
    const object = new Map<string, Value>();
    deepest = Math.max(deepest, depth);
    while (tokens[next] !== "}") {
      if (tokens[next] === ",") next++;
      const name = string(tokens[next] ?? "");
      next += 2;
      if (object.has(name)) throw new Error("duplicate");
      object.set(name, value(depth));
    }
    next++;
    return object;
  };
  return { value: value(0), depth: deepest };
}

function string(token: string): string {
  const text = JSON.parse(token) as string;
  if (!text.isWellFormed()) throw new Error("lone surrogate");
  return text;
}

function number(token: string): number {
  const value = Number(token);
  if (!survives(token, value)) throw new Error("inexact");
  return value === 0 ? 0 : value;
}

/** Whether a decimal is exactly the shortest form of its double, as fractions of integers. */
export function survives(token: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/[1-9]/.test(token.split(/[eE]/)[0] ?? "");
  const [a, aPower] = fraction(token);
  const [b, bPower] = fraction(String(value));
  const least = aPower < bPower ? aPower : bPower;
  return a * 10n ** (aPower - least) === b * 10n ** (bPower - least);
}

/** A decimal as an integer times a power of ten. */
function fraction(token: string): [bigint, bigint] {
  const [mantissa = "", power = "0"] = token.split(/[eE]/);
  const [whole = "", part = ""] = mantissa.split(".");
  return [
    BigInt(whole.replace(/^-/, "") + part),
    BigInt(power.replace(/^\+/, "")) - BigInt(part.length),
  ];
}
