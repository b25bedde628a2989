import { exactDouble } from "./decimal.ts";
import { type Json, JsonObject } from "./json.ts";

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LETTER_E = 0x65;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Any unit that a string cannot simply contain: the quote, the backslash, U+0000 to U+001F. */
const STOPS: Uint8Array = new Uint8Array(65_536);
STOPS.fill(1, 0, 0x20);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** Fifteen digits always survive binary64 as an integer, and add up exactly. */
const EXACT_DIGITS = 15;

/** From here on a set of names pays for itself. */
const MANY_NAMES = 12;

/** The names one object has had so far. */
export class Names {
  readonly list: string[] = [];
  #seen: Set<string> | undefined;

  /** False if the name is there already. */
  add(name: string): boolean {
    if (this.list.length < MANY_NAMES) {
      if (this.list.includes(name)) return false;
    } else {
      this.#seen ??= new Set(this.list);
      if (this.#seen.has(name)) return false;
      this.#seen.add(name);
    }
    this.list.push(name);
    return true;
  }
}

/**
 * Reads strict JSON from decoded text, forward only. Each method that reads starts at the first
 * unit of what it reads and leaves `at` behind its last; a `SyntaxError` leaves `at` at the fault.
 *
 * Recursion is bounded by `maxDepth`. Whatever nests deeper is checked to the same grammar by a
 * loop, yields `null`, and is noted in `tooDeep`: the caller decides what that means, because an
 * input that is too deep still has an end, and bytes that name it.
 */
export class JsonReader {
  readonly text: string;
  /** Every unit is one byte of the received UTF-8. */
  readonly ascii: boolean;
  at = 0;
  /** Where the first container beyond `maxDepth` opens; -1 if none did. */
  tooDeep = -1;
  readonly #maxDepth: number;
  readonly #end: number;

  constructor(text: string, ascii: boolean, maxDepth: number) {
    this.text = text;
    this.ascii = ascii;
    this.#maxDepth = maxDepth;
    this.#end = text.length;
  }

  /** Skips white space; the unit after it, -1 at the end. */
  space(): number {
    let unit = this.#unit(this.at);
    while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) {
      unit = this.#unit(++this.at);
    }
    return unit;
  }

  /** After the value: nothing but white space may follow. */
  finish(): void {
    if (this.space() >= 0) throw this.#fault("end after one JSON value");
  }

  /** A value that stands inside `depth` open containers. */
  value(depth: number): Json {
    switch (this.#unit(this.at)) {
      case QUOTE:
        return this.string();
      case OPEN_OBJECT:
        return depth < this.#maxDepth ? this.#object(depth + 1) : this.#deeper();
      case OPEN_ARRAY:
        return depth < this.#maxDepth ? this.#array(depth + 1) : this.#deeper();
      default:
        return this.#scalar();
    }
  }

  /** Skips white space up to an object; false if something else stands there. */
  startsObject(): boolean {
    return this.space() === OPEN_OBJECT;
  }

  /** Enters an object; false if it is empty, and then it is left again. */
  enterObject(): boolean {
    this.at++;
    if (this.space() !== CLOSE_OBJECT) return true;
    this.at++;
    return false;
  }

  /** A member's name and colon, up to its value. */
  name(names: Names): string {
    if (this.#unit(this.at) !== QUOTE) throw this.#fault("begin a member with its quoted name");
    const start = this.at;
    const name = this.string();
    if (!names.add(name)) {
      this.at = start;
      throw this.#fault("name each member of an object once");
    }
    if (this.space() !== COLON) throw this.#fault("put a colon after a member's name");
    this.at++;
    this.space();
    return name;
  }

  /** Behind a member: true if another follows, false behind the object's end. */
  anotherMember(): boolean {
    return this.#another(CLOSE_OBJECT);
  }

  #object(depth: number): JsonObject {
    const names = new Names();
    const values: Json[] = [];
    if (this.enterObject()) {
      do {
        this.name(names);
        values.push(this.value(depth));
      } while (this.#another(CLOSE_OBJECT));
    }
    return new JsonObject(names.list, values);
  }

  #array(depth: number): Json[] {
    const values: Json[] = [];
    if (!this.#enterArray()) return values;
    do values.push(this.value(depth));
    while (this.#another(CLOSE_ARRAY));
    return values;
  }

  #enterArray(): boolean {
    this.at++;
    if (this.space() !== CLOSE_ARRAY) return true;
    this.at++;
    return false;
  }

  #another(close: number): boolean {
    const unit = this.space();
    this.at++;
    if (unit === COMMA) {
      this.space();
      return true;
    }
    if (unit === close) return false;
    this.at--;
    throw this.#fault("separate with a comma, or close what is open");
  }

  /** Checks a container without keeping it and without recursion, however deep it nests. */
  #deeper(): null {
    if (this.tooDeep < 0) this.tooDeep = this.at;
    const open: (Names | null)[] = [];
    do {
      if (!this.#opened(open)) this.#closed(open);
    } while (open.length > 0);
    return null;
  }

