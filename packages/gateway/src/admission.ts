import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { EvaluationForm } from "./authzen/answer-evaluation.ts";
import type { Authzen } from "./authzen/authzen.ts";
import { NDJSON_TYPE } from "./batch.ts";
import type { Caller } from "./callers.ts";
import type { AttemptVerb, House } from "./house.ts";
import type { AgentsDoor } from "./mcp/agents-door.ts";
import type { RefusalCause } from "./refusal.ts";
import { type Route, routeOf } from "./routes.ts";

/** A request that may send its body. */
export type Admission =
  | {
      readonly verb: AttemptVerb;
      readonly caller: Caller;
      /** Whether the body is lines, each an attempt of its own. */
      readonly isBatch: boolean;
    }
  | { readonly agents: AgentsDoor; readonly caller: Caller }
  | { readonly authzen: Authzen; readonly form: EvaluationForm; readonly caller: Caller };

type PageRoute = Extract<Route, { method: "GET" }>;

/** The checks on a request's headers, in the specification's order; before them nothing is read. */
export function admit(
  house: House,
  request: IncomingMessage,
): Admission | PageRoute | RefusalCause {
  const { headers, httpVersionMinor } = request;
  // RFC 9112 §3.2.
  if (headers.host === undefined && httpVersionMinor > 0) return "BAD_REQUEST";
  const route = routeOf(request);
  if (typeof route === "string") return route;
  if (route.isServed?.(house) === false) return "NOT_FOUND";
  if (route.method === "GET") return route;
  if ("mcp" in route && house.agents === null) return "NOT_FOUND";
  if (house.isClosing) return "CLOSING";
  const caller = house.callers.find(headers.authorization, certificateName(request));
  if (caller === undefined) return "UNAUTHENTICATED";
  const type = mediaType(headers["content-type"]);
  if ("mcp" in route) {
    if (!isOwnOrigin(headers, caller)) return "BROWSER";
    return house.agents === null || type !== JSON_MEDIA_TYPE
      ? "NO_MEDIA_TYPE"
      : { agents: house.agents, caller };
  }
  // A page in a browser on this machine reaches a loopback address; it has no business here.
  if (caller.name === null && headers.origin !== undefined) return "BROWSER";
  if ("evaluation" in route) {
    // AuthZEN §10.1 asks for the type, and for 400 without it.
    const isJson = headers["content-type"] !== undefined && type === JSON_MEDIA_TYPE;
    if (house.authzen === null || !isJson) return "BAD_REQUEST";
    return { authzen: house.authzen, form: route.evaluation, caller };
  }
  if (type === undefined) return "NO_MEDIA_TYPE";
  return { verb: route.verb, caller, isBatch: type === NDJSON_TYPE };
}

/**
 * A page in a browser sends its origin, and DNS may make this address look like its own (MCP,
 * "Streamable HTTP", security warning). So an origin must be the one that was asked; and where nobody
 * is asked for a key, what was asked must be this machine by its own name.
 */
function isOwnOrigin({ origin, host = "" }: IncomingHttpHeaders, caller: Caller): boolean {
  const asked = URL.parse(`http://${host}`);
  if (asked === null) return false;
  if (origin !== undefined && URL.parse(origin)?.host !== asked.host) return false;
  return caller.name !== null || isLoopbackName(asked.hostname);
}

function isLoopbackName(name: string): boolean {
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}

const JSON_MEDIA_TYPE = "application/json";
/** RFC 9110 §8.3.1. */
const MEDIA_TYPE = /^([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[ \t]*(?:;.*)?$/;

/** In lower case; that of JSON where none is given, undefined for what is none. */
function mediaType(header: string | undefined): string | undefined {
  if (header === undefined || header === JSON_MEDIA_TYPE) return JSON_MEDIA_TYPE;
  return MEDIA_TYPE.exec(header)?.[1]?.toLowerCase();
}

/** Read once a connection; the handshake has verified it, or there would be no connection. */
const certificateNames = new WeakMap<TLSSocket, string | undefined>();

function certificateName({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  if (!certificateNames.has(socket)) {
    // Several common names are an array, and name nobody.
    const name: unknown = socket.getPeerCertificate().subject?.CN;
    certificateNames.set(socket, typeof name === "string" ? name : undefined);
  }
  return certificateNames.get(socket);
}
