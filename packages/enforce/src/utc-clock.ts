let lastMs = Number.NaN;
let text = "";

/** The machine's time as events state it: RFC 3339, UTC, milliseconds. Written once a millisecond. */
export function utcNow(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    text = new Date(now).toISOString();
  }
  return text;
}
