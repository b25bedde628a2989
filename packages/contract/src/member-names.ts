/** From here on a set of names pays for itself. */
const MANY_NAMES = 12;

/** The names one object has had so far. */
export class MemberNames {
  readonly list: string[];
  #seen: Set<string> | undefined;

  /** @param list the first of them, no name twice */
  constructor(list: string[] = []) {
    this.list = list;
  }

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
