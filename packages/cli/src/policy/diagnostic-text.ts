import { styleText } from "node:util";
import { spellActing } from "@writ/contract/acting-text";
import type { Diagnostic } from "./diagnosis.ts";

/** Columns of a source line that are shown. */
const WIDTH = 100;

/** As compilers write it: the place, what is wrong, the line, a caret. */
export function diagnosticText(diagnostic: Diagnostic): string {
  const { severity, path, line, column, code } = diagnostic;
  const color = severity === "error" ? "red" : "yellow";
  const label = styleText(["bold", color], `${severity}[${code}]`);
  const head = `${shown(path)}:${line}:${column}: ${label}: ${shown(diagnostic.message)}\n`;
  if (diagnostic.source === "") return head;
  const { text, at } = excerpt(diagnostic.source, column - 1);
  const gutter = String(line).padStart(5);
  const caret = styleText(["bold", color], underline(text, at));
  return `${head}${gutter} | ${text}\n${" ".repeat(gutter.length)} | ${" ".repeat(at)}${caret}\n`;
}

/** A bundle may come from strangers: nothing in it may act on a terminal. One for one, so that columns stay. */
export function shown(text: string): string {
  return spellActing(text.replaceAll("\t", " "), (each) => "\ufffd".repeat(each.length));
}

function excerpt(source: string, column: number): { readonly text: string; readonly at: number } {
  const from = column < WIDTH - 20 ? 0 : column - WIDTH / 2;
  return { text: shown(source.slice(from, from + WIDTH).toWellFormed()), at: column - from };
}

function underline(text: string, at: number): string {
  const word = /^[\w$]+/.exec(text.slice(at))?.[0].length ?? 1;
  return "^".padEnd(word, "~");
}
