import type { Run } from "./evaluation.ts";
import { neverEqual } from "./form.ts";
import { amongItems, membership } from "./operators.ts";
import type { Binary, Expr, Has, Index, Select } from "./syntax.ts";
import { ANY, BOOLEAN, conflictOf, nameOf, type ObjectType, type Type } from "./type.ts";
import { broken, isBroken, type Report, reject, type Typed } from "./typed.ts";
import {
  asInteger,
  asList,
  asObject,
  asString,
  atPath,
  elementAt,
  inSlot,
  isList,
  isMember,
  lookUp,
} from "./values.ts";

function named(object: ObjectType, member: string): Type | null {
  return object.properties.find(({ name }) => name === member)?.type ?? null;
}

function slotOf(object: ObjectType, member: string): number {
  return object.properties.findIndex(({ name }) => name === member);
}

function unknownMember(object: ObjectType, member: string): string {
  const names = object.properties.map(({ name }) => name).join(", ");
  return `${JSON.stringify(member)} is not declared here; the shape has ${names || "no members"}`;
}

/** The value in `slot` of a closed object. */
function slotRun(operand: Typed, slot: number, at: number): Run {
  const { run } = operand;
  return (frame) => inSlot(run(frame), slot, at);
}

/** Reading a path of slots in one closure: members of members are what policies ask most. */
function pathRun(path: readonly number[], at: number): Run {
  const [first = 0, second = 0, third = 0] = path;
  if (path.length === 1) return (frame) => inSlot(frame.input, first, at);
  if (path.length === 2) return (frame) => inSlot(inSlot(frame.input, first, at), second, at);
  if (path.length > 3) return (frame) => atPath(frame.input, path, at);
  return (frame) => inSlot(inSlot(inSlot(frame.input, first, at), second, at), third, at);
}

function byName(operand: Typed, member: string, at: number): Run {
  const { run } = operand;
  return (frame) => lookUp(frame, asObject(run(frame), at), member, at);
}

/** `operand.member`, or `operand['member']`. */
function memberOf(report: Report, expr: Expr, operand: Typed, member: string): Typed {
  const { type, form } = operand;
  if (isBroken(operand)) return broken(expr);
  if (type.kind === "any") {
    return { expr, type: ANY, form, run: byName(operand, member, expr.at) };
  }
  if (type.kind !== "object") {
    const message = `only an object has members: this is ${nameOf(type)}`;
    return reject(report, expr, { code: "WRONG_TYPE", message });
  }
  const declared = named(type, member);
  if (declared === null && type.additional === null) {
    return reject(report, expr, { code: "UNKNOWN_MEMBER", message: unknownMember(type, member) });
  }
  if (declared === null || type.additional !== null) {
    const found = declared ?? type.additional ?? ANY;
    return { expr, type: found, form, run: byName(operand, member, expr.at) };
  }
  const slot = slotOf(type, member);
  if (operand.path === undefined) {
    return { expr, type: declared, form, run: slotRun(operand, slot, expr.at) };
  }
  const path = [...operand.path, slot];
  return { expr, type: declared, form, run: pathRun(path, expr.at), path };
}

export function checkSelect(report: Report, expr: Select, operand: Typed): Typed {
  return memberOf(report, expr, operand, expr.member);
}

export function checkHas(report: Report, expr: Has, operand: Typed): Typed {
  const { type, run } = operand;
  const { member, at } = expr;
  if (isBroken(operand)) return operand;
  if (type.kind !== "object" && type.kind !== "any") {
    const message = `only an object has members: this is ${nameOf(type)}`;
    return reject(report, expr, { code: "WRONG_TYPE", message });
  }
  const test: Run = (frame) => isMember(frame, asObject(run(frame), at), member, at);
  const typed: Typed = { expr, type: BOOLEAN, form: "normal", run: test };
  if (type.kind === "any") return typed;
  if (named(type, member) !== null) {
    const message = `a declared member is always there, perhaps null: write .${member} != null`;
    return reject(report, expr, { code: "ALWAYS_THERE", message });
  }
  if (type.additional !== null) return typed;
  return reject(report, expr, { code: "UNKNOWN_MEMBER", message: unknownMember(type, member) });
}

function wrongKey(report: Report, key: Typed, wanted: string): Typed {
  const message = `put ${wanted} in the brackets: this is ${nameOf(key.type)}`;
  return reject(report, key.expr, { code: "WRONG_TYPE", message });
}

function elementRun(operand: Typed, key: Typed): Run {
  const { run: list, expr: a } = operand;
  const { run: index, expr: b } = key;
  return (frame) => {
    const from = asList(list(frame), a.at);
    return elementAt(from, asInteger(index(frame), b.at), b.at);
  };
}

