import { ProtocolError, SdkError, SdkHttpError } from "@modelcontextprotocol/client";
import { LineCut } from "./line-transport.ts";
import { DownstreamFailed } from "./session.ts";
import { ToolRefused } from "./tool-definition.ts";

/**
 * Why a server failed, for the operator's log, in which no input and no credential stands: a server's
 * own words may well repeat what it was sent, so none of them is in these.
 */
export function ownWords(error: unknown): string {
  if (isOurs(error)) return error.message;
  if (error instanceof SdkHttpError) return `the server answered with status ${error.status}`;
  if (error instanceof ProtocolError) return `the server answered with error ${error.code}`;
  if (error instanceof SdkError) return `the protocol failed: ${error.code}`;
  return `the connection failed: ${codeOf(error)}`;
}

function isOurs(error: unknown): error is Error {
  return (
    error instanceof DownstreamFailed || error instanceof LineCut || error instanceof ToolRefused
  );
}

/** ECONNREFUSED and the like, which a failed `fetch` keeps as its cause's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "for no reason given";
  const [from, name] =
    error.cause instanceof Error ? [error.cause, error.cause.name] : [error, error.name];
  return "code" in from && typeof from.code === "string" ? from.code : name;
}
