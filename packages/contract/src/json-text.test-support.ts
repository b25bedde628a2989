import type { Value } from "./oracle.test-support.ts";

/** JSON text of a value, with space, escapes and number forms strewn in. */
export function textOf(value: Value, random: Iterator<number>): string {
  const roll = (of: number): number => Number(random.next().value) % of;
  const space = (): string => ["", "", "", " ", "\n", "\t\r"][roll(6)] ?? "";
  const escaped = (token: string): string => {
    if (token.startsWith("\\") || roll(8) > 0) return token;
    const hex = (unit: string): string => unit.charCodeAt(0).toString(16).padStart(4, "0");
    return token
      .split("")
      .map((unit) => `\\u${hex(unit)}`)
      .join("");
  };
  const quoted = (text: string): string => {
    const inside = JSON.stringify(text).slice(1, -1);
    const tokens = /\\u....|\\.|[\ud800-\udbff][\udc00-\udfff]|./gs;
    return `"${inside.replace(tokens, escaped)}"`;
  };
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return roll(4) === 0 ? value.toExponential() : String(value);
  if (Array.isArray(value)) {
    return `[${space()}${value.map((element) => textOf(element, random) + space()).join(`,${space()}`)}]`;
  }
  if (!(value instanceof Map)) return String(value);
  const members = [...value].map(([name, member]) => {
    return `${quoted(name)}${space()}:${space()}${textOf(member, random)}${space()}`;
  });
  return `{${space()}${members.join(`,${space()}`)}}`;
}