  /** Reads up to the first value of a container (true), or a whole value (false). */
  #opened(open: (Names | null)[]): boolean {
    const unit = this.#unit(this.at);
    if (unit === OPEN_OBJECT && this.enterObject()) {
      const names = new Names();
      this.name(names);
      open.push(names);
      return true;
    }
    if (unit === OPEN_ARRAY && this.#enterArray()) {
      open.push(null);
      return true;
    }
    if (unit === QUOTE) this.string();
    else if (unit !== OPEN_OBJECT && unit !== OPEN_ARRAY) this.#scalar();
    return false;
  }

  /** Behind a value: on to the next one, leaving the containers that end here. */
  #closed(open: (Names | null)[]): void {
    while (open.length > 0) {
      const names = open[open.length - 1] ?? null;
      if (this.#another(names === null ? CLOSE_ARRAY : CLOSE_OBJECT)) {
        if (names !== null) this.name(names);
        return;
      }
      open.pop();
    }
  }

  #scalar(): Json {
    const unit = this.#unit(this.at);
    if (unit === MINUS || (unit >= ZERO && unit <= NINE)) return this.#number();
    if (this.#literal("null")) return null;
    if (this.#literal("true")) return true;
    if (this.#literal("false")) return false;
    throw this.#fault("put a JSON value here");
  }

  #literal(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  #number(): number {
    const start = this.at;
    const negative = this.#unit(start) === MINUS;
    const first = negative ? start + 1 : start;
    let at = first;
    let sum = 0;
    let unit = this.#unit(at);
    while (unit >= ZERO && unit <= NINE) {
      sum = sum * 10 + (unit - ZERO);
      unit = this.#unit(++at);
    }
    this.at = at;
    if (at === first) throw this.#fault("write digits here");
    if (this.#unit(first) === ZERO && at - first > 1) {
      this.at = first;
      throw this.#fault("write numbers without leading zeros");
    }
    const integer = unit !== POINT && (unit | 0x20) !== LETTER_E;
    if (integer && at - first <= EXACT_DIGITS) return negative && sum !== 0 ? -sum : sum;
    return this.#decimal(start);
  }

  /** The rest of a number with a fraction, an exponent or many digits. */
  #decimal(start: number): number {
    if (this.#unit(this.at) === POINT) {
      this.at++;
      this.#digits();
    }
    if ((this.#unit(this.at) | 0x20) === LETTER_E) {
      const sign = this.#unit(++this.at);
      if (sign === PLUS || sign === MINUS) this.at++;
      this.#digits();
    }
    const value = exactDouble(this.text.slice(start, this.at));
    if (value !== undefined) return value;
    this.at = start;
    throw this.#fault("send a number that binary64 holds exactly, or send it as a string");
  }

  #digits(): void {
    const first = this.at;
    let unit = this.#unit(first);
    while (unit >= ZERO && unit <= NINE) unit = this.#unit(++this.at);
    if (this.at === first) throw this.#fault("write digits here");
  }

  /** A string, from its opening quote. */
  string(): string {
    const start = this.at + 1;
    const end = this.#stop(start);
    if (this.text.charCodeAt(end) !== QUOTE) return this.#escaped(start, end);
    this.at = end + 1;
    return this.text.slice(start, end);
  }

  /** The index of the first unit from `at` on that a string cannot simply contain. */
  #stop(at: number): number {
    const text = this.text;
    const end = this.#end;
    let i = at;
    while (i < end && STOPS[text.charCodeAt(i)] === 0) i++;
    if (i < end) return i;
    this.at = end;
    throw this.#fault("close the string");
  }

  #escaped(start: number, firstStop: number): string {
    let value = "";
    let from = start;
    let stop = firstStop;
    while (this.text.charCodeAt(stop) === BACKSLASH) {
      value += this.text.slice(from, stop);
      this.at = stop;
      value += this.#escape();
      from = this.at;
      stop = this.#stop(from);
    }
    this.at = stop;
    if (this.text.charCodeAt(stop) !== QUOTE) throw this.#fault("escape control characters");
    this.at = stop + 1;
    return value + this.text.slice(from, stop);
  }

  /** One escape, or two that make a surrogate pair. */
  #escape(): string {
    const letter = this.text.charAt(this.at + 1);
    const simple = ESCAPES.get(letter);
    if (simple !== undefined) {
      this.at += 2;
      return simple;
    }
    if (letter !== "u") throw this.#fault("use one of JSON's escapes");
    const unit = this.#hexUnit(this.at);
    if (unit < 0xd800 || unit > 0xdfff) {
      this.at += 6;
      return String.fromCharCode(unit);
    }
    // A raw character can never complete an escaped half: valid UTF-8 holds no surrogate.
    const paired = unit <= 0xdbff && this.text.startsWith("\\u", this.at + 6);
    const low = paired ? this.#hexUnit(this.at + 6) : 0;
    if (low < 0xdc00 || low > 0xdfff) throw this.#fault("pair every surrogate");
    this.at += 12;
    return String.fromCharCode(unit, low);
  }

  #hexUnit(at: number): number {
    const hex = this.text.slice(at + 2, at + 6);
    if (!/^[0-9A-Fa-f]{4}$/.test(hex)) throw this.#fault("write four hex digits after \\u");
    return Number.parseInt(hex, 16);
  }

  /** -1 behind the end, so that comparisons stay between integers. */
  #unit(at: number): number {
    return at < this.#end ? this.text.charCodeAt(at) : -1;
  }

  #fault(message: string): SyntaxError {
    return new SyntaxError(message);
  }
}
