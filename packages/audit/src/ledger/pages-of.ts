import type { DecisionId } from "@writ/contract/decision-id";
import type { HoleRange } from "../index/search.ts";

/** All items of a list that is given in pages, each page behind the place of the last item before. */
export async function allPages<T, Place>(
  first: Place,
  page: (place: Place) => Promise<readonly T[]>,
  placeOf: (item: T) => Place,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let place = first; ; ) {
    const found = await page(place);
    items.push(...found);
    const last = found.at(-1);
    if (last === undefined) return items;
    place = placeOf(last);
  }
}

/** Where the holes behind one of them begin. */
export function placeOfHole({ gateway, epoch, from }: HoleRange): DecisionId {
  return { gateway, epoch, sequence: from };
}
