import type { VNode } from "preact";
import type { ViewProps } from "../shell/view.ts";

export function View({ source }: ViewProps): VNode {
  return <p>{source.kind}</p>;
}
