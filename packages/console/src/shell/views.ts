import { View as Find } from "../find/view.tsx";
import { View as Now } from "../now/view.tsx";
import type { ViewName } from "./route.ts";
import type { View, ViewModule } from "./view.ts";

interface Entry {
  readonly name: ViewName;
  readonly title: string;
  /** Whether it stands in the navigation. */
  readonly isMain: boolean;
}

/** A view as the shell knows it: there from the start, or fetched when it is first shown. */
export type ViewEntry =
  | (Entry & { readonly View: View })
  | (Entry & { readonly load: () => Promise<ViewModule> });

export const VIEW_ENTRIES: readonly ViewEntry[] = [
  { name: "now", title: "Now", isMain: true, View: Now },
  { name: "find", title: "Find", isMain: true, View: Find },
  { name: "event", title: "Event", isMain: false, load: () => import("../event/view.tsx") },
  { name: "log", title: "Log", isMain: true, load: () => import("../log/view.tsx") },
  { name: "replay", title: "Replay", isMain: true, load: () => import("../replay/view.tsx") },
];

export function entryOf(name: ViewName): ViewEntry | undefined {
  return VIEW_ENTRIES.find((entry) => entry.name === name);
}
