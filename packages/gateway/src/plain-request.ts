import type { IncomingHttpHeaders } from "node:http";

/** A request in its plainest form, as most callers send it: whole, in one piece, and nothing more. */
export interface PlainRequest {
  readonly method: "POST";
  readonly url: string;
  readonly httpVersionMinor: 1;
  /** Of all headers those that anything here depends on, each at most once. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** Whether the sender wants no further answer on this connection. */
  readonly isLast: boolean;
}

/** RFC 9112 §3, §5, less than it allows: no empty line before, no other white space, ASCII alone. */
const HEAD = /^POST (\/[\w./-]*) HTTP\/1\.1\r\n((?:[\w-]+:[\t -~]*\r\n)+)\r\n/;

const KEPT: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "host",
  "origin",
]);

/** These change how a message is read or answered: Node knows how. */
const BEYOND: ReadonlySet<string> = new Set([
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Reads a piece as it came from a connection. Undefined says nothing against it: whatever is not a
 * plain request, whole and alone, is for Node's own parser, which reads all that HTTP/1.1 is. So that
 * two readers can never differ on one message, this takes none of whose meaning there is any doubt.
 */
export function plainRequest(
  piece: Buffer,
  mostHeadBytes: number,
  mostBodyBytes: number,
): PlainRequest | undefined {
  if (piece.length > mostHeadBytes + mostBodyBytes) return undefined;
  const found = HEAD.exec(piece.toString("latin1"));
  const [head = "", url = "", lines = ""] = found ?? [];
  if (found === null || head.length > mostHeadBytes) return undefined;
  const headers = headersIn(lines);
  if (headers?.host === undefined) return undefined;
  const length = headers["content-length"];
  const body = piece.subarray(head.length);
  if (length !== `${body.length}` || body.length > mostBodyBytes) return undefined;
  const isLast = isLastBy(headers.connection);
  if (isLast === undefined) return undefined;
  return { method: "POST", url, httpVersionMinor: 1, headers, body, isLast };
}

function headersIn(lines: string): IncomingHttpHeaders | undefined {
  const headers: Record<string, string> = {};
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf("\r\n", at);
    const colon = lines.indexOf(":", at);
    const name = lines.slice(at, colon).toLowerCase();
    if (BEYOND.has(name)) return undefined;
    if (KEPT.has(name)) {
      if (headers[name] !== undefined) return undefined;
      // RFC 9112 §5.1. Of all white space only blanks and tabs can be here.
      headers[name] = lines.slice(colon + 1, end).trim();
    }
    at = end + 2;
  }
  return headers;
}

function isLastBy(connection: string | undefined): boolean | undefined {
  switch (connection?.toLowerCase()) {
    case undefined:
    case "keep-alive":
      return false;
    case "close":
      return true;
    default:
      return undefined;
  }
}
