/**
 * How often a property is tried: enough for every change; with WRIT_LONG=1, for every release.
 * @param part where that takes seconds, what is enough for a look before the change is sent in;
 * WRIT_RUNS=all makes it the usual count
 */
export function runs(usual: number, long: number, part: number = usual): number {
  if (process.env.WRIT_LONG !== undefined) return long;
  return process.env.WRIT_RUNS === "all" ? usual : part;
}
