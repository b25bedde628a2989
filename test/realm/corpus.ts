import type { Received } from "@writ/contract/envelope";
import type { JsonObject } from "@writ/contract/json";
import type { Bundle } from "@writ/engine/bundle";
import type { Engine } from "@writ/engine/engine";

/** Bundles and what to put to each of them; plain JSON, so that it can travel between processes. */
export type Corpus = readonly Chapter[];

export interface Chapter {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly attempts: readonly Attempt[];
}

export interface Attempt {
  /** Bytes in base64: an envelope, or where `bare` names a category, an input of it. */
  readonly bytes: string;
  readonly bare?: string;
  /** JSON text. */
  readonly host?: string;
}

/** The engine's doors, as one realm or another holds them. */
export interface Doors {
  loadBundle(
    files: Chapter["files"],
  ): { readonly bundle: Bundle } | { readonly faults: readonly unknown[] };
  arm(bundle: Bundle): Engine;
  openEnvelope(bytes: Uint8Array): Received;
  bareInput(bytes: Uint8Array, category: string): Received;
  parseStrictJson(bytes: Uint8Array): unknown;
  /** Bytes that belong to the realm. */
  bytesOf(numbers: Iterable<number>): Uint8Array;
}

function attempted(engine: Engine, doors: Doors, { bytes, bare, host }: Attempt): string {
  const given = doors.bytesOf(Buffer.from(bytes, "base64"));
  const received = bare === undefined ? doors.openEnvelope(given) : doors.bareInput(given, bare);
  // Built by the same realm's code as everything else the engine is given.
  const known =
    host === undefined ? undefined : doors.parseStrictJson(doors.bytesOf(Buffer.from(host)));
  const verdict = engine.decide(received, known as JsonObject | undefined);
  const identity = engine.identify(received, known as JsonObject | undefined);
  return JSON.stringify([verdict, identity]);
}

/** A chapter that does not load says why; canaries that fail say which. */
function engineOf({ files }: Chapter, doors: Doors): Engine | string {
  const loaded = doors.loadBundle(files);
  if ("faults" in loaded) return JSON.stringify(loaded.faults);
  try {
    return doors.arm(loaded.bundle);
  } catch (error) {
    return String(error);
  }
}

/**
 * Every verdict and identity, in the corpus's order. Backwards, the attempts are made in the
 * opposite order, and each chapter is decided by an engine that has already decided all others.
 */
export function decideAll(corpus: Corpus, doors: Doors, backwards: boolean): readonly string[] {
  const order = <T>(list: readonly T[]): readonly T[] => (backwards ? list.toReversed() : list);
  const engines = corpus.map((chapter) => engineOf(chapter, doors));
  const chapters = order([...corpus.entries()]).map(([index, { attempts }]) => {
    const engine = engines[index] ?? "no engine";
    if (typeof engine === "string") return [engine];
    return order(order(attempts).map((attempt) => attempted(engine, doors, attempt)));
  });
  return order(chapters).flat();
}
