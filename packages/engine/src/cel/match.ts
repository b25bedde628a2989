/**
 * The match of a sticky pattern exactly at `at`. It is made by a copy: a regular expression
 * remembers where it stood last, and what a module holds must remember nothing.
 */
export function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  const copy = new RegExp(pattern);
  copy.lastIndex = at;
  return copy.exec(source);
}
