import { RE2JS } from "@bufbuild/re2";

/** UTF-16 units of a pattern. */
const MAX_PATTERN = 1024;
/** Instructions of the compiled program: matching costs at most this many a code point. */
const MAX_PROGRAM = 1024;

export interface Pattern {
  /** Whether the pattern matches anywhere in `text`. Time is linear in `text`. */
  test(text: string): boolean;
}

/**
 * Compiles an RE2 pattern: no back-references, no look-around, so that no input can make it
 * backtrack. The same patterns serve `matches()` in rules and `pattern` in shapes.
 */
export function compilePattern(source: string): Pattern | { readonly fault: string } {
  if (source.length > MAX_PATTERN) return { fault: `write at most ${MAX_PATTERN} characters` };
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.re2().prog.inst.length > MAX_PROGRAM) {
      return { fault: "write smaller repetition counts: the pattern is too large" };
    }
    return { test: (text) => compiled.test(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : "not understood";
    return { fault: `write an RE2 pattern: ${why}` };
  }
}