function computedRun(operand: Typed, key: Typed): Run {
  const { run: object, expr: a } = operand;
  const { run: name, expr: b } = key;
  return (frame) => {
    const from = asObject(object(frame), a.at);
    return lookUp(frame, from, asString(name(frame), b.at), b.at);
  };
}

/** A computed key of an open object; what it names is declared or not, so only `any` holds both. */
function computed(report: Report, expr: Index, operand: Typed, object: Type, key: Typed): Typed {
  const { form } = operand;
  if (object.kind === "object" && object.additional === null) {
    const message = "name the member in quotes: this object has only declared members";
    return reject(report, key.expr, { code: "WRONG_TYPE", message });
  }
  if (operand.expr.kind === "map" && key.constant === undefined) {
    for (const entry of operand.expr.entries) report.faults.push(...neverEqual(entry.key, key));
  }
  const open = object.kind === "object" && object.properties.length === 0;
  const type = open && object.additional !== null ? object.additional : ANY;
  return { expr, type, form, run: computedRun(operand, key) };
}

export function checkIndex(report: Report, expr: Index, operand: Typed, key: Typed): Typed {
  const { type, form } = operand;
  if (isBroken(operand) || isBroken(key)) return broken(expr);
  const member = key.type.kind === "string" && (type.kind === "object" || type.kind === "any");
  if (member && typeof key.constant === "string") {
    return memberOf(report, expr, operand, key.constant);
  }
  if (member) return computed(report, expr, operand, type, key);
  if (type.kind === "object") return wrongKey(report, key, "a string");
  if (type.kind !== "array" && type.kind !== "any") {
    const message = `only a list or an object takes brackets: this is ${nameOf(type)}`;
    return reject(report, expr, { code: "WRONG_TYPE", message });
  }
  if (key.type.kind !== "integer") return wrongKey(report, key, "an integer");
  const items = type.kind === "array" ? type.items : ANY;
  return { expr, type: items, form, run: elementRun(operand, key) };
}

// --- in

function keyRun(expr: Binary, left: Typed, right: Typed): Run {
  const { run: key, expr: a } = left;
  const { run: object, expr: b } = right;
  return (frame) => {
    const name = asString(key(frame), a.at);
    return isMember(frame, asObject(object(frame), b.at), name, expr.at);
  };
}

/** `x in any`: what kind of container it is shows only now. */
function anyContainerRun(expr: Binary, left: Typed, right: Typed): Run {
  const { run, expr: container } = right;
  return (frame) => {
    const value = run(frame);
    const now = { ...right, run: () => value };
    const among = isList(value) ? amongItems(expr, left, now, ANY) : keyRun(expr, left, now);
    if (!isList(value)) asObject(value, container.at);
    return among(frame);
  };
}

function keyIn(report: Report, expr: Binary, left: Typed, right: Typed, object: ObjectType): Typed {
  const { kind } = left.type;
  if (kind !== "string" && kind !== "any") return wrongKey(report, left, "a member's name");
  if (object.additional === null) {
    const message = "compare the member with null: this object has only declared members";
    return reject(report, expr, { code: "ALWAYS_THERE", message });
  }
  const { constant } = left;
  if (typeof constant === "string" && named(object, constant) !== null) {
    const message = "a declared member is always there, perhaps null: compare it with null";
    return reject(report, left.expr, { code: "ALWAYS_THERE", message });
  }
  return { expr, type: BOOLEAN, form: "normal", run: keyRun(expr, left, right) };
}

function itemIn(report: Report, expr: Binary, left: Typed, right: Typed, items: Type): Typed {
  const conflict = conflictOf(left.type, items);
  if (conflict !== null) return reject(report, expr, conflict);
  if (left.constant === undefined && right.expr.kind === "list") {
    for (const item of right.expr.items) report.faults.push(...neverEqual(item, left));
  }
  if (right.constant === undefined) {
    report.faults.push(...neverEqual(left.expr, { type: items, form: right.form }));
  }
  return membership(expr, left, right, items);
}

export function checkIn(report: Report, expr: Binary, left: Typed, right: Typed): Typed {
  const { type } = right;
  if (isBroken(left) || isBroken(right)) return broken(expr);
  if (type.kind === "array") return itemIn(report, expr, left, right, type.items);
  if (type.kind === "object") return keyIn(report, expr, left, right, type);
  if (type.kind === "any") {
    const run = anyContainerRun(expr, left, right);
    return { expr, type: BOOLEAN, form: "normal", run };
  }
  const message = `put a list or an object after 'in': this is ${nameOf(type)}`;
  return reject(report, right.expr, { code: "WRONG_TYPE", message });
}
