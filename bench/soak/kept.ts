import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/** What a client was told is done or permitted, one `verb id` a line. */
export class ReleasedFile {
  readonly #file: number;
  #waiting = "";

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  add(verb: string, answer: string): void {
    const id = /"enforcement_decision_id":"([^"]+)"/.exec(answer)?.[1];
    if (id === undefined) throw new Error(`released without an id: ${answer}`);
    this.#waiting += `${verb} ${id}\n`;
    if (this.#waiting.length > 65_536) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#waiting);
    this.#waiting = "";
  }
}

/** Verb by decision id. */
export function releasedIn(path: string): Map<string, string> {
  const lines = readFileSync(path, "utf8").split("\n");
  const released = new Map<string, string>();
  for (const line of lines) {
    const [verb = "", id] = line.split(" ");
    if (id === undefined) continue;
    if (released.has(id)) throw new Error(`${id} was given to two attempts`);
    released.set(id, verb);
  }
  return released;
}
