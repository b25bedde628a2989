/**
 * Writes vectors/*.json from vectors/source/*.ts by asking Writ; `--check` only says whether they
 * are what it would write. Where Writ's answer is not the one written in the source, nothing is
 * written.
 *
 *   node vectors/make.ts [--check]
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Expected, Given, Repeated, SchemaCase } from "./case.ts";
import { identify, loads } from "./identify.ts";
import type { Bytes, Received, Source } from "./source/case.ts";
import { groups } from "./source/groups.ts";
import * as shapeFaults from "./source/shape-faults.ts";

const NO_BUNDLE = "0".repeat(64);

/** File names and texts of all vectors. */
export function madeFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { file, about, cases } of groups) files.set(file, fileOf(about, cases.map(madeCase)));
  files.set("shape-faults.json", fileOf(shapeFaults.about, shapeFaults.cases.map(checked)));
  return files;
}

function madeCase(source: Source): Case {
  const given = givenOf(source);
  const expect = identify(given);
  const difference = differenceOf(source, expect);
  if (difference !== undefined) throw new Error(`${source.name}: ${difference}`);
  return { ...given, expect };
}

function givenOf(source: Source): Given {
  const { name, why, shapes, defs, host, how } = source;
  return {
    name,
    why,
    shapes,
    ...(defs && { defs }),
    bundle_digest: source.digest ?? NO_BUNDLE,
    ...receivedOf(source.received),
    how,
    ...(how === "bare" && { category: source.category }),
    ...(host && { host }),
  };
}

function receivedOf(received: Received): { received: string } | { received_repeat: Repeated } {
  if (typeof received === "string" || received instanceof Uint8Array) {
    return { received: base64(received) };
  }
  const { prefix, unit, times, suffix } = received;
  return {
    received_repeat: { prefix: base64(prefix), unit: base64(unit), times, suffix: base64(suffix) },
  };
}

function base64(bytes: Bytes): string {
  return Buffer.from(bytes).toString("base64");
}

/** What the source says of the case that Writ does not. */
function differenceOf(source: Source, expect: Expected): string | undefined {
  const { fate } = source;
  const refusal = typeof fate === "string" ? null : fate.refusal;
  if (expect.refusal !== refusal) return `${refusal} became ${expect.refusal}`;
  if (source.how === "envelope" && expect.category !== source.category) {
    return `${source.category} became ${expect.category}`;
  }
  const form = formOf(source);
  if (form === undefined || expect.normal_form === form) return undefined;
  return `${JSON.stringify(form)} became ${JSON.stringify(expect.normal_form)}`;
}

function formOf({ fate, received }: Source): string | undefined {
  if (typeof fate === "string") return fate;
  if (fate.form !== undefined || fate.refusal !== "MALFORMED_INPUT") return fate.form;
  const named = fate.bytes ?? received;
  if (typeof named !== "string" && !(named instanceof Uint8Array)) return undefined;
  return `"${createHash("sha256").update(named).digest("hex")}"`;
}

function checked(source: SchemaCase): SchemaCase {
  if (loads(source.schema, source.defs) !== source.faulty) return source;
  throw new Error(`${source.name}: faulty ${source.faulty} became ${!source.faulty}`);
}

/** One field a line, in ASCII, so that no invisible character hides in a diff. */
function fileOf(about: string, cases: readonly object[]): string {
  const written = cases.map((each) => {
    const fields = Object.entries(each).map(([name, value]) => `   "${name}": ${ascii(value)}`);
    return `  {\n${fields.join(",\n")}\n  }`;
  });
  return `{\n "about": ${ascii(about)},\n "cases": [\n${written.join(",\n")}\n ]\n}\n`;
}

function ascii(value: unknown): string {
  const escaped = (unit: string): string =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped);
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const stale: string[] = [];
  for (const [file, text] of madeFiles()) {
    const path = join(import.meta.dirname, file);
    if (!check) writeFileSync(path, text);
    else if (!isThere(path, text)) stale.push(file);
  }
  if (stale.length > 0) {
    process.stderr.write(`run node vectors/make.ts: ${stale.join(", ")} would change\n`);
    process.exitCode = 1;
  }
}

function isThere(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
