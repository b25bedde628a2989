import type { VNode } from "preact";

/** A hash or key, whole, or its beginning with the whole in reach of a pointer. */
export function Hash({
  text,
  short = 0,
}: {
  readonly text: string;
  /** So many characters are shown; all of them if left out. */
  readonly short?: number;
}): VNode {
  if (short === 0 || text.length <= short) return <code>{text}</code>;
  return <code title={text}>{text.slice(0, short)}…</code>;
}
