/** A JSON Schema object as it came: any keyword, any value. */
export type Schema = Readonly<Record<string, unknown>>;

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What `$ref` names within the whole schema; undefined if that is not there. */
export function resolvePointer(root: Schema, reference: unknown): unknown {
  if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference)) return undefined;
  let at: unknown = root;
  for (const token of reference.split("/").slice(1)) {
    const name = decodeToken(token);
    at = isSchema(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

function decodeToken(token: string): string {
  return token.replaceAll("%24", "$").replaceAll("~1", "/").replaceAll("~0", "~");
}

/**
 * A schema without `allOf`, `anyOf`, `oneOf`, as far as it says the same, and whether null is
 * admitted besides. Null: it takes several forms, and no one of them.
 */
export function flattened(schema: Schema): { schema: Schema; nullable: boolean } | null {
  const { allOf, anyOf, oneOf, ...own } = schema;
  const parts = Array.isArray(allOf) ? allOf.filter(isSchema) : [];
  const merged = parts.reduce<Schema>(both, own);
  const alternatives = [anyOf, oneOf].filter((each) => Array.isArray(each)).flat();
  const forms = alternatives.filter(isSchema).filter((each) => each.type !== "null");
  const nullable = forms.length < alternatives.length;
  if (alternatives.length === 0) return { schema: merged, nullable: false };
  const [only, ...others] = forms;
  if (only !== undefined && others.length === 0) return { schema: both(merged, only), nullable };
  const literals = forms.map(literalsOf);
  if (!literals.every((each) => each !== null)) return null;
  return { schema: both(merged, { enum: literals.flat() }), nullable };
}

function literalsOf(schema: Schema): readonly unknown[] | null {
  if ("const" in schema) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : null;
}

/** Both at once: members and required ones of the two together, else the latter's word. */
function both(a: Schema, b: Schema): Schema {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const members = isSchema(a.properties) && isSchema(b.properties);
  return {
    ...a,
    ...b,
    ...(members && { properties: { ...(a.properties as Schema), ...(b.properties as Schema) } }),
    ...((a.required ?? b.required) !== undefined && {
      required: [...new Set([...list(a.required), ...list(b.required)])],
    }),
  };
}

const BY_KEYWORD: readonly (readonly [keyword: string, type: string])[] = [
  ["properties", "object"],
  ["items", "array"],
  ["pattern", "string"],
  ["minLength", "string"],
  ["maxLength", "string"],
  ["minimum", "number"],
  ["maximum", "number"],
];

/** The one type besides null, and whether null is one too. Null: none is said, or several. */
export function typeOf(schema: Schema): { type: string; nullable: boolean } | null {
  const named = [schema.type ?? guessed(schema)].flat().filter((each) => typeof each === "string");
  const others = new Set(named.filter((each) => each !== "null"));
  if (others.has("number")) others.delete("integer");
  const [type, another] = others;
  if (another !== undefined) return null;
  const nullable = named.includes("null");
  if (type !== undefined) return { type, nullable };
  return nullable ? { type: "null", nullable: false } : null;
}

function guessed(schema: Schema): unknown {
  const literals = literalsOf(schema);
  if (literals !== null) return [...new Set(literals.map(kindOf))];
  return BY_KEYWORD.find(([keyword]) => schema[keyword] !== undefined)?.[1];
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  return Array.isArray(value) ? "array" : typeof value;
}
