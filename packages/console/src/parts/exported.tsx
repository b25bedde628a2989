import { TILE_WIDTH } from "@writ/tlog/tile-path";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { eventsOfBundle, headOf } from "../source/export.ts";
import type { LogSource } from "../source/source.ts";
import { EventHead, EventRow } from "./event-row.tsx";
import { Fault } from "./fault.tsx";
import { count } from "./format.ts";
import { Notice } from "./notice.tsx";
import { useAnswer } from "./use-answer.ts";

/** What a folder of files can show of a log, bundle by bundle, and what it cannot. */
export function ExportedView({
  source,
  title,
  lacks,
}: {
  readonly source: LogSource;
  readonly title: string;
  /** What would need the audit process. */
  readonly lacks: string;
}): VNode {
  const head = useAnswer((signal) => headOf(source, signal), [source]);
  const size = head.answer?.size ?? 0;
  const [chosen, setChosen] = useState<number>();
  const last = Math.max(0, Math.ceil(size / TILE_WIDTH) - 1);
  const bundle = Math.min(chosen ?? last, last);
  const events = useAnswer(
    async (signal) => (size === 0 ? [] : eventsOfBundle(source, bundle, size, signal)),
    [source, size, bundle],
  );
  return (
    <>
      <h1>{title}</h1>
      {head.answer === undefined ? null : (
        <Notice>
          <p>
            This page was written by an export: a folder of files, as they were at {count(size)}{" "}
            events. {lacks} need the audit process; every event can be read here, and proved.
          </p>
        </Notice>
      )}
      {head.fault === undefined ? null : <Fault fault={head.fault} />}
      {head.answer === undefined ? null : (
        <section class="sheet" aria-labelledby="bundle">
          <header class="head">
            <h2 id="bundle">
              Events {count(bundle * TILE_WIDTH)} to{" "}
              {count(Math.max(0, Math.min(size, (bundle + 1) * TILE_WIDTH) - 1))}
            </h2>
            <span>
              <button
                type="button"
                class="button"
                disabled={bundle === 0}
                onClick={() => setChosen(bundle - 1)}
              >
                Older
              </button>{" "}
              <button
                type="button"
                class="button"
                disabled={bundle === last}
                onClick={() => setChosen(bundle + 1)}
              >
                Newer
              </button>
            </span>
          </header>
          {events.fault === undefined ? null : <Fault fault={events.fault} />}
          <EventHead />
          <ol>
            {(events.answer ?? []).map((event) => (
              <li key={event.index}>
                <EventRow event={event} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}
