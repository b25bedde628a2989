import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, start } from "./child.ts";
import type { SliceRequest, SliceResult } from "./line.ts";
import type { Server, System } from "./system.ts";

/** A system that runs, and its client. */
export interface Running {
  readonly system: System;
  readonly server: Server;
  readonly load: Child;
}

export interface Slice extends SliceResult {
  /** Events made durable at once, on average; null where nobody counts. */
  readonly batch: number | null;
  /** Microseconds of the server's processor time an append; null where it has no one process. */
  readonly serverMicros: number | null;
}

/** The slices of one system at one number in flight, one a round. */
export interface Series {
  readonly system: string;
  readonly inFlight: number;
  readonly slices: Slice[];
}

export interface Plan {
  readonly inFlight: readonly number[];
  readonly rounds: number;
  readonly ms: number;
  readonly warmUpMs: number;
}

export async function connectLoad(system: System, server: Server): Promise<Running & Ready> {
  const args = [JSON.stringify(server.line)];
  const { child, ready } = await start(join(import.meta.dirname, "load.ts"), args);
  return { system, server, load: child, ...(ready as Ready) };
}

interface Ready {
  readonly meanBytes: number;
}

/**
 * Runs every system once at each number in flight, then all of it again, every other round in the
 * reverse order: a machine that changes its pace within minutes strikes all of a round alike.
 */
export async function runRounds(
  all: readonly Running[],
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly Series[]> {
  const series = all.flatMap(({ system }) =>
    plan.inFlight
      .filter((inFlight) => inFlight >= (system.least ?? 1))
      .map((inFlight): Series => ({ system: system.name, inFlight, slices: [] })),
  );
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const inFlight of plan.inFlight) {
      for (const running of round % 2 === 0 ? all : all.toReversed()) {
        const own = series.find(
          (one) => one.system === running.system.name && one.inFlight === inFlight,
        );
        if (own === undefined) continue;
        const slice = await runSlice(running, { inFlight, ms: plan.ms, warmUpMs: plan.warmUpMs });
        own.slices.push(slice);
        say(progressLine(round + 1, plan.rounds, running.system, inFlight, slice));
      }
    }
  }
  return series;
}

async function runSlice({ server, load }: Running, request: SliceRequest): Promise<Slice> {
  // What another system left unwritten must not be paid for by this one's syncs.
  execFileSync("sync");
  const batchesBefore = (await server.batches?.()) ?? null;
  const cpuBefore = cpuSeconds(server.pid);
  const result = (await load.ask(request)) as SliceResult;
  const cpuAfter = cpuSeconds(server.pid);
  const batches = (await server.batches?.()) ?? null;
  const isCounted = batches !== null && batchesBefore !== null;
  const hasCpu = cpuBefore !== null && cpuAfter !== null;
  return {
    ...result,
    batch: isCounted ? result.appends / (batches - batchesBefore) : null,
    serverMicros: hasCpu ? ((cpuAfter - cpuBefore) * 1e6) / result.appends : null,
  };
}

/** Processor time of all threads of a process, where /proc tells it in hundredths of a second. */
function cpuSeconds(pid: number | undefined): number | null {
  if (pid === undefined) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

function progressLine(
  round: number,
  rounds: number,
  { name }: System,
  inFlight: number,
  slice: Slice,
): string {
  const at = `round ${round}/${rounds} ${name.padEnd(16)} ${String(inFlight).padStart(5)}`;
  const { rate, p50, p99 } = slice;
  return `${at} ${rate.toFixed(0).padStart(8)}/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms`;
}
