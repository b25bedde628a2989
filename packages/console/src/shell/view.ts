import type { VNode } from "preact";
import type { LogSource } from "../source/source.ts";
import type { Route } from "./route.ts";

/** What every view is given. */
export interface ViewProps {
  readonly source: LogSource;
  readonly route: Route;
  /** Says something to screen readers, politely, at most once a few seconds. */
  readonly say: (text: string) => void;
}

export type View = (props: ViewProps) => VNode;

/** What a view's module exports. */
export interface ViewModule {
  readonly View: View;
}
