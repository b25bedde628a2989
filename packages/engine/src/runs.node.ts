/** How often a property is tried: enough for every change; with WRIT_LONG=1, for every release. */
export function runs(usual: number, long: number): number {
  return process.env.WRIT_LONG === undefined ? usual : long;
}
