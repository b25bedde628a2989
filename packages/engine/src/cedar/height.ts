/**
 * How high the syntax tree of a policy set can be at most, read off its tokens before Cedar sees
 * it: Cedar's own parser and evaluator recurse on the stack of their WebAssembly memory, which
 * overflows at about 360 operators in a chain or 115 brackets, and is of no use afterwards.
 *
 * Within one pair of brackets, `&&`, `||`, `if then else` and the clauses of a policy bind loosest,
 * so what stands between two of them is a tree of its own; a bracket weighs as three operators.
 */
export function treeHeight(text: string): number {
  const levels: Level[] = [newLevel()];
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1) ?? newLevel();
    if (OPENING.includes(token)) levels.push(newLevel());
    else if (CLOSING.includes(token)) {
      const inner = levels.length > 1 ? levels.pop() : undefined;
      const outer = levels.at(-1);
      if (inner === undefined || outer === undefined) continue;
      outer.below = Math.max(outer.below, BRACKET + heightOf(inner));
    } else if (ENDING.includes(token)) endElement(level);
    else if (LOOSE.has(token)) endTerm(level);
    else if (TIGHT.has(token)) level.operators += 1;
  }
  while (levels.length > 1) {
    const inner = levels.pop() ?? newLevel();
    const outer = levels.at(-1) ?? newLevel();
    outer.below = Math.max(outer.below, BRACKET + heightOf(inner));
  }
  return heightOf(levels[0] ?? newLevel());
}

/** About a third of where Cedar's stack ends. */
export const MAX_HEIGHT = 128;

const BRACKET = 3;

/** Comments and strings are matched so that nothing inside them counts. */
const TOKEN = /\/\/[^\n]*|"(?:[^"\\]|\\.)*"|&&|\|\||[A-Za-z_][A-Za-z0-9_]*|[()[\]{},;.+\-*!<>=]/gs;
const OPENING = ["(", "[", "{"];
const CLOSING = [")", "]", "}"];
const ENDING = [",", ";"];
const LOOSE = new Set(["&&", "||", "if", "then", "else", "when", "unless"]);
const TIGHT = new Set([".", "+", "-", "*", "!", "<", ">", "=", "has", "like", "in", "is"]);

/** What is open between two brackets: the highest element so far, and the one being read. */
interface Level {
  highest: number;
  loose: number;
  highestTerm: number;
  operators: number;
  /** The highest bracket in the term being read. */
  below: number;
}

function newLevel(): Level {
  return { highest: 0, loose: 0, highestTerm: 0, operators: 0, below: 0 };
}

function endTerm(level: Level): void {
  level.highestTerm = Math.max(level.highestTerm, level.operators + level.below);
  level.loose += 1;
  level.operators = 0;
  level.below = 0;
}

function endElement(level: Level): void {
  endTerm(level);
  level.highest = Math.max(level.highest, level.loose + level.highestTerm);
  level.loose = 0;
  level.highestTerm = 0;
}

function heightOf(level: Level): number {
  endElement(level);
  return level.highest;
}
