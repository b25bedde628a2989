import type { VNode } from "preact";
import { ExportedView } from "../parts/exported.tsx";
import type { ViewProps } from "../shell/view.ts";

/** What a folder of files can show in place of *Find*. */
export function View({ source }: ViewProps): VNode {
  return <ExportedView source={source} title="Find" lacks="Filters and searches" />;
}
