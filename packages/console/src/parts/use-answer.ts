import { useEffect, useState } from "preact/hooks";

/** What became of something asked for. While a new answer is waited for, the one before stays. */
export interface Answered<T> {
  readonly answer: T | undefined;
  readonly fault: unknown;
  readonly isWaiting: boolean;
}

/** What one of several questions came to: whatever became of the others. */
export type Settled<T> = Pick<Answered<T>, "answer" | "fault">;

export function settled<T>(asked: Promise<T>): Promise<Settled<T>> {
  return asked.then(
    (answer) => ({ answer, fault: undefined }),
    (fault: unknown) => ({ answer: undefined, fault }),
  );
}

/** Asks when the view is shown and whenever one of `of` is another; gives up what nobody waits for. */
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  of: readonly unknown[],
): Answered<T> {
  const [state, setState] = useState<Answered<T>>(NOTHING_YET as Answered<T>);
  useEffect(() => {
    const gone = new AbortController();
    setState(({ answer }) => ({ answer, fault: undefined, isWaiting: true }));
    ask(gone.signal).then(
      (answer) => {
        if (!gone.signal.aborted) setState({ answer, fault: undefined, isWaiting: false });
      },
      (fault: unknown) => {
        if (!gone.signal.aborted) setState({ answer: undefined, fault, isWaiting: false });
      },
    );
    return () => gone.abort();
  }, of);
  return state;
}

const NOTHING_YET: Answered<never> = { answer: undefined, fault: undefined, isWaiting: true };
