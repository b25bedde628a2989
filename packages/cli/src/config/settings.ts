import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readDocument } from "@writ/engine/document";
import { FaultList } from "@writ/engine/fault";
import { SourceFile } from "@writ/engine/source";
import { describe, OperatorError } from "../operator-error.ts";
import { checkTogether } from "./check-together.ts";
import { faultLines } from "./fault-lines.ts";
import { type Reachable, reachable } from "./names.ts";
import { type Reading, readNodes } from "./read.ts";
import { type Settings, TABLE } from "./table.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Sources {
  /** Path of writ.yaml; without one, flags and variables say all. */
  readonly file: string | undefined;
  /** By name, without dashes. They win over variables, and those over the file. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
}

export const REACHABLE: readonly Reachable[] = reachable(TABLE);

/** The options of a verb that takes all of them. */
export function settingFlags(): Record<string, { type: "string" }> {
  return Object.fromEntries(REACHABLE.map(({ flag }) => [flag, { type: "string" }]));
}

/** Throws one OperatorError that holds everything that is wrong, a line each. */
export function readSettings(sources: Sources): Settings {
  return readGiven(sources).settings;
}

/** The same, with the paths of the keys that somebody gave: all others have their standard values. */
export function readGiven({ file, flags, environment }: Sources): {
  readonly settings: Settings;
  readonly given: ReadonlySet<string>;
} {
  const lines: string[] = [];
  const given = new Map<string, unknown>();
  for (const each of REACHABLE) {
    const said = saidOutside(each, flags, environment);
    if (said === undefined) continue;
    const value = each.scalar.kind.ofText(said.text, process.cwd());
    if (value === undefined) lines.push(`${said.by} ${said.text}: give ${each.scalar.kind.form}`);
    else given.set(each.path, value);
  }
  const path = file ?? "writ.yaml";
  const source = new SourceFile(path, file === undefined ? "{}" : textOf(file));
  const faults = new FaultList();
  const root = readDocument(source, faults);
  const places: Reading["places"] = new Map();
  const reading = { base: dirname(resolve(path)), faults, places, given };
  // The table's own types say what the walk over it has read.
  const settings = readNodes(TABLE, root ?? undefined, "", reading) as unknown as Settings;
  if (faults.empty && lines.length === 0) lines.push(...checkTogether(settings, reading));
  lines.push(...faultLines(path, faults));
  if (lines.length === 0) return { settings, given: new Set([...given.keys(), ...places.keys()]) };
  throw new OperatorError(
    lines.length === 1 ? `${lines[0]}` : `the settings do not hold:\n  ${lines.join("\n  ")}`,
  );
}

/**
 * What flags and variables say, as flags that mean the same wherever a process runs: paths absolute.
 * What does not fit is left out, for `readSettings` to refuse.
 */
export function spelledOut({ flags, environment }: Omit<Sources, "file">): Record<string, string> {
  return Object.fromEntries(
    REACHABLE.flatMap((each) => {
      const said = saidOutside(each, flags, environment);
      const value = said && each.scalar.kind.ofText(said.text, process.cwd());
      if (said === undefined || value === undefined) return [];
      return [[each.flag, typeof value === "string" ? value : said.text]];
    }),
  );
}

/** An empty variable counts as none. */
function saidOutside(
  { flag, variable }: Reachable,
  flags: Sources["flags"],
  environment: Environment,
): { readonly text: string; readonly by: string } | undefined {
  const byFlag = flags[flag];
  if (typeof byFlag === "string") return { text: byFlag, by: `--${flag}` };
  const byVariable = environment[variable];
  return byVariable === undefined || byVariable === ""
    ? undefined
    : { text: byVariable, by: variable };
}

function textOf(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError) throw new OperatorError(`${file}: write it in UTF-8`);
    throw new OperatorError(`cannot read the settings: ${describe(error)}`);
  }
}
