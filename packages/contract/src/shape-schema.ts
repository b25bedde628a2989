import { canonicalJson } from "./jcs.ts";
import { type Json, JsonObject } from "./json.ts";
import { isMomentaryName } from "./momentary-names.ts";
import { genericForm, NOTHING, Pass } from "./normal-form.ts";
import {
  ANNOTATIONS,
  BOUNDS,
  bound,
  KEYWORDS,
  kindOf,
  literalsOf,
  numberRules,
  textBounds,
} from "./schema-keywords.ts";
import { patternFault } from "./schema-pattern.ts";
import {
  AnyNode,
  ArrayNode,
  BooleanNode,
  ClosedNode,
  type NodeProperty,
  NullNode,
  NumberNode,
  OpenNode,
  type ShapeNode,
  TextNode,
} from "./shape-node.ts";
import type { ShapeKind, ShapeType } from "./shape-type.ts";

/** One thing wrong with a schema. */
export interface ShapeFault {
  /**
   * RFC 6901, into the schema; or, where it begins with `/$defs/` and definitions were given
   * apart, into what they are part of.
   */
  readonly pointer: string;
  readonly message: string;
}

/** A schema that does not compile; in `type`, any value stands for what is at fault. */
export interface FaultySchema {
  readonly faults: readonly ShapeFault[];
  readonly type: ShapeType;
}

/** Makes a search for a regular expression anywhere in a text; throws if it is not one. */
export type CompilePattern = (source: string) => (text: string) => boolean;

/** Deeper than any input may nest. */
const MAX_SCHEMA_DEPTH = 64;

const ANY: ShapeNode = new AnyNode();

export function readSchema(
  schema: Json,
  defs: Json | undefined,
  compilePattern: CompilePattern | undefined,
): { readonly root: ShapeNode } | FaultySchema {
  const own = defs === undefined ? ownDefinitions(schema) : undefined;
  const reader = new SchemaReader(defs ?? own, compilePattern);
  const root = reader.root(own === undefined ? schema : without(schema, "$defs"));
  return reader.faults.length === 0 ? { root } : { faults: reader.faults, type: root.type };
}

/** A root that is a reference stands alone, and has none. */
function ownDefinitions(schema: Json): Json | undefined {
  if (!(schema instanceof JsonObject) || schema.get("$ref") !== undefined) return undefined;
  return schema.get("$defs");
}

function without(schema: Json, name: string): Json {
  if (!(schema instanceof JsonObject)) return schema;
  const kept = schema.names.map((_, at) => at).filter((at) => schema.names[at] !== name);
  return new JsonObject(
    kept.map((at) => schema.names[at] ?? ""),
    kept.map((at) => schema.values[at] ?? null),
  );
}

interface Definition {
  readonly node: ShapeNode;
  /** How many schemas deep it goes (SPEC 5.1). */
  readonly height: number;
}

/** A checked schema object of one kind, and where it stands. */
interface Place {
  readonly schema: JsonObject;
  readonly pointer: string;
  readonly nullable: boolean;
  readonly depth: number;
  /** `enum` or `const`, without null. */
  readonly only: readonly Json[] | undefined;
}

class SchemaReader {
  readonly faults: ShapeFault[] = [];
  readonly #defs: JsonObject;
  readonly #compilePattern: CompilePattern | undefined;
  /** Compiled definitions; null while one is being compiled, so that it refers to itself. */
  readonly #compiled = new Map<string, Definition | null>();
  /** The greatest depth of a schema since this was last set. */
  #deepest = 0;

  constructor(defs: Json | undefined, compilePattern: CompilePattern | undefined) {
    this.#compilePattern = compilePattern;
    this.#defs = defs instanceof JsonObject ? defs : new JsonObject([], []);
    if (defs !== undefined && !(defs instanceof JsonObject)) {
      this.#fault("/$defs", "use an object of schemas");
    }
  }

  root(schema: Json): ShapeNode {
    const node = this.#node(schema, "", 0);
    const { kind, nullable } = node.type;
    const stoodIn = kind === "any" && this.faults.length > 0;
    if (!stoodIn && (kind !== "object" || nullable)) {
      this.#fault("", 'describe the input by "type": "object"');
    }
    this.#checkHost(node.type);
    for (const name of this.#defs.names) {
      if (!this.#compiled.has(name)) this.#definition(name, 0);
    }
    return node;
  }

  #fault(pointer: string, message: string): void {
    this.faults.push({ pointer, message });
  }

