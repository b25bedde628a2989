import type { VNode } from "preact";
import { ExportedView } from "../parts/exported.tsx";
import type { ViewProps } from "../shell/view.ts";

/** What a folder of files can show in place of *Now*. */
export function View({ source }: ViewProps): VNode {
  return <ExportedView source={source} title="Now" lacks="Rates and counts over time" />;
}
