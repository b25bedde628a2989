import type { FaultList } from "@writ/engine/fault";

/** Faults of one file as an editor can follow them, in its order. */
export function faultLines(path: string, faults: FaultList): readonly string[] {
  return faults
    .sorted()
    .map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`);
}
