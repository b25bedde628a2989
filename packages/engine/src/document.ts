import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import { type Document, type ParsedNode, parseAllDocuments, type YAMLError } from "yaml";
import type { FaultList } from "./fault.ts";
import type { Located } from "./located.ts";
import type { SourceFile } from "./source.ts";
import { unitsIn, utf8Bytes } from "./utf8.ts";
import { MAX_DEPTH, YamlTree } from "./yaml-tree.ts";

/** In UTF-16 units, over all files of a bundle together. */
export const MAX_TEXT: number = 4 * 1024 * 1024;

/**
 * Reads one file as YAML 1.2 with the core schema (where its name ends in `.json`: as JSON) into
 * the values that JSON knows. Refused, because two readers could differ over them: directives,
 * tags, several documents, duplicate keys, numbers that JSON would not write or binary64 not keep.
 * Null means that there is no tree and `faults` says why; a tree may come with faults too.
 */
export function readDocument(source: SourceFile, faults: FaultList): Located | null {
  if (source.path.endsWith(".json") && !isJson(source, faults)) return null;
  const document = parseYaml(source, faults);
  if (document === null) return null;
  const unfolding = new YamlTree(source, faults);
  const tree = unfolding.unfold(document.contents);
  return unfolding.overflown ? null : tree;
}

function parseYaml(source: SourceFile, faults: FaultList): Document.Parsed | null {
  const documents = parsedDocuments(source);
  if (documents === null) {
    faults.add(source, 0, "TOO_LARGE", `nest fewer than ${MAX_DEPTH} levels`);
    return null;
  }
  const [first, second] = documents;
  if (first === undefined) {
    faults.add(source, 0, "NOT_YAML", "the file is empty: write a mapping, or remove the file");
    return null;
  }
  if (second !== undefined) {
    const at = second.range?.[0] ?? 0;
    faults.add(source, at, "NOT_YAML", "a file holds one document: split the file");
    return null;
  }
  const before = source.text.slice(0, first.contents?.range[0]);
  const directive = /^%/m.exec(before);
  if (first.directives.docStart === true && directive !== null) {
    faults.add(source, directive.index, "NOT_YAML", "no directive is used here: remove the line");
  }
  for (const error of [...first.errors, ...first.warnings]) {
    faults.add(source, error.pos[0], "NOT_YAML", yamlMessage(error));
  }
  return first.errors.length === 0 ? first : null;
}

/** Null where the library's recursion ran out of stack: nesting is not bounded inside it. */
function parsedDocuments(source: SourceFile): readonly Document.Parsed<ParsedNode>[] | null {
  try {
    const found = parseAllDocuments(source.text, {
      version: "1.2",
      schema: "core",
      merge: false,
      resolveKnownTags: false,
      stringKeys: true,
      // Found while unfolding instead: all of them, and not by comparing each key with each.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    if (!Array.isArray(found)) return [];
    return found.some(isExhausted) ? null : found;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function isExhausted(document: Document.Parsed): boolean {
  return document.errors.some((error) => error.code === "RESOURCE_EXHAUSTION");
}

function yamlMessage(error: YAMLError): string {
  const message = error.message;
  return `mend the YAML here: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

function isJson(source: SourceFile, faults: FaultList): boolean {
  try {
    parseStrictJson(utf8Bytes(source.text), { depth: MAX_DEPTH, bytes: MAX_TEXT * 3 });
    return true;
  } catch (error) {
    if (!(error instanceof NotStrictJson)) throw error;
    const at = unitsIn(source.text, error.offset);
    faults.add(source, at, "NOT_JSON", "this is not strict JSON from here on: mend it");
    return false;
  }
}
