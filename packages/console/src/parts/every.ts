import { useEffect } from "preact/hooks";

/**
 * Runs `work` at once, and again `pause` milliseconds after it has ended, while the page is looked
 * at; a page that nobody sees asks nothing. Begins anew when one of `of` is another.
 */
export function useEvery(
  pause: number,
  work: (signal: AbortSignal) => Promise<void>,
  of: readonly unknown[],
): void {
  useEffect(() => {
    const gone = new AbortController();
    let timer = 0;
    const round = async (): Promise<void> => {
      if (!document.hidden) await work(gone.signal);
      if (!gone.signal.aborted) timer = window.setTimeout(round, pause);
    };
    void round();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, of);
}