  /** Compiles one schema. After a fault it goes on with any value, to find the other faults. */
  #node(schema: Json, pointer: string, depth: number): ShapeNode {
    if (!this.#reaches(depth, pointer) || schema === true) return ANY;
    if (!(schema instanceof JsonObject)) {
      this.#fault(pointer, "use a schema, or true for any value");
      return ANY;
    }
    if (schema.get("$ref") !== undefined) return this.#reference(schema, pointer, depth);
    const kind = kindOf(schema);
    if (typeof kind === "string") {
      this.#fault(at(pointer, schema.get("type") === undefined ? "enum" : "type"), kind);
      return ANY;
    }
    this.#checkKeywords(schema, kind.kind, pointer);
    const only = this.#literals(schema, kind.nullable, pointer);
    return this.#build(kind.kind, { schema, pointer, nullable: kind.nullable, depth, only });
  }

  #reaches(depth: number, pointer: string): boolean {
    this.#deepest = Math.max(this.#deepest, depth);
    if (depth <= MAX_SCHEMA_DEPTH) return true;
    this.#fault(pointer, `nest at most ${MAX_SCHEMA_DEPTH} deep, references followed`);
    return false;
  }

  #reference(schema: JsonObject, pointer: string, depth: number): ShapeNode {
    for (const name of schema.names) {
      if (name === "$ref") continue;
      const advice = ANNOTATIONS.includes(name)
        ? KEYWORDS.get(name)?.unfit(schema.get(name) ?? null)
        : "state this in the definition, not beside $ref";
      if (advice !== undefined) this.#fault(at(pointer, name), advice);
    }
    const target = schema.get("$ref");
    const name =
      typeof target === "string" ? /^#\/\$defs\/([0-9A-Za-z_.-]+)$/.exec(target)?.[1] : undefined;
    if (name === undefined) {
      this.#fault(at(pointer, "$ref"), "refer to #/$defs/<name>, of letters, digits, _ . -");
      return ANY;
    }
    if (this.#defs.get(name) === undefined) {
      this.#fault(at(pointer, "$ref"), `define ${JSON.stringify(name)} under $defs`);
      return ANY;
    }
    const known = this.#compiled.get(name);
    const definition = known === undefined ? this.#definition(name, depth + 1) : known;
    if (definition === null) {
      this.#fault(at(pointer, "$ref"), "do not let a definition contain itself");
      return ANY;
    }
    const fits = known === undefined || this.#reaches(depth + 1 + definition.height, pointer);
    return fits ? definition.node : ANY;
  }

  #definition(name: string, depth: number): Definition {
    this.#compiled.set(name, null);
    const outside = this.#deepest;
    this.#deepest = depth;
    const node = this.#node(this.#defs.get(name) ?? null, at("/$defs", name), depth);
    const definition = { node, height: this.#deepest - depth };
    this.#deepest = Math.max(outside, this.#deepest);
    this.#compiled.set(name, definition);
    return definition;
  }

  /** Every keyword must be known, stand with its kind, and have a value that fits it. */
  #checkKeywords(schema: JsonObject, kind: ShapeKind, pointer: string): void {
    schema.names.forEach((name, index) => {
      const keyword = KEYWORDS.get(name);
      const advice =
        keyword === undefined
          ? "leave out this keyword: shapes do not know it"
          : (keyword.unfit(schema.values[index] ?? null) ??
            (keyword.kinds.includes(kind)
              ? undefined
              : `use this with ${keyword.kinds.join(", ")}`));
      if (advice !== undefined) this.#fault(at(pointer, name), advice);
    });
    for (const [lower, upper] of BOUNDS) {
      if (
        bound(schema, lower, Number.NEGATIVE_INFINITY) >
        bound(schema, upper, Number.POSITIVE_INFINITY)
      ) {
        this.#fault(at(pointer, lower), `let it be at most ${upper}`);
      }
    }
  }

  #literals(schema: JsonObject, nullable: boolean, pointer: string): readonly Json[] | undefined {
    const keyword = schema.get("const") === undefined ? "enum" : "const";
    const literals = literalsOf(schema);
    const unfit = KEYWORDS.get(keyword)?.unfit(schema.get(keyword) ?? null);
    if (literals === undefined || unfit !== undefined) return undefined;
    if (keyword === "const" && schema.get("enum") !== undefined) {
      this.#fault(at(pointer, "enum"), "use enum or const, not both");
    }
    if (nullable !== literals.includes(null)) {
      this.#fault(
        at(pointer, keyword),
        "let null be in both the type and the literals, or in neither",
      );
    }
    return literals.filter((literal) => literal !== null);
  }

  #build(kind: ShapeKind, place: Place): ShapeNode {
    switch (kind) {
      case "object":
        return this.#object(place);
      case "array":
        return this.#array(place);
      case "null":
        return new NullNode();
      case "any":
        return ANY;
      default:
        return this.#scalar(kind, place);
    }
  }

  #scalar(kind: "string" | "integer" | "number" | "boolean", place: Place): ShapeNode {
    const make = (only: readonly Json[] | undefined): ShapeNode => {
      if (kind === "boolean") return new BooleanNode(only, place.nullable);
      if (kind === "string") return new TextNode(textRules, only, place.nullable);
      return new NumberNode(kind, numberRules(place.schema), only, place.nullable);
    };
    const textRules = { ...textBounds(place.schema), pattern: this.#pattern(place) };
    if (place.only !== undefined) this.#checkLiterals(place, make(undefined));
    return make(place.only);
  }

  /** A literal that no normalized value can equal would silently never hold. */
  #checkLiterals(place: Place, unlisted: ShapeNode): void {
    const constant = place.schema.get("const") !== undefined;
    const listed = literalsOf(place.schema) ?? [];
    listed.forEach((literal, index) => {
      if (literal === null) return;
      const pass = new Pass();
      unlisted.read(literal, pass, NOTHING);
      const reachable = !pass.violated && !pass.transient && pass.take() === canonicalJson(literal);
      if (reachable) return;
      const keyword = at(place.pointer, constant ? "const" : "enum");
      const pointer = constant ? keyword : at(keyword, String(index));
      const advice = `no value of this schema equals ${canonicalJson(literal)} after normalization`;
      const normal = genericForm(literal);
      this.#fault(
        pointer,
        normal === canonicalJson(literal) ? advice : `${advice}; write ${normal}`,
      );
    });
  }

  #pattern(place: Place): ((text: string) => boolean) | undefined {
    const source = place.schema.get("pattern");
    if (typeof source !== "string") return undefined;
    const pointer = at(place.pointer, "pattern");
    const advice = patternFault(source);
    if (advice !== undefined) {
      this.#fault(pointer, advice);
      return undefined;
    }
    if (this.#compilePattern === undefined) {
      this.#fault(pointer, "leave out pattern: no regular expression engine was given");
      return undefined;
    }
    try {
      return this.#compilePattern(source);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#fault(pointer, `use a regular expression in RE2 syntax: ${detail}`);
      return undefined;
    }
  }

  #array({ schema, pointer, nullable, depth }: Place): ShapeNode {
    const stated = schema.get("items");
    const items = stated === undefined ? ANY : this.#node(stated, at(pointer, "items"), depth + 1);
    const rules = {
      minItems: bound(schema, "minItems", 0),
      maxItems: bound(schema, "maxItems", Number.POSITIVE_INFINITY),
      unordered: schema.get("unordered") === true,
    };
    return new ArrayNode(items, rules, nullable);
  }

  #object({ schema, pointer, nullable, depth }: Place): ShapeNode {
    const declared = schema.get("properties");
    const names = declared instanceof JsonObject ? declared.names : [];
    const required = namesOf(schema.get("required"));
    const properties = names.map((name, index): NodeProperty => {
      const inside = at(at(pointer, "properties"), name);
      if (isMomentaryName(name)) {
        this.#fault(inside, "leave it out: a moment or a request has no place in an identity");
      }
      const value = declared instanceof JsonObject ? (declared.values[index] ?? null) : null;
      return {
        name,
        node: this.#node(value, inside, depth + 1),
        mandatory: required.includes(name),
      };
    });
    required.forEach((name, index) => {
      if (names.includes(name)) return;
      this.#fault(at(at(pointer, "required"), String(index)), "declare it under properties");
    });
    properties.sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#closedOrOpen(properties, { schema, pointer, nullable, depth });
  }

  #closedOrOpen(
    properties: readonly NodeProperty[],
    { schema, pointer, nullable, depth }: Omit<Place, "only">,
  ): ShapeNode {
    const additional = schema.get("additionalProperties");
    if (additional === undefined) {
      this.#fault(pointer, "state additionalProperties: true, false or a schema");
    }
    if (additional === undefined || additional === false) {
      return new ClosedNode(properties, nullable);
    }
    const node = this.#node(additional, at(pointer, "additionalProperties"), depth + 1);
    return new OpenNode(properties, node, nullable);
  }

  /** `host` is enforcement's own member, and has three parts at most. */
  #checkHost(root: ShapeType): void {
    const declared = root.kind === "object" ? root.properties : [];
    const type = declared.find((property) => property.name === "host")?.type;
    if (type === undefined) return;
    const parts = type.kind === "object" && type.additional === null ? type.properties : undefined;
    if (parts?.every((part) => HOST_PARTS.includes(part.name)) === true) return;
    const advice = `declare host as a closed object of ${HOST_PARTS.join(", ")} at most`;
    this.#fault("/properties/host", advice);
  }
}

const HOST_PARTS: readonly string[] = ["caller", "facts", "validators"];

/** One step further in a JSON pointer. */
function at(pointer: string, name: string): string {
  return `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function namesOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}
