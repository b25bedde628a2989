import { type Json, JsonObject } from "@writ/contract/json";
import { compileShape, type Shape } from "@writ/contract/shape";
import { compilePattern } from "./cel/pattern.ts";
import type { FaultList } from "./fault.ts";
import { follow, type Located } from "./located.ts";
import type { CategoryText } from "./read-categories.ts";

/** A shape refers to the bundle's definitions alone, so that each stands in one place. */
const NO_DEFS: Json = new JsonObject([], []);

/** The input shapes that compile, by category. */
export function compileShapes(
  categories: ReadonlyMap<string, CategoryText>,
  defs: Located | undefined,
  faults: FaultList,
): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  const seen = new Set<string>();
  for (const { name, input } of categories.values()) {
    if (input === undefined) continue;
    const compiled = compileShape(input.json, defs?.json ?? NO_DEFS, searchOf);
    if ("shape" in compiled) {
      shapes.set(name, compiled.shape);
      continue;
    }
    for (const { pointer, message } of compiled.faults) {
      const at = placeOf(pointer, input, defs);
      const key = `${at.start} ${message} ${at.source.path}`;
      // Every shape is checked with all definitions: one at fault is reported once.
      if (seen.has(key)) continue;
      seen.add(key);
      faults.add(at.source, at.start, "SHAPE", message);
    }
  }
  return shapes;
}

function placeOf(pointer: string, input: Located, defs: Located | undefined): Located {
  const inDefs = /^\/\$defs(?=\/|$)/.exec(pointer);
  return inDefs === null || defs === undefined
    ? follow(input, pointer)
    : follow(defs, pointer.slice(inDefs[0].length));
}

/** The same linear-time patterns as in rules. Throws where the text is none, as shapes ask. */
function searchOf(source: string): (text: string) => boolean {
  const pattern = compilePattern(source);
  if ("fault" in pattern) throw new SyntaxError(pattern.fault);
  return (text) => pattern.test(text);
}
