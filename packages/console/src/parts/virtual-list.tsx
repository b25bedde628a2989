import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Found } from "../source/answers.ts";
import { EventRow, NARROW, ROW_HEIGHT } from "./event-row.tsx";
import { useMedia } from "./use-width.ts";

/** Rows beyond the edge that are there already: for fast hands, and for screen readers. */
const BEYOND = 12;
/** So near the end of what is loaded, more is asked for. */
const AHEAD = 150;

/**
 * A long list of which only what is in sight is in the document. Arrow keys, Home, End and the page
 * keys move along it; one row at a time can be reached by Tab.
 */
export function VirtualList({
  label,
  events,
  total,
  onNearEnd,
}: {
  readonly label: string;
  readonly events: readonly Found[];
  /** Of the whole list, if it is known exactly. */
  readonly total: number | undefined;
  readonly onNearEnd: () => void;
}): VNode {
  const frame = useRef<HTMLDivElement>(null);
  const height = useMedia(NARROW) ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
  const [{ first, last }, setSight] = useState({ first: 0, last: 40 });
  const [active, setActive] = useState(0);
  const isMoving = useRef(false);
  const look = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = frame.current ?? {};
    setSight({
      first: Math.max(0, Math.floor(scrollTop / height) - BEYOND),
      last: Math.ceil((scrollTop + clientHeight) / height) + BEYOND,
    });
  };
  useLayoutEffect(look, [height, events.length === 0]);
  useEffect(() => {
    if (last > events.length - AHEAD) onNearEnd();
  }, [last, events]);
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    isMoving.current = false;
    frame.current?.querySelector<HTMLElement>(`[data-row="${active}"] a`)?.focus();
  });
  const move = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / height) - 1);
    const to = target(event.key, active, page, events.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    isMoving.current = true;
    setActive(to);
    scrollToRow(frame.current, to, height);
    look();
  };
  const shown = events.slice(first, last);
  return (
    <div class="list" ref={frame} onScroll={look}>
      <ol aria-label={label} onKeyDown={move} style={{ blockSize: `${events.length * height}px` }}>
        {shown.map((event, at) => {
          const row = first + at;
          return (
            <li
              key={event.index}
              data-row={row}
              aria-posinset={row + 1}
              aria-setsize={total ?? -1}
              style={{ insetBlockStart: `${row * height}px` }}
              onFocusIn={() => setActive(row)}
            >
              <EventRow event={event} tabIndex={row === active ? 0 : -1} />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** The row that a key leads to; `undefined` for any other key. */
function target(key: string, active: number, page: number, last: number): number | undefined {
  const to = new Map([
    ["ArrowDown", active + 1],
    ["ArrowUp", active - 1],
    ["PageDown", active + page],
    ["PageUp", active - page],
    ["Home", 0],
    ["End", last],
  ]).get(key);
  return to === undefined ? undefined : Math.min(Math.max(to, 0), Math.max(0, last));
}

function scrollToRow(frame: HTMLElement | null, row: number, height: number): void {
  if (frame === null) return;
  const [top, bottom] = [row * height, (row + 1) * height];
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (bottom > frame.scrollTop + frame.clientHeight) {
    frame.scrollTop = bottom - frame.clientHeight;
  }
}
