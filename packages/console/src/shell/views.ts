import type { ViewName } from "./route.ts";
import type { ViewModule } from "./view.ts";

/** A view as the shell knows it; its code is fetched when it is first shown. */
export interface ViewEntry {
  readonly name: ViewName;
  readonly title: string;
  /** Whether it stands in the navigation. */
  readonly isMain: boolean;
  readonly load: () => Promise<ViewModule>;
}

export const VIEW_ENTRIES: readonly ViewEntry[] = [
  { name: "now", title: "Now", isMain: true, load: () => import("../now/view.tsx") },
  { name: "find", title: "Find", isMain: true, load: () => import("../find/view.tsx") },
  { name: "log", title: "Log", isMain: true, load: () => import("../log/view.tsx") },
];

export function entryOf(name: ViewName): ViewEntry | undefined {
  return VIEW_ENTRIES.find((entry) => entry.name === name);
}
