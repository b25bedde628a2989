/** The passing of time, for work that follows a commit by a delay. Orders and stamps nothing. */
export interface Clock {
  /** Milliseconds since some fixed moment; never falls. */
  now(): number;
  /** Runs `act` once after `milliseconds`; gives what calls that off. */
  after(milliseconds: number, act: () => void): () => void;
  /** Lets whatever else waits in this process go first. */
  breathe(): Promise<void>;
}

export const machineClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};
