import type { Json } from "@writ/contract/json";
import { readInteger, readNumber, truncate } from "./arithmetic.ts";
import type { Frame, Run } from "./evaluation.ts";
import { isLower, neverFound, type Search } from "./form.ts";
import { compilePattern } from "./pattern.ts";
import { firstUpperCase } from "./pattern-case.ts";
import type { Call } from "./syntax.ts";
import { BOOLEAN, INTEGER, type Kind, NUMBER, nameOf, STRING, type Type } from "./type.ts";
import { broken, isBroken, type Report, reject, type Typed } from "./typed.ts";
import { asObject, asString, bulk, countCodePoints, isList, searching } from "./values.ts";

type Check = (report: Report, call: Call, operand: Typed, argument: Typed) => Typed;

interface Signature {
  /** Written `x.f(…)`, `f(x)`, or either. */
  readonly written: "method" | "function" | "both";
  /** Arguments besides the operand. */
  readonly arguments: 0 | 1;
  readonly operand: readonly Kind[];
  readonly check: Check;
}

// --- string searches

const SEARCHES: Readonly<Record<Search, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

const SEARCH_COSTS: Readonly<Record<Search, (text: string, part: string) => number>> = {
  startsWith: (_text, part) => bulk(part.length),
  endsWith: (_text, part) => bulk(part.length),
  contains: (text, part) => searching(text.length, part.length),
};

function search(name: Search): Signature {
  const check: Check = (report, call, operand, argument) => {
    if (argument.type.kind !== "string" && argument.type.kind !== "any") {
      const message = `put a string here: this is ${nameOf(argument.type)}`;
      return reject(report, argument.expr, { code: "WRONG_TYPE", message });
    }
    if (operand.constant === undefined) {
      report.faults.push(...neverFound(name, argument.expr, operand));
    }
    const found = SEARCHES[name];
    const cost = SEARCH_COSTS[name];
    const run: Run = (frame) => {
      const text = asString(operand.run(frame), operand.expr.at);
      const part = asString(argument.run(frame), argument.expr.at);
      frame.spend(cost(text, part), call.at);
      return found(text, part);
    };
    return { expr: call, type: BOOLEAN, form: "normal", run };
  };
  return { written: "method", arguments: 1, operand: ["string", "any"], check };
}

// --- matches

function badPattern(report: Report, argument: Typed, message: string): Typed {
  return reject(report, argument.expr, { code: "BAD_PATTERN", message });
}

/** The pattern must be a literal: it is compiled, and its size bounded, before anything runs. */
const checkMatches: Check = (report, call, operand, argument) => {
  const { constant: source } = argument;
  if (typeof source !== "string") {
    return badPattern(report, argument, "write the pattern as a string literal");
  }
  const pattern = compilePattern(source);
  if ("fault" in pattern) return badPattern(report, argument, pattern.fault);
  const upper = operand.form === "free" ? null : firstUpperCase(source, isLower);
  if (upper !== null) {
    const message = `${JSON.stringify(upper)} in the pattern can never match: policy sees strings lower-cased`;
    reject(report, argument.expr, { code: "NEVER_EQUAL", message });
  }
  const run: Run = (frame) => {
    const text = asString(operand.run(frame), operand.expr.at);
    frame.spend(text.length, call.at);
    return pattern.test(text);
  };
  return { expr: call, type: BOOLEAN, form: "normal", run };
};

// --- size

function sizeOf(frame: Frame, value: Json, at: number): number {
  if (isList(value)) return value.length;
  if (typeof value !== "string") return asObject(value, at).names.length;
  frame.spend(bulk(value.length), at);
  return countCodePoints(value);
}

const checkSize: Check = (_report, call, operand) => {
  const run: Run = (frame) => sizeOf(frame, operand.run(frame), operand.expr.at);
  return { expr: call, type: INTEGER, form: "normal", run };
};

// --- int double string

type Convert = (value: Json, at: number) => Json;

const TO_INTEGER: Convert = (value, at) => {
  if (typeof value === "number") return truncate(value, at);
  return readInteger(asString(value, at), at);
};

