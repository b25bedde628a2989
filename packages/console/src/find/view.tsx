import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { EventHead } from "../parts/event-row.tsx";
import { Fault } from "../parts/fault.tsx";
import { count } from "../parts/format.ts";
import { Gate } from "../parts/gate.tsx";
import { VirtualList } from "../parts/virtual-list.tsx";
import { hashOf } from "../shell/route.ts";
import { replaceRoute } from "../shell/use-route.ts";
import type { ViewProps } from "../shell/view.ts";
import { SourceRefused } from "../source/source.ts";
import { filterOf, withValue } from "./filter.ts";
import { FilterForm } from "./form.tsx";
import { OverTime } from "./over-time.tsx";
import { type FoundSoFar, MOST_ROWS, useFound } from "./use-found.ts";

/** *Find*: the events that meet every condition of the address. */
export function View({ source, route, say }: ViewProps): VNode {
  const filter = filterOf(route.query);
  const [found, more] = useFound(source, filter.toString());
  const change = (to: URLSearchParams): void => replaceRoute(hashOf("find", "", to));
  const total = totalText(found);
  useEffect(() => {
    if (!found.isWaiting && found.fault === undefined) say(total);
  }, [total, found.isWaiting]);
  if (found.fault instanceof SourceRefused && found.fault.code === "KEY_NEEDED") {
    return (
      <>
        <h1>Find</h1>
        <Gate isRefused />
      </>
    );
  }
  return (
    <>
      <div class="head is-left">
        <h1>Find</h1>
        <p class="quiet" aria-busy={found.isWaiting}>
          {total}
        </p>
      </div>
      <FilterForm {...{ source, filter }} onChange={change} />
      <section class="sheet found" aria-label="What was found">
        <OverTime
          {...{ source, filter }}
          onRange={(from, to) => change(withValue(withValue(filter, "from", from), "to", to))}
        />
        {found.fault === undefined ? null : <Fault fault={found.fault} />}
        <EventHead />
        <VirtualList
          // Another filter begins at its top.
          key={filter.toString()}
          label="Events found"
          events={found.events}
          total={found.total?.isExact === true ? found.total.count : undefined}
          onNearEnd={more}
        />
        {found.events.length >= MOST_ROWS ? (
          <p class="quiet">
            {count(MOST_ROWS)} rows are shown; narrow the filter to see the others.
          </p>
        ) : null}
      </section>
    </>
  );
}

function totalText({ total }: FoundSoFar): string {
  if (total === undefined) return "";
  return `${total.isExact ? "" : "at least "}${count(total.count)} ${total.count === 1 ? "event" : "events"}`;
}
