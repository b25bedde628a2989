/** The views that there are, by the first word of their address. */
export const VIEWS = ["now", "find", "event", "log", "replay"] as const;

export type ViewName = (typeof VIEWS)[number];

/** Where the page stands: `#/<view>[/<of>][?<query>]`. All that a view shows is in its address. */
export interface Route {
  readonly view: ViewName;
  /** What follows the view's word, decoded; empty if nothing does: an event's index or decision id. */
  readonly of: string;
  readonly query: URLSearchParams;
}

/** Reads a location's hash; anything that is no address is that of *Now*. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const [path = "", query = ""] = splitOnce(text, "?");
  const [word, of = ""] = splitOnce(path, "/");
  const view = VIEWS.find((name) => name === word);
  if (view === undefined) return { view: "now", of: "", query: new URLSearchParams() };
  return { view, of: decoded(of), query: new URLSearchParams(query) };
}

/** The hash of a route, for a link. */
export function hashOf(
  view: ViewName,
  of: string = "",
  query: URLSearchParams = new URLSearchParams(),
): string {
  const path = of === "" ? view : `${view}/${encodeURIComponent(of)}`;
  const asked = query.toString();
  return `#/${path}${asked === "" ? "" : `?${asked}`}`;
}

function splitOnce(text: string, at: string): readonly [string, string?] {
  const found = text.indexOf(at);
  return found < 0 ? [text] : [text.slice(0, found), text.slice(found + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