const TO_NUMBER: Convert = (value, at) => {
  if (typeof value === "number") return value;
  return readNumber(asString(value, at), at);
};

/** Numbers are written as in the normal form (RFC 8785), booleans as literals. */
const TO_STRING: Convert = (value, at) => {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return asString(value, at);
};

function conversion(to: Type, convert: Convert, operand: readonly Kind[]): Signature {
  const check: Check = (_report, call, from) => {
    const run: Run = (frame) => {
      const value = from.run(frame);
      if (typeof value === "string") frame.spend(bulk(value.length), call.at);
      return convert(value, from.expr.at);
    };
    const kept = from.type.kind === "string" || from.type.kind === "any" ? from.form : "normal";
    // `1e+21` is lower case, `Infinity` is not.
    const form = from.type.kind === "number" ? "free" : kept;
    return { expr: call, type: to, form, run };
  };
  return { written: "function", arguments: 0, operand: [...operand, "any"], check };
}

const NUMBERS: readonly Kind[] = ["integer", "number", "string"];

const FUNCTIONS: ReadonlyMap<string, Signature> = new Map([
  ["startsWith", search("startsWith")],
  ["endsWith", search("endsWith")],
  ["contains", search("contains")],
  ["matches", { written: "method", arguments: 1, operand: ["string", "any"], check: checkMatches }],
  [
    "size",
    {
      written: "both",
      arguments: 0,
      operand: ["string", "array", "object", "any"],
      check: checkSize,
    },
  ],
  ["int", conversion(INTEGER, TO_INTEGER, NUMBERS)],
  ["double", conversion(NUMBER, TO_NUMBER, NUMBERS)],
  ["string", conversion(STRING, TO_STRING, [...NUMBERS, "boolean"])],
]);

const TIME = "there is no time in the language: what a policy needs of it must be in the input";

/** Functions of CEL that a bundle may not use, and what to do instead. */
const ABSENT: ReadonlyMap<string, string> = new Map([
  ...["timestamp", "duration", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"].map(
    (name): [string, string] => [name, TIME],
  ),
  ...["getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds"].map(
    (name): [string, string] => [name, TIME],
  ),
  ["uint", "there are no unsigned integers: write int(…)"],
  ["bytes", "there are no bytes: compare strings"],
  ["bool", "there is no conversion to boolean: write x == 'true'"],
  ["dyn", "there is no dyn: convert with int(…), double(…) or string(…)"],
  ["type", "there are no type values: the shape says what stands where"],
]);

function unknownFunction(report: Report, call: Call): Typed {
  const absent = ABSENT.get(call.name);
  if (absent !== undefined) {
    return reject(report, call, { code: "NOT_IN_LANGUAGE", message: absent });
  }
  const known = [...FUNCTIONS.keys()].join(", ");
  const message = `${call.name} is not a function here; there are ${known}`;
  return reject(report, call, { code: "UNKNOWN_FUNCTION", message });
}

function usage(name: string, { written, arguments: count }: Signature): string {
  const inner = count === 0 ? "" : "…";
  return written === "method" ? `write x.${name}(${inner})` : `write ${name}(x)`;
}

/** Checks a call whose target and arguments are already checked. */
export function checkCall(
  report: Report,
  call: Call,
  target: Typed | null,
  args: readonly Typed[],
): Typed {
  const signature = FUNCTIONS.get(call.name);
  if (signature === undefined) return unknownFunction(report, call);
  const all = target === null ? args : [target, ...args];
  const [operand, argument] = all;
  const misplaced = signature.written === (target === null ? "method" : "function");
  if (operand === undefined || misplaced || all.length !== signature.arguments + 1) {
    return reject(report, call, { code: "WRONG_TYPE", message: usage(call.name, signature) });
  }
  if (all.some(isBroken)) return broken(call);
  if (!signature.operand.includes(operand.type.kind)) {
    const message = `${call.name} does not take ${nameOf(operand.type)}`;
    return reject(report, operand.expr, { code: "WRONG_TYPE", message });
  }
  return signature.check(report, call, operand, argument ?? operand);
}
