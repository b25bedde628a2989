import { type FaultList, quoted } from "@writ/engine/fault";
import { fault } from "@writ/engine/fields";
import type { Located } from "@writ/engine/located";
import { nearest } from "./nearest.ts";
import type { Group, List, Named, Node, Nodes, Pairs, Scalar } from "./node.ts";

/** What one reading of a file goes by. */
export interface Reading {
  /** Relative paths in the file begin here. */
  readonly base: string;
  readonly faults: FaultList;
  /** Where in the file each value stood, by its path with dots. */
  readonly places: Map<string, Located>;
  /** Values that the file need not give, since a flag or a variable does. */
  readonly given: ReadonlyMap<string, unknown>;
}

type Values = Record<string, unknown>;

/** The values of all keys of a mapping; what does not fit is a fault, and null. */
export function readNodes(
  nodes: Nodes,
  at: Located | undefined,
  path: string,
  reading: Reading,
): Values {
  const members = at === undefined ? new Map() : membersOf(at, nodes, path, reading);
  const values: Values = {};
  for (const [key, node] of Object.entries(nodes)) {
    const own = path === "" ? key : `${path}.${key}`;
    const found: Located | undefined = members.get(key);
    if (found !== undefined) reading.places.set(own, found);
    // A key with nothing behind it, as in the file that init writes, says nothing.
    const said = found?.json === null ? undefined : found;
    values[key] = readNode(node, said, own, reading);
    if (node.node === "scalar" && node.need === "required" && said === undefined) {
      if (at !== undefined)
        fault(at, "MISSING_KEY", `${path} needs the key ${key}: add it`, reading.faults);
    }
  }
  return values;
}

function membersOf(
  at: Located,
  nodes: Nodes,
  path: string,
  { faults }: Reading,
): ReadonlyMap<string, Located> {
  const found = new Map<string, Located>();
  if (at.members === null) {
    fault(at, "WRONG_TYPE", `${path || "the file"} is a mapping: write keys and values`, faults);
  }
  for (const [key, { keyStart, value }] of at.members ?? []) {
    if (Object.hasOwn(nodes, key)) found.set(key, value);
    else faults.add(at.source, keyStart, "UNKNOWN_KEY", unknown(key, path, Object.keys(nodes)));
  }
  return found;
}

function unknown(key: string, path: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const what = path === "" ? "there is no key" : `${path} has no key`;
  if (near !== undefined) return `${what} ${quoted(key)}: did you mean ${near}?`;
  return `${what} ${quoted(key)}: remove it; known are ${known.join(", ")}`;
}

/** The value of one node; what does not fit is a fault. */
export function readNode(
  node: Node,
  at: Located | undefined,
  path: string,
  reading: Reading,
): unknown {
  switch (node.node) {
    case "scalar":
      return readScalar(node, at, path, reading);
    case "group":
      return readNodes((node as Group<Nodes>).keys, at, path, reading);
    case "named":
      return readNamed(node, at, path, reading);
    case "pairs":
      return readPairs(node, at, path, reading);
    case "list":
      return readList(node, at, path, reading);
  }
}

function readScalar(
  { kind, fallback }: Scalar<unknown>,
  at: Located | undefined,
  path: string,
  { base, faults, given }: Reading,
): unknown {
  const said = at === undefined ? undefined : kind.of(at.json, base);
  if (at !== undefined && said === undefined) {
    fault(at, "WRONG_TYPE", `let ${path} be ${kind.form}`, faults);
  }
  return given.get(path) ?? said ?? fallback;
}

function readNamed(
  { names, keys }: Named<Nodes>,
  at: Located | undefined,
  path: string,
  reading: Reading,
): ReadonlyMap<string, Values> {
  const read = new Map<string, Values>();
  for (const [name, value] of namesIn(at, names.form, names.of, path, reading)) {
    const own = `${path}.${name}`;
    reading.places.set(own, value);
    read.set(name, readNodes(keys, value, own, reading));
  }
  return read;
}

function readPairs(
  { names, kind }: Pairs<unknown>,
  at: Located | undefined,
  path: string,
  reading: Reading,
): ReadonlyMap<string, unknown> {
  const read = new Map<string, unknown>();
  for (const [name, value] of namesIn(at, names.form, names.of, path, reading)) {
    const own = `${path}.${name}`;
    reading.places.set(own, value);
    const said = kind.of(value.json, reading.base);
    if (said !== undefined) read.set(name, said);
    else fault(value, "WRONG_TYPE", `let ${own} be ${kind.form}`, reading.faults);
  }
  return read;
}

function namesIn(
  at: Located | undefined,
  form: string,
  fits: (name: string, base: string) => string | undefined,
  path: string,
  { base, faults }: Reading,
): readonly (readonly [string, Located])[] {
  if (at === undefined) return [];
  if (at.members === null) {
    fault(at, "WRONG_TYPE", `${path} is a mapping: write a name before each`, faults);
  }
  return [...(at.members ?? [])].flatMap(([name, { keyStart, value }]) => {
    if (fits(name, base) !== undefined) return [[name, value] as const];
    faults.add(at.source, keyStart, "NAME", `rename ${quoted(name)}: a name in ${path} is ${form}`);
    return [];
  });
}

function readList(
  { kind }: List<unknown>,
  at: Located | undefined,
  path: string,
  { base, faults }: Reading,
): readonly unknown[] {
  if (at === undefined) return [];
  if (at.items === null) fault(at, "WRONG_TYPE", `${path} is a list: write - before each`, faults);
  return (at.items ?? []).flatMap((item) => {
    const said = kind.of(item.json, base);
    if (said !== undefined) return [said];
    fault(item, "WRONG_TYPE", `let each of ${path} be ${kind.form}`, faults);
    return [];
  });
}
