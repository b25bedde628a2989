import type { Duplex } from "node:stream";
import type { Violation } from "@writ/bucket/read/tiles-door";

/** What Node says of bytes that it could not read as a request. */
export interface ParseFault extends Error {
  readonly code?: string;
  /** The bytes in which it was found. */
  readonly rawPacket?: Uint8Array;
  /** How many of them were read before. */
  readonly bytesParsed?: number;
}

export const METHOD_NOT_ALLOWED =
  "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n";

/** As Node answers by itself; what is not here is 400. */
const STATUS_LINES: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

const REQUEST_LINE = /^([!-~]{1,32}) ([!-~]+) HTTP\/\d/;

/**
 * Answers what never became a request, and hangs up. A method that no standard knows is one that is
 * not for reading, so it is told as such (rules §5): somebody may well say UPDATE.
 */
export function answerUnreadable(
  fault: ParseFault,
  socket: Duplex,
  onViolation: (violation: Violation) => void,
): void {
  const violation = fault.code === "HPE_INVALID_METHOD" ? violationIn(fault) : undefined;
  if (violation !== undefined) onViolation(violation);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_LINES[fault.code ?? ""] ?? "400 Bad Request";
  const answer = `HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`;
  socket.end(violation === undefined ? answer : METHOD_NOT_ALLOWED, () => socket.destroy());
}

/** The method and path of the line in which reading ended, if it is a request's. */
function violationIn({ rawPacket, bytesParsed = 0 }: ParseFault): Violation | undefined {
  const text = Buffer.from(rawPacket ?? []).toString("latin1");
  const begin = text.lastIndexOf("\n", bytesParsed - 1) + 1;
  const [, method, target = ""] = REQUEST_LINE.exec(text.slice(begin)) ?? [];
  if (method === undefined) return undefined;
  return { method, path: target.split("?", 1)[0] ?? "" };
}
