import type { VNode } from "preact";
import { hashOf } from "../shell/route.ts";
import type { Found } from "../source/answers.ts";
import { count } from "./format.ts";
import { Moment } from "./moment.tsx";
import { Outcome } from "./outcome.tsx";
import { plainText } from "./plain-text.ts";

/** Below this width a row takes two lines. */
export const NARROW = "(max-width: 860px)";
export const ROW_HEIGHT = { wide: 28, narrow: 52 } as const;

/** One event in a list: a link to all of it. */
export function EventRow({
  event,
  tabIndex,
}: {
  readonly event: Found;
  readonly tabIndex?: number;
}): VNode {
  const { index, timestamp, decision, status, action_type, reason_code, caller, trace_id } = event;
  return (
    <a class="event-row" href={hashOf("event", String(index))} tabIndex={tabIndex}>
      <span class="at-index num">{count(index)}</span>
      <span class="at-time">
        <Moment at={timestamp} />
      </span>
      <span class="at-outcome">
        <Outcome of={decision} />
      </span>
      <span class="at-failed">{status === "failed" ? <Outcome of="failed" /> : null}</span>
      <span class="at-action">{plainText(action_type)}</span>
      <span class="at-reason">{plainText(reason_code)}</span>
      <span class="at-caller quiet">{plainText(caller ?? "–")}</span>
      <code class="at-trace quiet">{trace_id.slice(0, 8)}</code>
    </a>
  );
}

const COLUMNS = [
  ["index", "Index"],
  ["time", "Time (UTC)"],
  ["outcome", "Outcome"],
  ["failed", "Failed"],
  ["action", "Action"],
  ["reason", "Reason"],
  ["caller", "Caller"],
  ["trace", "Trace"],
] as const;

/** What the columns are; each row's link says its values by itself. */
export function EventHead(): VNode {
  return (
    <div class="event-row is-head" aria-hidden="true">
      {COLUMNS.map(([name, word]) => (
        <span key={name} class={`at-${name}${name === "index" ? " num" : ""}`}>
          {word}
        </span>
      ))}
    </div>
  );
}
