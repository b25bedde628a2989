import type { Event } from "@writ/contract/event";
import type { VNode } from "preact";
import { EventHead, EventRow } from "../parts/event-row.tsx";
import { Fault } from "../parts/fault.tsx";
import { count } from "../parts/format.ts";
import { useAnswer } from "../parts/use-answer.ts";
import { hashOf } from "../shell/route.ts";
import type { FoundPage } from "../source/answers.ts";
import type { LogSource } from "../source/source.ts";
import type { ReadEvent } from "./read-event.ts";

const SHOWN = 20;

/** Other attempts with this trace_id: the same input, judged by the same policy. */
export function SameInput({
  source,
  read: { index },
  event,
}: {
  readonly source: LogSource;
  readonly read: ReadEvent;
  readonly event: Event | undefined;
}): VNode {
  const traceId = event?.trace_id ?? "";
  const isSearched = source.kind === "audit" && traceId !== "";
  const { answer, fault } = useAnswer(
    async (signal) => (isSearched ? await search(source, traceId, signal) : undefined),
    [source, traceId],
  );
  const others = answer?.events.filter((each) => each.index !== index) ?? [];
  return (
    <section class="sheet same-input" aria-labelledby="same-title">
      <h2 id="same-title">The same input, judged at other times</h2>
      {isSearched ? null : <p>To look for it needs the audit process.</p>}
      {fault === undefined ? null : <Fault fault={fault} />}
      {answer === undefined ? null : (
        <p>
          {said(index, answer)}{" "}
          <span class="quiet">By the server's search; an event is proved where it is opened.</span>
        </p>
      )}
      {others.length === 0 ? null : <EventHead />}
      <ol>
        {others.map((each) => (
          <li key={each.index}>
            <EventRow event={each} />
          </li>
        ))}
      </ol>
      {answer === undefined || answer.next === null ? null : (
        <p>
          <a href={hashOf("find", "", new URLSearchParams({ trace_id: traceId }))}>All of them</a>
        </p>
      )}
    </section>
  );
}

async function search(source: LogSource, traceId: string, signal: AbortSignal): Promise<FoundPage> {
  const query = new URLSearchParams({ trace_id: traceId, limit: String(SHOWN) });
  return source.json<FoundPage>(`v1/search?${query}`, signal);
}

/** `total` is what the index counts, the event itself among them. */
function said(index: number, { events, total }: FoundPage): string {
  const others = total.count - 1;
  if (others <= 0) return "No other event has this trace_id.";
  const isOlder = events.some((each) => each.index < index);
  const before = isOlder ? "The same input was judged before, by the same policy." : "";
  const least = total.isExact ? "" : "at least ";
  return `${before} ${least}${count(others)} other ${others === 1 ? "event has" : "events have"} this trace_id.`.trim();
}
