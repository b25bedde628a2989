import type { Json } from "@writ/contract/json";
import type { SourceFile } from "./source.ts";

/** A value of a bundle file together with where it stands, so that a fault can point at it. */
export interface Located {
  readonly json: Json;
  readonly source: SourceFile;
  /** Offset of its first character; where an alias stands for it, of the anchored value's. */
  readonly start: number;
  readonly members: ReadonlyMap<string, Member> | null;
  readonly items: readonly Located[] | null;
}

export interface Member {
  readonly keyStart: number;
  readonly value: Located;
}

/**
 * Follows a JSON pointer (RFC 6901) as far as it leads, so that a fault about a missing member
 * stands at the object that lacks it.
 */
export function follow(from: Located, pointer: string): Located {
  let at = from;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    const next = at.members?.get(name)?.value ?? at.items?.[Number(name)];
    if (next === undefined) return at;
    at = next;
  }
  return at;
}
