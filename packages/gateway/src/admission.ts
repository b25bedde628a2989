import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { NDJSON_TYPE } from "./batch.ts";
import type { Caller } from "./callers.ts";
import type { AttemptVerb, House } from "./house.ts";
import type { RefusalCause } from "./refusal.ts";
import { type Route, routeOf } from "./routes.ts";

/** A request that may send its body. */
export interface Admission {
  readonly verb: AttemptVerb;
  readonly caller: Caller;
  /** Whether the body is lines, each an attempt of its own. */
  readonly isBatch: boolean;
}

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
  if (typeof route === "string" || route.method === "GET") return route;
  if (house.isClosing) return "CLOSING";
  const caller = house.callers.find(headers.authorization, certificateName(request));
  if (caller === undefined) return "UNAUTHENTICATED";
  // A page in a browser on this machine reaches a loopback address; it has no business here.
  if (caller.name === null && headers.origin !== undefined) return "BROWSER";
  const type = mediaType(headers["content-type"]);
  if (type === undefined) return "NO_MEDIA_TYPE";
  return { verb: route.verb, caller, isBatch: type === NDJSON_TYPE };
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
