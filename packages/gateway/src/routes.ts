import type { IncomingMessage } from "node:http";
import type { EvaluationForm } from "./authzen/answer-evaluation.ts";
import { EVALUATION_PATH, EVALUATIONS_PATH, METADATA_PATH } from "./authzen/authzen.ts";
import type { AttemptVerb, House } from "./house.ts";
import { OPENAPI_TEXT } from "./openapi.ts";

/** A page that everybody may read. */
export interface Page {
  readonly status: number;
  /** A JSON text. */
  readonly text: string;
}

/** What stands at a path, for one method each; for some, only where it is configured. */
export type Route = { readonly isServed?: (house: House) => boolean } & Standing;

type Standing =
  | { readonly method: "POST"; readonly verb: AttemptVerb }
  | { readonly method: "POST"; readonly mcp: true }
  | { readonly method: "POST"; readonly evaluation: EvaluationForm }
  | { readonly method: "GET"; readonly page: (house: House) => Page };

export const ROUTES: Readonly<Record<string, Route>> = {
  "/v1/enforce": { method: "POST", verb: "enforce" },
  "/v1/execute": { method: "POST", verb: "execute" },
  "/mcp": { method: "POST", mcp: true },
  [EVALUATION_PATH]: { method: "POST", evaluation: "one", isServed: isDecisionPoint },
  [EVALUATIONS_PATH]: { method: "POST", evaluation: "several", isServed: isDecisionPoint },
  [METADATA_PATH]: { method: "GET", page: metadata, isServed: hasMetadata },
  "/healthz": { method: "GET", page: () => ({ status: 200, text: '{"status":"up"}' }) },
  "/readyz": { method: "GET", page: readiness },
  "/openapi.json": { method: "GET", page: () => ({ status: 200, text: OPENAPI_TEXT }) },
};

const byPath: ReadonlyMap<string, Route> = new Map(Object.entries(ROUTES));

function readiness({ enforcement, isClosing }: House): Page {
  return enforcement.ready && !isClosing
    ? { status: 200, text: '{"status":"ready"}' }
    : { status: 503, text: `{"status":"${isClosing ? "closing" : "no bucket"}"}` };
}

function isDecisionPoint({ authzen }: House): boolean {
  return authzen !== null;
}

function hasMetadata({ authzen }: House): boolean {
  return typeof authzen?.metadata === "string";
}

function metadata({ authzen }: House): Page {
  return { status: 200, text: authzen?.metadata ?? "" };
}

/** What stands at a request's path, whatever its method. */
export function routeAt({ url = "" }: IncomingMessage): Route | undefined {
  const end = url.indexOf("?");
  return byPath.get(end < 0 ? url : url.slice(0, end));
}

type NoRoute = "NOT_FOUND" | "METHOD" | "NO_STREAM" | "BAD_REQUEST";

/** The route of a request, or why it has none. */
export function routeOf(request: IncomingMessage): Route | NoRoute {
  const route = routeAt(request);
  if (route !== undefined && route.method === request.method) return route;
  // MCP has every client ask whether there is a stream, and take 405 for no.
  if (route !== undefined)
    return "mcp" in route && request.method === "GET" ? "NO_STREAM" : "METHOD";
  try {
    decodeURIComponent(request.url ?? "");
    return "NOT_FOUND";
  } catch {
    return "BAD_REQUEST";
  }
}
