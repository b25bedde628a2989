import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { EventHead, EventRow } from "../parts/event-row.tsx";
import { count } from "../parts/format.ts";
import { hashOf } from "../shell/route.ts";
import type { Found } from "../source/answers.ts";
import { ARRIVALS } from "./live.ts";

/**
 * The newest decisions. Places stand still and what is in them changes, and not under a reader's
 * hand: while a row is pointed at or has the focus, the list is held.
 */
export function Arrivals({
  arrivals,
  size,
}: {
  readonly arrivals: readonly Found[];
  readonly size: number;
}): VNode {
  const [isAsked, setAsked] = useState(false);
  const [isRead, setRead] = useState(false);
  const [held, setHeld] = useState(arrivals);
  const isHeld = isAsked || isRead;
  if (!isHeld && held !== arrivals) setHeld(arrivals);
  const shown = isHeld ? held : arrivals;
  const behind = size - 1 - (shown[0]?.index ?? size - 1);
  const places = Array.from({ length: ARRIVALS }, (_, place) => shown[place]);
  return (
    <section class="sheet" aria-labelledby="arrivals">
      <header class="head">
        <h2 id="arrivals">
          As they arrive{" "}
          <span class="quiet small">
            {isHeld ? `held${behind > 0 ? `, ${count(behind)} newer` : ""}` : "live"}
          </span>
        </h2>
        <span>
          <button
            type="button"
            class="button small"
            aria-pressed={isAsked}
            onClick={() => setAsked(!isAsked)}
          >
            Hold
          </button>{" "}
          <a href={hashOf("find")}>All in Find</a>
        </span>
      </header>
      <EventHead />
      <ol
        class="arrivals"
        onPointerEnter={() => setRead(true)}
        onPointerLeave={() => setRead(false)}
        onFocusIn={() => setRead(true)}
        onFocusOut={() => setRead(false)}
      >
        {places.map((event, place) => (
          <li key={place}>{event === undefined ? <Empty /> : <EventRow event={event} />}</li>
        ))}
      </ol>
    </section>
  );
}

function Empty(): VNode {
  return <div class="event-row" />;
}
