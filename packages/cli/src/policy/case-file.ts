import type { BundleFile } from "@writ/engine/bundle";
import { readDocument } from "@writ/engine/document";
import { type Fault, FaultList, quoted } from "@writ/engine/fault";
import { fault, fieldsOf, itemsOf, type Keys, textOf } from "@writ/engine/fields";
import type { Located } from "@writ/engine/located";
import { SourceFile } from "@writ/engine/source";
import { CASE, type Case, type CaseParts, readCase, VALUES } from "./case.ts";

const FILE: Keys = {
  what: "a test file",
  required: ["writ_tests"],
  optional: ["inputs", "cases", "tables"],
};
const TABLE: Keys = {
  what: "a table",
  required: ["name", "rows"],
  optional: ["columns", ...CASE.required.filter((key) => key !== "name"), ...CASE.optional],
};
const ROW: Keys = {
  what: "a row",
  required: [],
  optional: [...CASE.required, ...CASE.optional],
};

type Fields = ReadonlyMap<string, Located>;
type Inputs = ReadonlyMap<string, Located>;

/** All cases of a bundle's test files, in the files' and their own order, or all faults. */
export function readCases(
  files: readonly BundleFile[],
): { readonly cases: readonly Case[] } | { readonly faults: readonly Fault[] } {
  const faults = new FaultList();
  const roots = files
    .map((file) => readDocument(new SourceFile(file.path, file.text), faults))
    .filter((root) => root !== null);
  const read = roots.map((root) => readRoot(root, faults));
  const inputs = gatherInputs(read, faults);
  const cases = read.flatMap((fields) => casesOf(fields, inputs, faults));
  return faults.empty ? { cases } : { faults: once(faults.sorted()) };
}

/** What a table says wrongly is met again in each of its rows, and told once. */
function once(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((each) => [JSON.stringify(each), each])).values()];
}

function readRoot(root: Located, faults: FaultList): Fields {
  const fields = fieldsOf(root, FILE, faults);
  const version = fields.get("writ_tests");
  if (version !== undefined && version.json !== 1) {
    fault(version, "VERSION", "this format is version 1: write writ_tests: 1", faults);
  }
  return fields;
}

function gatherInputs(files: readonly Fields[], faults: FaultList): Inputs {
  const inputs = new Map<string, Located>();
  for (const section of files.map((fields) => fields.get("inputs"))) {
    if (section === undefined) continue;
    if (section.members === null) {
      fault(section, "WRONG_TYPE", "inputs is a mapping: write a name for each input", faults);
    }
    for (const [name, { keyStart, value }] of section.members ?? []) {
      if (value.members === null) {
        fault(value, "WRONG_TYPE", "an input is a mapping: write keys and values", faults);
      }
      if (inputs.has(name)) {
        const message = `another input is called ${quoted(name)}: rename one of them`;
        faults.add(value.source, keyStart, "DUPLICATE_NAME", message);
      }
      inputs.set(name, value);
    }
  }
  return inputs;
}

function casesOf(fields: Fields, inputs: Inputs, faults: FaultList): readonly Case[] {
  const names = { case: new Set<string>(), table: new Set<string>() };
  const single = itemsOf(fields.get("cases"), "cases", faults).map((at): CaseParts => {
    const own = fieldsOf(at, CASE, faults);
    const name = nameOf(own.get("name"), "case", names.case, faults);
    return { at, name, own, common: new Map(), cells: [] };
  });
  const rows = itemsOf(fields.get("tables"), "tables", faults).flatMap((at) => {
    return rowsOf(at, names, faults);
  });
  return [...single, ...rows]
    .map((parts) => readCase(parts, inputs, faults))
    .filter((each) => each !== null);
}

interface Names {
  readonly case: Set<string>;
  readonly table: Set<string>;
}

function nameOf(
  at: Located | undefined,
  what: "case" | "table",
  taken: Set<string>,
  faults: FaultList,
): string {
  const name = textOf(at, "a name", faults) ?? "";
  if (at !== undefined && taken.has(name)) {
    const message = `another ${what} is called ${quoted(name)}: rename one of them`;
    fault(at, "DUPLICATE_NAME", message, faults);
  }
  taken.add(name);
  return name;
}

function rowsOf(table: Located, names: Names, faults: FaultList): readonly CaseParts[] {
  const common = fieldsOf(table, TABLE, faults);
  const title = nameOf(common.get("name"), "table", names.table, faults);
  const heads = readHeads(common.get("columns"), faults);
  const rows = itemsOf(common.get("rows"), "rows", faults);
  if (common.get("rows")?.items?.length === 0) {
    fault(table, "CASE", "a table without rows tests nothing: add one or remove it", faults);
  }
  return rows.flatMap((at, index) => {
    const row = heads === null ? mappedRow(at, faults) : listedRow(at, heads, faults);
    if (row === null) return [];
    const own = row.own.get("name");
    const label = own === undefined ? `row ${index + 1}` : (textOf(own, "a name", faults) ?? "");
    const name = `${title} / ${label}`;
    if (names.case.has(name) && own !== undefined) {
      const message = `another case is called ${quoted(name)}: rename one of them`;
      fault(own, "DUPLICATE_NAME", message, faults);
    }
    names.case.add(name);
    return [{ at, name, common, ...row }];
  });
}

type Row = Pick<CaseParts, "own" | "cells">;

function mappedRow(at: Located, faults: FaultList): Row {
  return { own: fieldsOf(at, ROW, faults), cells: [] };
}

/** Null where there are no columns, so that rows are mappings. */
function readHeads(list: Located | undefined, faults: FaultList): readonly Located[] | null {
  if (list === undefined) return null;
  const heads = itemsOf(list, "columns", faults);
  for (const head of heads) {
    const text = textOf(head, "a column's head", faults);
    if (text === null || text.startsWith("/") || VALUES.includes(text)) continue;
    const known = VALUES.join(", ");
    fault(head, "CASE", `head a column with a JSON pointer, or with one of ${known}`, faults);
  }
  return heads;
}

function listedRow(at: Located, heads: readonly Located[], faults: FaultList): Row | null {
  const cells = itemsOf(at, "a row", faults);
  if (at.items === null) return null;
  if (cells.length !== heads.length) {
    const message = `a row has a cell for each of the ${heads.length} columns: this has ${cells.length}`;
    fault(at, "CASE", message, faults);
    return null;
  }
  const own = new Map<string, Located>();
  const put: { pointer: Located; value: Located }[] = [];
  for (const [index, pointer] of heads.entries()) {
    const value = cells[index];
    const head = pointer.json;
    if (value === undefined || typeof head !== "string") continue;
    if (head.startsWith("/")) put.push({ pointer, value });
    else if (value.json !== null) own.set(head, value);
  }
  return { own, cells: put };
}
