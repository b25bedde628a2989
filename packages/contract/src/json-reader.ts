import { exactDouble } from "./decimal.ts";
import { checkDeep } from "./deep-json.ts";
import { type Json, JsonObject } from "./json.ts";
import { readEscape } from "./json-escape.ts";
import { MemberNames } from "./member-names.ts";
import { PlainBytes } from "./plain-bytes.ts";

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

/** A decimal of so many digits is the shortest form of its double, wherever its point is. */
const EXACT_DIGITS = 15;
const POWERS: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

const NO_NAMES: readonly string[] = [];

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
  readonly #plainBytes: PlainBytes;
  /** How many bytes more than units the text up to here has; it grows only inside strings. */
  #extraBytes = 0;
  /** From the last string that was looked at up to here, every unit is plain. */
  #plainUpTo = 0;
  /** How many strings were not plain so far. */
  #unplain = 0;

  /**
   * The names of the last plain object at each depth. The next one there often has the same, and
   * then shares them: no name is copied, none needs to be looked for among the others.
   */
  readonly #lastNames: (readonly string[])[] = [];

  /** @param bytes what the text was decoded from */
  constructor(text: string, bytes: Uint8Array, maxDepth: number) {
    this.text = text;
    this.ascii = text.length === bytes.length;
    this.#maxDepth = maxDepth;
    this.#end = text.length;
    this.#plainBytes = new PlainBytes(bytes);
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

  startsObject(): boolean {
    return this.#unit(this.at) === OPEN_OBJECT;
  }

  startsArray(): boolean {
    return this.#unit(this.at) === OPEN_ARRAY;
  }

  /** Enters an object; false if it is empty, and then it is left again. */
  enterObject(): boolean {
    this.at++;
    if (this.space() !== CLOSE_OBJECT) return true;
    this.at++;
    return false;
  }

  /** A member's name and colon, up to its value. */
  name(names: MemberNames): string {
    if (this.#unit(this.at) !== QUOTE) throw this.#fault("begin a member with its quoted name");
    const start = this.at;
    const name = this.string();
    if (!names.add(name)) {
      this.at = start;
      throw this.#fault("name each member of an object once");
    }
    this.#colon();
    return name;
  }

  #colon(): void {
    if (this.space() !== COLON) throw this.#fault("put a colon after a member's name");
    this.at++;
    this.space();
  }

  /** Behind a member: on to the next one (true), or behind the object's end (false). */
  anotherMember(): boolean {
    return this.#another(CLOSE_OBJECT);
  }

  /** Behind an element: on to the next one (true), or behind the array's end (false). */
  anotherElement(): boolean {
    return this.#another(CLOSE_ARRAY);
  }

  /** A value that is no container. */
  scalar(): Json {
    return this.#unit(this.at) === QUOTE ? this.string() : this.#scalar();
  }

  #object(depth: number): JsonObject {
    const guess = this.#lastNames[depth] ?? NO_NAMES;
    const values: Json[] = [];
    const before = this.#unplain;
    let more = this.enterObject();
    while (more && this.#isName(guess[values.length])) {
      values.push(this.value(depth));
      more = this.anotherMember();
    }
    const guessed = !more && values.length === guess.length;
    const names = guessed ? guess : this.#otherMembers(guess, values, depth, more);
    const plain = this.#unplain === before;
    if (plain) this.#lastNames[depth] = names;
    return new JsonObject(names, values, plain);
  }

  /** The members from the first on whose name was not guessed; gives all the names. */
  #otherMembers(
    guess: readonly string[],
    values: Json[],
    depth: number,
    another: boolean,
  ): readonly string[] {
    const names = new MemberNames(guess.slice(0, values.length));
    let more = another;
    while (more) {
      this.name(names);
      values.push(this.value(depth));
      more = this.anotherMember();
    }
    return names.list;
  }

  /** Reads a name and colon if the name is just this; it must be plain. */
  #isName(expected: string | undefined): boolean {
    if (expected === undefined) return false;
    const { text, at } = this;
    const end = at + 1 + expected.length;
    if (text.charCodeAt(at) !== QUOTE || text.charCodeAt(end) !== QUOTE) return false;
    if (!text.startsWith(expected, at + 1)) return false;
    this.at = end + 1;
    this.#colon();
    return true;
  }

  #array(depth: number): Json[] {
    const values: Json[] = [];
    if (!this.enterArray()) return values;
    do values.push(this.value(depth));
    while (this.anotherElement());
    return values;
  }

  /** Enters an array; false if it is empty, and then it is left again. */
  enterArray(): boolean {
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

  #deeper(): null {
    if (this.tooDeep < 0) this.tooDeep = this.at;
    checkDeep(this);
    return null;
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
    let sum = this.#digits(first, 0);
    if (this.#unit(first) === ZERO && this.at - first > 1) {
      this.at = first;
      throw this.#fault("write numbers without leading zeros");
    }
    let parts = 1;
    let digits = this.at - first;
    if (this.#unit(this.at) === POINT) {
      const point = this.at;
      sum = this.#digits(point + 1, sum);
      parts = POWERS[this.at - point - 1] ?? Number.NaN;
      digits = this.at - first - 1;
    }
    if (digits > EXACT_DIGITS || (this.#unit(this.at) | 0x20) === LETTER_E) {
      return this.#decimal(start);
    }
    // Both are exact, so the quotient is the nearest double; and so few digits always survive.
    const value = sum / parts;
    return negative && value !== 0 ? -value : value;
  }

  /** The rest of a number with an exponent or many digits. */
  #decimal(start: number): number {
    if ((this.#unit(this.at) | 0x20) === LETTER_E) {
      const sign = this.#unit(this.at + 1);
      this.#digits(sign === PLUS || sign === MINUS ? this.at + 2 : this.at + 1, 0);
    }
    const value = exactDouble(this.text.slice(start, this.at));
    if (value !== undefined) return value;
    this.at = start;
    throw this.#fault("send a number that binary64 holds exactly, or send it as a string");
  }

  /** Reads one digit or more, and gives `sum` with them appended. */
  #digits(first: number, sum: number): number {
    const text = this.text;
    const end = this.#end;
    let total = sum;
    let at = first;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) break;
      total = total * 10 + digit;
    }
    this.at = at;
    if (at === first) throw this.#fault("write digits here");
    return total;
  }

  /** A string, from its opening quote. */
  string(): string {
    const start = this.at + 1;
    if (this.#plainUpTo < start) {
      this.#plainUpTo = this.#plainBytes.next(start + this.#extraBytes) - this.#extraBytes;
    }
    const end = this.text.indexOf('"', start);
    if (end < 0 || end >= this.#plainUpTo) return this.#unplainString(start);
    this.at = end + 1;
    return this.text.slice(start, end);
  }

  #unplainString(start: number): string {
    this.#unplain++;
    const end = this.#stop(start);
    if (this.text.charCodeAt(end) !== QUOTE) return this.#escaped(start, end);
    this.at = end + 1;
    return this.text.slice(start, end);
  }

  /** The index of the first unit from `at` on that a string cannot simply contain. */
  #stop(at: number): number {
    const text = this.text;
    const end = this.#end;
    let extra = 0;
    for (let i = at; i < end; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        // A surrogate pair is two units and four bytes, so each half counts one more than itself.
        extra += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
      } else if (unit < 0x20 || unit === QUOTE || unit === BACKSLASH) {
        this.#extraBytes += extra;
        return i;
      }
    }
    this.at = end;
    throw this.#fault("close the string");
  }

  #escaped(start: number, firstStop: number): string {
    let value = "";
    let from = start;
    let stop = firstStop;
    while (this.text.charCodeAt(stop) === BACKSLASH) {
      this.at = stop;
      const { meaning, end } = readEscape(this.text, stop);
      value += this.text.slice(from, stop) + meaning;
      from = end;
      stop = this.#stop(from);
    }
    this.at = stop;
    if (this.text.charCodeAt(stop) !== QUOTE) throw this.#fault("escape control characters");
    this.at = stop + 1;
    return value + this.text.slice(from, stop);
  }

  /** -1 behind the end, so that comparisons stay between integers. */
  #unit(at: number): number {
    return at < this.#end ? this.text.charCodeAt(at) : -1;
  }

  #fault(message: string): SyntaxError {
    return new SyntaxError(message);
  }
}
