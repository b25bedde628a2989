/** Deeper than any adapter's result has business to be. */
const maxDepth = 256;

/**
 * The value of a JSON text, in which no object names a member twice: of two `decision`s one reader
 * takes the first and another the last. Throws if it is none.
 */
export function parseUnambiguous(text: string): unknown {
  const value: unknown = JSON.parse(text);
  requireSingleNames(text);
  return value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/** Takes for granted that the text is JSON. */
function requireSingleNames(text: string): void {
  // The names of each object that is open; of an array, null.
  const open: (Set<string> | null)[] = [];
  let isName = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const names = open.at(-1);
    if (token === "}" || token === "]") open.pop();
    else if (token === "{" || token === "[") open.push(token === "{" ? new Set() : null);
    else if (token !== "," && isName && names) take(names, JSON.parse(token));
    if (open.length > maxDepth) throw new SyntaxError(`the body is deeper than ${maxDepth}`);
    isName = token === "{" || (token === "," && names !== null);
  }
}

function take(names: Set<string>, name: string): void {
  if (names.has(name)) throw new SyntaxError("the body names a member twice");
  names.add(name);
}

/**
 * An input as JSON text. Throws a TypeError for what JSON cannot say: were it left out or made null,
 * something else would be judged than what the program then does. Only a member that is undefined
 * is left out: it is as good as absent.
 */
export function inputText(input: object): string {
  if (Array.isArray(input)) throw new TypeError("an input is an object");
  return JSON.stringify(input, requireJson);
}

function requireJson(this: Record<string, unknown>, name: string, said: unknown): unknown {
  const value = this[name];
  const isSaid =
    typeof value === "object" || typeof value === "undefined"
      ? value === said && !(value === undefined && Array.isArray(this))
      : typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  if (isSaid && !(value instanceof Map || value instanceof Set)) return said;
  throw new TypeError(`the input's ${name} is no JSON value`);
}
