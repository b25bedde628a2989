import { useEffect, useRef, useState } from "preact/hooks";
import type { LogSource } from "../source/source.ts";
import type { Replayed } from "./compare.ts";
import { bundleTexts, type GivenFile, piecesOf } from "./files.ts";
import { BundleRefused, startJudging } from "./judging-thread.ts";
import { MOST_VERSIONS, recordingsIn } from "./recordings.ts";
import { replay } from "./run.ts";

/** What a replay is made of. */
export interface Given {
  readonly inputs: GivenFile;
  readonly bundle: readonly GivenFile[];
  readonly category: string;
  readonly host: string;
}

/** How far a replay has come. */
export interface Progress {
  readonly state: "running" | "done" | "stopped";
  readonly version: string;
  readonly total: number;
  readonly read: number;
  readonly lines: number;
  readonly equal: number;
  readonly different: number;
  readonly never: number;
  /** Of the equal and different ones, those that another policy recorded. */
  readonly elsewhere: number;
  /** The first lines that are not found and equal. */
  readonly notable: readonly Replayed[];
  /** All lines so far as JSON lines, in parts of a file. */
  readonly parts: readonly string[];
}

export type ReplayState =
  | { readonly kind: "none" | "arming" }
  | { readonly kind: "refused"; readonly faults: readonly string[] }
  | { readonly kind: "fault"; readonly fault: unknown }
  | { readonly kind: "progress"; readonly progress: Progress };

const MOST_NOTABLE = 200;

export interface ReplayControl {
  readonly state: ReplayState;
  start(given: Given): void;
  stop(): void;
}

/** One replay at a time; a new one ends the one before, and leaving the view ends it too. */
export function useReplay(source: LogSource, say: (text: string) => void): ReplayControl {
  const [state, setState] = useState<ReplayState>({ kind: "none" });
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  return {
    state,
    start(given) {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      const show = (next: ReplayState): void => {
        if (running.current === controller) setState(next);
      };
      run(source, given, controller.signal, show).then(say, (fault: unknown) => {
        if (!controller.signal.aborted) show(faultState(fault));
      });
    },
    stop() {
      running.current?.abort();
      setState((now) =>
        now.kind === "progress"
          ? { kind: "progress", progress: { ...now.progress, state: "stopped" } }
          : { kind: "none" },
      );
    },
  };
}

function faultState(fault: unknown): ReplayState {
  return fault instanceof BundleRefused
    ? { kind: "refused", faults: fault.faults }
    : { kind: "fault", fault };
}

async function run(
  source: LogSource,
  { inputs, bundle, category, host }: Given,
  signal: AbortSignal,
  show: (state: ReplayState) => void,
): Promise<string> {
  show({ kind: "arming" });
  const texts = await bundleTexts(bundle);
  if ("fault" in texts) throw new BundleRefused([texts.fault]);
  const { versions, find } = await recordingsIn(source, signal);
  const otherVersions = versions.slice(0, MOST_VERSIONS);
  const order = { files: texts.files, category, host, otherVersions };
  const thread = await startJudging(order);
  signal.addEventListener("abort", thread.end);
  try {
    let progress: Progress = { ...NOTHING, version: thread.version, total: inputs.file.size };
    show({ kind: "progress", progress });
    await replay({
      pieces: piecesOf(inputs.file),
      judge: thread.judge,
      find,
      signal,
      onBatch: (batch, read) => {
        progress = added(progress, batch, read);
        show({ kind: "progress", progress });
      },
    });
    show({ kind: "progress", progress: { ...progress, state: "done" } });
    const { lines, equal, different, never } = progress;
    return `Replayed ${lines}: ${equal} equal, ${different} different, ${never} never recorded`;
  } finally {
    thread.end();
  }
}

const NOTHING: Progress = {
  state: "running",
  version: "",
  total: 0,
  read: 0,
  lines: 0,
  equal: 0,
  different: 0,
  never: 0,
  elsewhere: 0,
  notable: [],
  parts: [],
};

function added(before: Progress, batch: readonly Replayed[], read: number): Progress {
  const countOf = (found: Replayed["found"]): number =>
    batch.filter((each) => each.found === found).length;
  const notable = batch.filter(({ found }) => found !== "equal");
  const elsewhere = batch.filter(
    ({ recorded_under }) => recorded_under !== null && recorded_under !== before.version,
  );
  return {
    ...before,
    read,
    lines: before.lines + batch.length,
    equal: before.equal + countOf("equal"),
    different: before.different + countOf("different"),
    never: before.never + countOf("never"),
    elsewhere: before.elsewhere + elsewhere.length,
    notable: [...before.notable, ...notable].slice(0, MOST_NOTABLE),
    parts: [...before.parts, batch.map((each) => `${JSON.stringify(each)}\n`).join("")],
  };
}
