/**
 * A JSON value as this house holds it. Objects are not JavaScript objects: a plain object puts
 * integer-like keys first and treats `__proto__` specially, and either would let two different
 * inputs look alike to a policy.
 */
export type Json = null | boolean | number | string | JsonArray | JsonObject;

export type JsonArray = readonly Json[];

/**
 * An object as two parallel arrays. `names` has no duplicates. In a normal form it is sorted by
 * UTF-16 code unit, and where a shape declares every property, `names` is one array shared by all
 * values of that shape: a declared property then always stands at the same index.
 */
export class JsonObject {
  readonly names: readonly string[];
  readonly values: readonly Json[];
  readonly #plain: boolean;

  /** @param plain see `plain`; only who has seen every string of the values may say so */
  constructor(names: readonly string[], values: readonly Json[], plain: boolean = false) {
    this.names = names;
    this.values = values;
    this.#plain = plain;
  }

  /**
   * True if every string inside is ASCII that JSON writes without escapes. It saves the normal
   * form from looking at each character again; false says nothing.
   */
  get plain(): boolean {
    return this.#plain;
  }

  /** The value of a member, or `undefined` if there is none of that name. */
  get(name: string): Json | undefined {
    const at = this.names.indexOf(name);
    return at < 0 ? undefined : this.values[at];
  }
}
