import type { Place } from "@writ/engine/anatomy";
import type { BundleFile } from "@writ/engine/bundle";
import { readDocument } from "@writ/engine/document";
import { type Fault, FaultList } from "@writ/engine/fault";
import { fault, fieldsOf, itemsOf, type Keys, textOf } from "@writ/engine/fields";
import { SourceFile } from "@writ/engine/source";

/** A mutant that its author says no input can tell from the bundle. */
export interface Equivalent {
  readonly evaluator: string;
  readonly mutant: string;
  readonly reason: string;
  readonly place: Place;
}

const FILE: Keys = { what: "mutants", required: ["writ_mutants", "equivalent"], optional: [] };
const ENTRY: Keys = {
  what: "an equivalent mutant",
  required: ["evaluator", "mutant", "reason"],
  optional: [],
};

/** The entries of a bundle's `mutants.yaml`, or all its faults. */
export function readEquivalents(
  file: BundleFile,
): { readonly equivalents: readonly Equivalent[] } | { readonly faults: readonly Fault[] } {
  const faults = new FaultList();
  const root = readDocument(new SourceFile(file.path, file.text), faults);
  if (root === null) return { faults: faults.sorted() };
  const fields = fieldsOf(root, FILE, faults);
  const version = fields.get("writ_mutants");
  if (version !== undefined && version.json !== 1) {
    fault(version, "VERSION", "this format is version 1: write writ_mutants: 1", faults);
  }
  const equivalents = itemsOf(fields.get("equivalent"), "equivalent", faults).map((at) => {
    const entry = fieldsOf(at, ENTRY, faults);
    const text = (key: string): string => textOf(entry.get(key), key, faults) ?? "";
    if (entry.has("reason") && text("reason").trim() === "") {
      fault(at, "MUTANT", "say why no input can tell this mutant from the bundle", faults);
    }
    const place = { path: file.path, ...at.source.place(at.start) };
    return { evaluator: text("evaluator"), mutant: text("mutant"), reason: text("reason"), place };
  });
  return faults.empty ? { equivalents } : { faults: faults.sorted() };
}
