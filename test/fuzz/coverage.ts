import { type Profiler, Session } from "node:inspector";

/**
 * Which blocks of the watched code an execution went through, from V8 itself. It must exist before
 * the watched modules are loaded: only what is compiled afterwards counts its blocks.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #watched: (url: string) => boolean;
  readonly #ways = new Set<string>();
  readonly #blocks = new Set<string>();

  constructor(watched: (url: string) => boolean) {
    this.#watched = watched;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
  }

  /** Blocks of code that were ever gone through. */
  get blocks(): number {
    return this.#blocks.size;
  }

  /** Ways through a function, told apart by the blocks that were left out. */
  get ways(): number {
    return this.#ways.size;
  }

  /** Whether the one execution since the last call went a way that none went before. */
  newWay(): boolean {
    const before = this.#ways.size;
    for (const [script, ranges] of this.#executed()) {
      const [whole] = ranges;
      const left = ranges.filter(({ count }) => count === 0).map(blockOf);
      this.#ways.add(`${script}:${whole?.startOffset}:${left.join()}`);
      this.#addBlocks(script, ranges);
    }
    return this.#ways.size > before;
  }

  /** Whether any of the executions since the last call entered a block that none entered before. */
  newBlock(): boolean {
    const before = this.#blocks.size;
    for (const [script, ranges] of this.#executed()) this.#addBlocks(script, ranges);
    return this.#blocks.size > before;
  }

  #addBlocks(script: string, ranges: readonly Profiler.CoverageRange[]): void {
    for (const range of ranges) {
      if (range.count > 0) this.#blocks.add(`${script}:${blockOf(range)}`);
    }
  }

  /** The watched functions that were called: script, and first the whole function, then blocks. */
  *#executed(): Generator<[script: string, ranges: readonly Profiler.CoverageRange[]]> {
    for (const { url, scriptId, functions } of this.#take()) {
      if (!this.#watched(url)) continue;
      for (const { ranges } of functions) {
        if ((ranges[0]?.count ?? 0) > 0) yield [scriptId, ranges];
      }
    }
  }

  #take(): readonly Profiler.ScriptCoverage[] {
    let taken: readonly Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, found) => {
      if (error !== null) throw error;
      taken = found.result;
    });
    return taken;
  }
}

function blockOf({ startOffset, endOffset }: Profiler.CoverageRange): string {
  return `${startOffset}-${endOffset}`;
}
