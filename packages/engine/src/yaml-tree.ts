import { type Json, JsonObject } from "@writ/contract/json";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import {
  type Alias,
  isAlias,
  isScalar,
  isSeq,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { type FaultCode, type FaultList, quoted } from "./fault.ts";
import type { Located, Member } from "./located.ts";
import type { SourceFile } from "./source.ts";
import { utf8Bytes } from "./utf8.ts";

/**
 * Aliases let a small file stand for an enormous tree, so nodes are counted as they are unfolded.
 * The depth leaves room for a canary at the input's own limit of 64 under the bundle's levels.
 */
export const MAX_NODES = 200_000;
export const MAX_DEPTH = 80;

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Turns the YAML library's nodes into located JSON values; one object per document. */
export class YamlTree {
  readonly #source: SourceFile;
  readonly #faults: FaultList;
  /** The finished value under each anchor so far; null while it is still being unfolded. */
  readonly #anchors = new Map<string, Located | null>();
  #nodes = 0;
  #overflown = false;

  constructor(source: SourceFile, faults: FaultList) {
    this.#source = source;
    this.#faults = faults;
  }

  /** Whether a limit was passed: what was unfolded is then not the whole. */
  get overflown(): boolean {
    return this.#overflown;
  }

  unfold(node: ParsedNode | null, at = 0, depth = 1): Located {
    const start = node?.range[0] ?? at;
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || depth > MAX_DEPTH) return this.#overflow(start);
    if (node === null) return this.#leaf(null, start);
    if (isAlias(node)) return this.#alias(node as Alias.Parsed, start, depth);
    if (node.tag !== undefined) this.#fault(start, "NOT_YAML", "a tag is not used here: remove it");
    if (node.anchor === undefined) return this.#content(node, start, depth);
    this.#anchors.set(node.anchor, null);
    const content = this.#content(node, start, depth);
    this.#anchors.set(node.anchor, content);
    return content;
  }

  #content(node: Exclude<ParsedNode, Alias.Parsed>, start: number, depth: number): Located {
    if (isScalar(node)) return this.#leaf(this.#scalar(node, start), start);
    return isSeq(node) ? this.#sequence(node, start, depth) : this.#mapping(node, start, depth);
  }

  #alias(alias: Alias.Parsed, start: number, depth: number): Located {
    const target = this.#anchors.get(alias.source) ?? null;
    if (target === null) {
      const message = `the alias ${quoted(alias.source)} names no finished value: write the value itself`;
      this.#fault(start, "NOT_YAML", message);
      return this.#leaf(null, start);
    }
    const { nodes, height } = measure(target);
    this.#nodes += nodes;
    const tooLarge = this.#nodes > MAX_NODES || depth + height > MAX_DEPTH;
    return tooLarge ? this.#overflow(start) : target;
  }

  #sequence(node: YAMLSeq.Parsed, start: number, depth: number): Located {
    const items: Located[] = [];
    for (const item of node.items) {
      if (this.#overflown) break;
      items.push(this.unfold(item as ParsedNode, start, depth + 1));
    }
    const json = items.map((item) => item.json);
    return { json, source: this.#source, start, members: null, items };
  }

  #mapping(node: YAMLMap.Parsed, start: number, depth: number): Located {
    const members = new Map<string, Member>();
    for (const pair of node.items) {
      if (this.#overflown) break;
      const key = pair.key as ParsedNode | null;
      const keyStart = key?.range[0] ?? start;
      const name = isScalar(key) ? this.#key(key as Scalar.Parsed, keyStart) : "";
      const value = this.unfold(pair.value as ParsedNode | null, keyStart, depth + 1);
      if (members.has(name)) {
        this.#fault(
          keyStart,
          "DUPLICATE_KEY",
          `the key ${quoted(name)} stands here twice: remove one`,
        );
      }
      members.set(name, { keyStart, value });
    }
    const values = [...members.values()].map((member) => member.value.json);
    const json = new JsonObject([...members.keys()], values);
    return { json, source: this.#source, start, members, items: null };
  }

  #key(key: Scalar.Parsed, start: number): string {
    if (key.anchor !== undefined || key.tag !== undefined) {
      this.#fault(start, "NOT_YAML", "a key bears no anchor and no tag: write it plainly");
    }
    return this.#text(key.source, start);
  }

  #text(text: string, start: number): string {
    if (text.isWellFormed()) return text;
    this.#fault(start, "STRING", "half a surrogate pair is no character: write the whole one");
    return text.toWellFormed();
  }

  #scalar(scalar: Scalar.Parsed, start: number): Json {
    const value: unknown = scalar.value;
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") {
      return this.#text(value, start);
    }
    return this.#number(scalar.source, start);
  }

  /** YAML has more spellings of a number than JSON, and readers that round; JSON's rule decides. */
  #number(text: string, start: number): Json {
    if (!JSON_NUMBER.test(text)) {
      this.#fault(
        start,
        "NUMBER",
        `write the number ${quoted(text)} as JSON does, or quote the text`,
      );
      return 0;
    }
    try {
      return parseStrictJson(utf8Bytes(text));
    } catch (error) {
      if (!(error instanceof NotStrictJson)) throw error;
      const message = `the number ${quoted(text)} would be rounded: write one that binary64 keeps`;
      this.#fault(start, "NUMBER", message);
      return 0;
    }
  }

  #leaf(json: Json, start: number): Located {
    return { json, source: this.#source, start, members: null, items: null };
  }

  #overflow(start: number): Located {
    if (!this.#overflown) {
      this.#overflown = true;
      const limits = `${MAX_NODES} values or ${MAX_DEPTH} levels`;
      this.#fault(start, "TOO_LARGE", `the file unfolds to more than ${limits}: make it smaller`);
    }
    return this.#leaf(null, start);
  }

  #fault(start: number, code: FaultCode, message: string): void {
    this.#faults.add(this.#source, start, code, message);
  }
}

function measure(tree: Located): { readonly nodes: number; readonly height: number } {
  let nodes = 1;
  let height = 0;
  const members = [...(tree.members?.values() ?? [])].map((member) => member.value);
  for (const child of tree.items ?? members) {
    const below = measure(child);
    nodes += below.nodes;
    height = Math.max(height, below.height + 1);
  }
  return { nodes, height };
}
