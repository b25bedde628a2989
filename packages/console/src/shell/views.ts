import { View as Find } from "../find/view.tsx";
import { View as Now } from "../now/view.tsx";
import type { SourceKind } from "../source/source.ts";
import type { ViewName } from "./route.ts";
import type { View, ViewModule } from "./view.ts";

interface Entry {
  readonly name: ViewName;
  readonly title: string;
  /** Whether it stands in the navigation. */
  readonly isMain: boolean;
  /** What takes its place where there is no audit process to ask. */
  readonly exported?: () => Promise<ViewModule>;
}

/** A view as the shell knows it: there from the start, or fetched when it is first shown. */
export type ViewEntry =
  | (Entry & { readonly View: View })
  | (Entry & { readonly load: () => Promise<ViewModule> });

export const VIEW_ENTRIES: readonly ViewEntry[] = [
  {
    name: "now",
    title: "Now",
    isMain: true,
    View: Now,
    exported: () => import("../now/exported-view.tsx"),
  },
  {
    name: "find",
    title: "Find",
    isMain: true,
    View: Find,
    exported: () => import("../find/exported-view.tsx"),
  },
  { name: "event", title: "Event", isMain: false, load: () => import("../event/view.tsx") },
  { name: "log", title: "Log", isMain: true, load: () => import("../log/view.tsx") },
  { name: "replay", title: "Replay", isMain: true, load: () => import("../replay/view.tsx") },
];

/** How a view's code is come by: `undefined` for one that is there from the start. */
export function loaderOf(entry: ViewEntry, kind: SourceKind): ViewModule | ViewEntry["exported"] {
  if (kind === "export" && entry.exported !== undefined) return entry.exported;
  return "View" in entry ? { View: entry.View } : entry.load;
}

export function entryOf(name: ViewName): ViewEntry | undefined {
  return VIEW_ENTRIES.find((entry) => entry.name === name);
}
