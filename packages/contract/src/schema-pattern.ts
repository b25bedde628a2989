/**
 * The regular expressions that shapes admit (SPEC 5.6): what all RE2s read alike. Whether an input
 * is refused may depend on no table of Unicode and no engine's limits, so the rest of RE2 (flags,
 * names, `\p`, `\Q`) is not admitted, and size has a measure of its own.
 */
import { lowerText } from "./unicode.ts";

/** UTF-16 code units. */
const MAX_LENGTH = 1024;
const MAX_SIZE = 1000;
const MAX_GROUPS = 100;

const ESCAPE = String.raw`\\(?:[fnrtv]|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\}|[!-/:-@\[-\x60{-~])`;
const POINT = String.raw`(?:[^\\\][-]|${ESCAPE})`;
const NAMES = "alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit";
const MEMBER = String.raw`${POINT}(?:-${POINT})?|\\[dDsSwW]|\[:\^?(?:${NAMES}):\]`;
const CLASS = String.raw`\[(?!\^?\])\^?-?(?:${MEMBER})*-?\]`;

/** One atom other than a group. */
const ATOM = new RegExp(String.raw`[^\\[(){|*+?]|\\[AzbBdDsSwW]|${ESCAPE}|${CLASS}`, "uy");
const GROUP = /\((?:\?:)?/y;
const REPETITION = /(?:[*+?]|\{(?<least>0|[1-9][0-9]{0,3})(?:,(?<most>0|[1-9][0-9]{0,3})?)?\})\??/y;
const ESCAPED = /\\(?:x\{(?<long>[^}]*)\}|x..|.)/gs;

class NotAdmitted extends Error {}

/** What to do about a pattern that shapes do not admit; undefined about any other. */
export function patternFault(source: string): string | undefined {
  try {
    if (source.length > MAX_LENGTH) fail(`write at most ${MAX_LENGTH} characters`);
    const size = new PatternReader(source).size();
    if (size > MAX_SIZE) fail("write smaller repetition counts: the pattern is too large");
    return undefined;
  } catch (error) {
    if (error instanceof NotAdmitted) return error.message;
    throw error;
  }
}

function fail(advice: string): never {
  throw new NotAdmitted(advice);
}

/** Measures a pattern; throws NotAdmitted. */
class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  size(): number {
    const size = this.#alternatives(0);
    if (this.#at < this.#source.length) fail("open a group before this ), or write \\)");
    return size;
  }

  #alternatives(groups: number): number {
    let size = this.#branch(groups);
    while (this.#take(/\|/y) !== null) size += 1 + this.#branch(groups);
    return size;
  }

  #branch(groups: number): number {
    let size = 0;
    while (this.#at < this.#source.length && !")|".includes(this.#source.charAt(this.#at))) {
      size += this.#piece(groups);
    }
    return Math.max(size, 1);
  }

  #piece(groups: number): number {
    const size = this.#take(GROUP) === null ? this.#atom() : this.#group(groups + 1);
    const repetition = this.#take(REPETITION);
    if (repetition === null) return size;
    const { least = "1", most = least } = repetition.groups ?? {};
    return (size + 1) * Math.max(Number(most), 1);
  }

  #group(groups: number): number {
    if (groups > MAX_GROUPS) fail(`nest groups at most ${MAX_GROUPS} deep`);
    const size = this.#alternatives(groups);
    if (this.#take(/\)/y) === null) fail("close the group");
    return size + 2;
  }

  #atom(): number {
    const atom = this.#take(ATOM)?.[0];
    if (atom === undefined) return fail(adviceOn(this.#source.slice(this.#at)));
    for (const { groups } of atom.matchAll(ESCAPED)) {
      const number = Number.parseInt(groups?.long ?? "0", 16);
      const surrogate = number >= 0xd800 && number <= 0xdfff;
      if (surrogate || number > 0x10ffff) fail("let \\x{…} name a code point that texts can hold");
    }
    const written = atom.replace(ESCAPED, "");
    if (lowerText(written) !== written) {
      fail("write lowercase: the value is matched after normalization");
    }
    return 1;
  }

  #take(what: RegExp): RegExpExecArray | null {
    // A copy, since it remembers where it stood, and what a module holds must remember nothing.
    const copy = new RegExp(what);
    copy.lastIndex = this.#at;
    const taken = copy.exec(this.#source);
    if (taken !== null) this.#at = copy.lastIndex;
    return taken;
  }
}

/** Where no atom begins. */
function adviceOn(rest: string): string {
  if (rest.startsWith("[")) {
    return "write a class such as [a-z] or [^a-z\\[-], with \\ before [ ] and any - that is no range";
  }
  if (rest.startsWith("\\")) return "leave out this escape: shapes do not know it";
  if (rest.startsWith("?")) return "write ( or (?: : groups have no flags, names or look-around";
  return `repeat something, or write \\${rest.charAt(0)}`;
}
