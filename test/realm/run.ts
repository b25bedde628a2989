/**
 * Decides a corpus (JSON on standard input) in a realm without a world, and prints what came of it.
 * Run with --experimental-vm-modules.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createContext, runInContext } from "node:vm";
import { type Corpus, type Doors, decideAll } from "./corpus.ts";
import { RealmLoader } from "./loader.ts";

export interface RealmReport {
  readonly lines: readonly string[];
  /** What the code asked the world for while it loaded, and while it decided. */
  readonly touched: readonly [loading: string, deciding: string];
  readonly changed: string;
  readonly own: readonly string[];
  /** For each planted module, what became of it. */
  readonly planted: readonly string[];
}

export interface RealmOrder {
  readonly corpus: Corpus;
  /** Sources with a function `act`, to show that the realm notices. */
  readonly plants: readonly string[];
}

interface Watch {
  noteAll(): void;
  touched(): string;
  changed(): string;
}

/** The platform's only gift: UTF-8, from outside of ECMAScript, and without a state. */
class Decoder {
  readonly #decoder: { decode(bytes: Uint8Array): string };

  constructor(
    label?: string,
    options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean },
  ) {
    this.#decoder = new TextDecoder(label, options);
  }

  decode(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes);
  }
}

class Encoder {
  encode(plain: string): Uint8Array {
    return new TextEncoder().encode(plain);
  }
}

const PURE = ["contract", "engine"];

async function plantedIn(loader: RealmLoader, watch: Watch, source: string): Promise<string> {
  try {
    const { act } = await loader.plant(source);
    if (typeof act === "function") act();
  } catch (error) {
    return `${watch.touched()} ${error instanceof Error ? error.message : String(error)}`;
  }
  return `${watch.touched()} ${watch.changed()}`.trim();
}

async function main(): Promise<void> {
  const { corpus, plants }: RealmOrder = JSON.parse(await text(process.stdin));
  const context = createContext(
    { TextDecoder: Decoder, TextEncoder: Encoder },
    { codeGeneration: { strings: false, wasm: false } },
  );
  const poison = readFileSync(join(import.meta.dirname, "poison.js"), "utf8");
  const watch: Watch = runInContext(poison, context);
  const loader = new RealmLoader(context);
  const doors: Record<string, unknown> = {
    bytesOf: runInContext("(numbers) => Uint8Array.from(numbers)", context),
  };
  for (const name of PURE) {
    // Every door of the package, whether or not the corpus goes through it.
    for (const subpath of loader.doors(name)) Object.assign(doors, await loader.load(subpath));
  }
  const loading = watch.touched();
  watch.noteAll();
  const lines = decideAll(corpus, doors as unknown as Doors, true);
  const [deciding, changed] = [watch.touched(), watch.changed()];
  const own = loader.own.slice();
  const planted: string[] = [];
  for (const source of plants) planted.push(await plantedIn(loader, watch, source));
  const report: RealmReport = { lines, touched: [loading, deciding], changed, own, planted };
  process.stdout.write(JSON.stringify(report));
}

await main();
