import type { ShapeType } from "@writ/contract/shape-type";
import type { CedarUid } from "./module.ts";

/** Who asks, what for and about what, where a judge does not say: the same for every input. */
export const PRINCIPAL: CedarUid = { type: "Writ::Caller", id: "caller" };
export const RESOURCE: CedarUid = { type: "Writ::Input", id: "input" };
export const ACTION_TYPE = "Writ::Action";

/**
 * The schema of the requests that categories make, in Cedar's JSON format; null where a shape
 * leaves open what Cedar's types cannot (undeclared members, values of any type).
 */
export function schemaOf(
  all: readonly { readonly category: string; readonly input: ShapeType }[],
): unknown {
  const actions: [string, unknown][] = [];
  for (const { category, input } of all) {
    const type = typeOf(input);
    if (type === null) return null;
    const context = { type: "Record", attributes: { input: { ...type, required: true } } };
    const appliesTo = { principalTypes: ["Caller"], resourceTypes: ["Input"], context };
    actions.push([category, { appliesTo }]);
  }
  return {
    Writ: { entityTypes: { Caller: {}, Input: {} }, actions: Object.fromEntries(actions) },
  };
}

interface SchemaType {
  readonly type: string;
  readonly [key: string]: unknown;
}

const SCALARS: ReadonlyMap<ShapeType["kind"], SchemaType> = new Map([
  ["string", { type: "String" }],
  ["integer", { type: "Long" }],
  ["boolean", { type: "Boolean" }],
  ["number", { type: "Extension", name: "decimal" }],
]);

function typeOf(type: ShapeType): SchemaType | null {
  if (type.kind === "array") {
    const element = typeOf(type.items);
    return element === null ? null : { type: "Set", element };
  }
  if (type.kind !== "object") return SCALARS.get(type.kind) ?? null;
  if (type.additional !== null) return null;
  const attributes: [string, SchemaType][] = [];
  for (const { name, type: member } of type.properties) {
    // What is always null is never there.
    if (member.kind === "null") continue;
    const found = typeOf(member);
    if (found === null) return null;
    attributes.push([name, { ...found, required: !member.nullable }]);
  }
  return { type: "Record", attributes: Object.fromEntries(attributes) };
}
