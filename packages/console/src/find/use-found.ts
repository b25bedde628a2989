import { useEffect, useRef, useState } from "preact/hooks";
import type { Found, FoundPage } from "../source/answers.ts";
import type { LogSource } from "../source/source.ts";

/** What has been found so far, page by page. */
export interface FoundSoFar {
  readonly events: readonly Found[];
  readonly total: FoundPage["total"] | undefined;
  /** Where the next page goes on; null at the end. */
  readonly next: number | null;
  readonly fault: unknown;
  readonly isWaiting: boolean;
}

const FIRST_PAGE = 100;
const NEXT_PAGE = 500;
/** Rows that a browser can scroll through at all. */
export const MOST_ROWS = 500_000;

const NOTHING: FoundSoFar = {
  events: [],
  total: undefined,
  next: null,
  fault: undefined,
  isWaiting: true,
};

/**
 * The events that a filter takes: the first page at once, the following ones as they are asked for.
 * What an earlier filter found stays in sight until the first page of this one is there.
 */
export function useFound(
  source: LogSource,
  filter: string,
): readonly [found: FoundSoFar, more: () => void] {
  const [found, setFound] = useState(NOTHING);
  const asking = useRef<AbortController | undefined>(undefined);
  const ask = async (after: number | null, before: readonly Found[]): Promise<void> => {
    const control = new AbortController();
    asking.current = control;
    setFound((now) => ({ ...now, isWaiting: true }));
    const page = after === null ? `limit=${FIRST_PAGE}` : `after=${after}&limit=${NEXT_PAGE}`;
    const path = `v1/search?${filter === "" ? "" : `${filter}&`}${page}`;
    try {
      const { events, total, next } = await source.json<FoundPage>(path, control.signal);
      const all = before.length === 0 ? events : [...before, ...events];
      if (control.signal.aborted) return;
      setFound({ events: all, total, next, fault: undefined, isWaiting: false });
    } catch (fault) {
      if (control.signal.aborted) return;
      setFound({ ...NOTHING, events: before, fault, isWaiting: false });
    }
  };
  useEffect(() => {
    void ask(null, []);
    return () => asking.current?.abort();
  }, [source, filter]);
  const more = (): void => {
    if (found.isWaiting || found.next === null || found.events.length >= MOST_ROWS) return;
    void ask(found.next, found.events);
  };
  return [found, more];
}
