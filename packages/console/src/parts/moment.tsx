import type { VNode } from "preact";
import { clock } from "./format.ts";

/** An instant, in UTC as everywhere in the log. */
export function Moment({ at }: { /** RFC 3339, UTC. */ readonly at: string }): VNode {
  return (
    <time dateTime={at} title={at}>
      <span class="date">{at.slice(0, 10)} </span>
      {clock(at)}
    </time>
  );
}
