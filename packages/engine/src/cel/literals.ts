import { type Json, JsonObject } from "@writ/contract/json";
import type { Run } from "./evaluation.ts";
import { type Form, formOf, joinForms } from "./form.ts";
import { requireBoolean } from "./operators.ts";
import type { Choice, ListLiteral, Literal, MapLiteral } from "./syntax.ts";
import { ANY, arrayOf, join, MIXED_NUMBERS, mapOf, nameOf, TAGS, type Type } from "./type.ts";
import { broken, constantOf, isBroken, type Report, reject, type Typed } from "./typed.ts";
import { asBoolean } from "./values.ts";

export function checkLiteral(expr: Literal): Typed {
  const form = typeof expr.value === "string" ? formOf(expr.value) : "normal";
  return constantOf(expr, TAGS[expr.tag], form, expr.value);
}

/** What several expressions have in common; null, and a fault, where integers and numbers mix. */
function common(report: Report, parts: readonly Typed[]): [Type, Form] | null {
  let type: Type | null = parts[0]?.type ?? ANY;
  let form: Form = "normal";
  for (const part of parts) {
    if (isBroken(part)) return null;
    type = join(type, part.type);
    form = joinForms(form, part.form);
    if (type === null) {
      reject(report, part.expr, MIXED_NUMBERS);
      return null;
    }
  }
  return [type, form];
}

function constantsOf(parts: readonly Typed[]): readonly Json[] | null {
  const constants: Json[] = [];
  for (const { constant } of parts) {
    if (constant === undefined) return null;
    constants.push(constant);
  }
  return constants;
}

export function checkList(report: Report, expr: ListLiteral, items: readonly Typed[]): Typed {
  const found = common(report, items);
  if (found === null) return broken(expr);
  const [type, form] = found;
  const constants = constantsOf(items);
  if (constants !== null) return constantOf(expr, arrayOf(type), form, constants);
  const runs = items.map(({ run }) => run);
  const run: Run = (frame) => runs.map((each) => each(frame));
  return { expr, type: arrayOf(type), form, run };
}

/** The names of a map literal, all of them string literals, none twice. */
function mapNames(report: Report, expr: MapLiteral): readonly string[] {
  const names: string[] = [];
  for (const { key } of expr.entries) {
    if (key.kind !== "literal" || typeof key.value !== "string") {
      const message = "write the keys of a map as string literals";
      reject(report, key, { code: "WRONG_TYPE", message });
    } else if (names.includes(key.value)) {
      reject(report, key, { code: "DUPLICATE_KEY", message: "remove the second of these keys" });
    } else {
      names.push(key.value);
    }
  }
  return names;
}

/** A map of string keys: a table to look values up in. */
export function checkMap(report: Report, expr: MapLiteral, values: readonly Typed[]): Typed {
  const before = report.faults.length;
  const names = mapNames(report, expr);
  const found = common(report, values);
  if (found === null || report.faults.length > before) return broken(expr);
  const [type, form] = found;
  const constants = constantsOf(values);
  if (constants !== null) {
    return constantOf(expr, mapOf(type), form, new JsonObject(names, constants));
  }
  const runs = values.map(({ run }) => run);
  const run: Run = (frame) =>
    new JsonObject(
      names,
      runs.map((each) => each(frame)),
    );
  return { expr, type: mapOf(type), form, run };
}

export function checkChoice(
  report: Report,
  expr: Choice,
  test: Typed,
  yes: Typed,
  no: Typed,
): Typed {
  requireBoolean(report, test);
  const kinds = new Set([yes.type.kind, no.type.kind].filter((kind) => kind !== "null"));
  if (kinds.size > 1 && !kinds.has("any") && join(yes.type, no.type) !== null) {
    const message = `give both branches one type: this is ${nameOf(no.type)}`;
    return reject(report, no.expr, { code: "WRONG_TYPE", message });
  }
  const found = common(report, [yes, no]);
  if (found === null) return broken(expr);
  const [type, form] = found;
  const { run: first } = test;
  const { run: second } = yes;
  const { run: third } = no;
  const { at } = test.expr;
  const run: Run = (frame) => (asBoolean(first(frame), at) ? second(frame) : third(frame));
  return { expr, type, form, run };
}
