import type { Nodes, Scalar } from "./node.ts";

/** A value that flags and variables can give too: every one but those under names of one's own. */
export interface Reachable {
  /** As in the file, with dots: `metrics.listen`. */
  readonly path: string;
  /** Without its dashes: `metrics-listen`. */
  readonly flag: string;
  /** `WRIT_METRICS_LISTEN`. */
  readonly variable: string;
  readonly scalar: Scalar<unknown>;
}

export function reachable(nodes: Nodes, above: string = ""): readonly Reachable[] {
  return Object.entries(nodes).flatMap(([key, node]): readonly Reachable[] => {
    const path = `${above}${key}`;
    if (node.node === "group") return reachable(node.keys, `${path}.`);
    if (node.node !== "scalar") return [];
    const words = path.split(/[._]/);
    const variable = `WRIT_${words.join("_").toUpperCase()}`;
    return [{ path, flag: words.join("-"), variable, scalar: node }];
  });
}
