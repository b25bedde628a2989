import type { JsonReader } from "./json-reader.ts";
import { MemberNames } from "./member-names.ts";

/** The names so far of each object that is open, null for an array. */
type Open = (MemberNames | null)[];

/**
 * Reads a container without keeping it and without recursion: the grammar of strict JSON is
 * checked to the end, however deep it nests.
 */
export function checkDeep(reader: JsonReader): void {
  const open: Open = [];
  do {
    if (!opens(reader, open)) close(reader, open);
  } while (open.length > 0);
}

/** Reads up to the first value of a container (true), or a whole value (false). */
function opens(reader: JsonReader, open: Open): boolean {
  if (reader.startsObject()) {
    if (!reader.enterObject()) return false;
    const names = new MemberNames();
    reader.name(names);
    open.push(names);
    return true;
  }
  if (reader.startsArray()) {
    if (!reader.enterArray()) return false;
    open.push(null);
    return true;
  }
  reader.scalar();
  return false;
}

/** Behind a value: on to the next one, leaving the containers that end here. */
function close(reader: JsonReader, open: Open): void {
  while (open.length > 0) {
    const names = open[open.length - 1] ?? null;
    if (names === null ? reader.anotherElement() : reader.anotherMember()) {
      if (names !== null) reader.name(names);
      return;
    }
    open.pop();
  }
}
