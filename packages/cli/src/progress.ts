import { styleText } from "node:util";

/**
 * One line on standard error that shows how far something long has come. Without a terminal it
 * prints a line at most every five seconds instead, so that logs stay short.
 */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #tty: boolean = process.stderr.isTTY === true;
  #done = 0;
  #shown = 0;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  set(done: number): void {
    this.#done = done;
    const now = performance.now();
    if (now - this.#shown < (this.#tty ? 60 : 5_000)) return;
    this.#shown = now;
    this.#print();
  }

  add(): void {
    this.set(this.#done + 1);
  }

  /** Leaves the finished line standing. */
  end(done: number = this.#done): void {
    this.#done = done;
    this.#print();
    if (this.#tty) process.stderr.write("\n");
  }

  #print(): void {
    const part = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    const width = 24;
    const full = Math.round(part * width);
    const bar = `${styleText("green", "█".repeat(full), { stream: process.stderr })}${"░".repeat(width - full)}`;
    const line = `${this.#label.padEnd(10)} ${bar} ${this.#done}/${this.#total}`;
    process.stderr.write(this.#tty ? `\r\x1b[K${line}` : `${line}\n`);
  }
}
