import { type Json, JsonObject } from "@writ/contract/json";

/** A JSON pointer (RFC 6901) to a place below the root, taken apart; null where it is none. */
export function pointerTokens(pointer: string): readonly string[] | null {
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return null;
  return pointer
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What comes in the place of what stood there; undefined where nothing may. */
type Change = (parent: JsonObject | readonly Json[], token: string) => Json | undefined;

/** The value with something put at a pointer; undefined where its parent is missing. */
export function putAt(root: Json, tokens: readonly string[], value: Json): Json | undefined {
  return changeAt(root, tokens, (parent, token) => {
    return parent instanceof JsonObject
      ? withMember(parent, token, value)
      : withItem(parent, token, value);
  });
}

/** The value without what stands at a pointer; undefined where nothing stands there. */
export function removeAt(root: Json, tokens: readonly string[]): Json | undefined {
  return changeAt(root, tokens, (parent, token) => {
    if (parent instanceof JsonObject) {
      const at = parent.names.indexOf(token);
      return at < 0 ? undefined : objectWith(parent, at, []);
    }
    const at = indexOf(parent, token);
    return at === undefined ? undefined : parent.toSpliced(at, 1);
  });
}

function changeAt(root: Json, tokens: readonly string[], change: Change): Json | undefined {
  const [token, ...below] = tokens;
  if (token === undefined || root === null || typeof root !== "object") return undefined;
  if (below.length === 0) return change(root, token);
  const inner = memberOf(root, token);
  const changed = inner === undefined ? undefined : changeAt(inner, below, change);
  if (changed === undefined) return undefined;
  return root instanceof JsonObject
    ? withMember(root, token, changed)
    : withItem(root, token, changed);
}

function memberOf(parent: JsonObject | readonly Json[], token: string): Json | undefined {
  if (parent instanceof JsonObject) return parent.get(token);
  const at = indexOf(parent, token);
  return at === undefined ? undefined : parent[at];
}

function indexOf(list: readonly Json[], token: string): number | undefined {
  return /^(?:0|[1-9][0-9]*)$/.test(token) && Number(token) < list.length
    ? Number(token)
    : undefined;
}

function withMember(object: JsonObject, name: string, value: Json): JsonObject {
  const at = object.names.indexOf(name);
  return at < 0
    ? new JsonObject([...object.names, name], [...object.values, value])
    : objectWith(object, at, [[name, value]]);
}

/** The object with other members in the place of one. */
function objectWith(
  { names, values }: JsonObject,
  at: number,
  members: readonly (readonly [string, Json])[],
): JsonObject {
  return new JsonObject(
    names.toSpliced(at, 1, ...members.map(([name]) => name)),
    values.toSpliced(at, 1, ...members.map(([, value]) => value)),
  );
}

function withItem(list: readonly Json[], token: string, value: Json): Json | undefined {
  if (token === "-") return [...list, value];
  const at = indexOf(list, token);
  return at === undefined ? undefined : list.with(at, value);
}
