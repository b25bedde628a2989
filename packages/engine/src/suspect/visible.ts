/** What could let a character in that nobody sees, outside and inside a class. */
const OPEN = /[^\x20-\x7e]|\\[^dws\\^$.*+?()[\]{}|/-]/;

/**
 * Whether a pattern certainly admits visible ASCII and white space alone: anchored at both ends,
 * made of ASCII literals and of classes that list what they admit. False means unknown.
 */
export function admitsVisibleOnly(pattern: string): boolean {
  if (!pattern.startsWith("^") || !/(?:^|[^\\])(?:\\\\)*\$$/.test(pattern)) return false;
  const body = pattern.slice(1, -1);
  if (OPEN.test(body) || /\(\?(?!:)/.test(body)) return false;
  const outside = body.replace(/\\./g, "x").replace(/\[(\^?)\]?[^\]]*\]/g, "<$1>");
  return !outside.includes(".") && !outside.includes("<^>") && !splits(outside);
}

/** An alternative outside all groups escapes the anchors. */
function splits(outside: string): boolean {
  let depth = 0;
  for (const character of outside) {
    if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    else if (character === "|" && depth === 0) return true;
  }
  return false;
}
