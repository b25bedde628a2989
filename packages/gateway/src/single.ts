import type { IncomingMessage, ServerResponse } from "node:http";
import { answerText } from "./answer-text.ts";
import { attemptOf } from "./attempt-of.ts";
import { readBody } from "./body.ts";
import type { Caller } from "./callers.ts";
import type { Watched } from "./deadlines.ts";
import { freeBytes, HeldBytes } from "./held-bytes.ts";
import type { AttemptVerb, House } from "./house.ts";
import { maxBodyBytes } from "./limits.ts";
import { JSON_TYPE, type RefusalCause } from "./refusal.ts";

/**
 * One body, one attempt, one answer. Returns why there was none, if there was none; an attempt that
 * has begun is recorded whether or not its caller still waits.
 */
export async function answerOne(
  house: House,
  verb: AttemptVerb,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RefusalCause | undefined> {
  const { deadlines, limits } = house;
  if (!caller.spend()) return "RATE";
  if (Number(request.headers["content-length"]) > maxBodyBytes) return "TOO_LARGE";
  goAhead(request, response);
  // Node reads on through the piece in which the head ended; most bodies have come whole with it.
  await undefined;
  const body = smallBody(request);
  if (body !== undefined) return answerBody(house, verb, caller, body, response);
  const held = new HeldBytes(maxBodyBytes, house.budget);
  try {
    const end = await readBody(request, held, deadlines, limits.requestMs);
    if (end === "gone") return undefined;
    if (end !== "whole") return end;
    return await answerBody(house, verb, caller, held.bytes, response);
  } finally {
    held.release();
  }
}

const NO_BYTES = new Uint8Array();

/** A body that is there already, and small enough to take nothing of the budget. */
function smallBody(request: IncomingMessage): Uint8Array | undefined {
  if (!request.complete || request.readableLength > freeBytes) return undefined;
  const body: Uint8Array | null = request.read();
  return body ?? NO_BYTES;
}

async function answerBody(
  house: House,
  verb: AttemptVerb,
  caller: Caller,
  body: Uint8Array,
  response: ServerResponse,
): Promise<RefusalCause | undefined> {
  if (house.isClosing) return "CLOSING";
  const attempt = attemptOf(house, verb, caller, body);
  if (typeof attempt === "string") return attempt;
  send(house, response, answerText(await attempt));
  return undefined;
}

/** RFC 9110 §10.1.1: whoever asked before sending a body may send it now. */
export function goAhead(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect !== undefined) response.writeContinue();
}

/** Status 200 and one size of headers for every answer to an attempt (contract §5). */
function send(house: House, response: ServerResponse, text: string): void {
  if (house.isClosing) response.shouldKeepAlive = false;
  const length = Buffer.byteLength(text);
  response.writeHead(200, ["content-type", JSON_TYPE, "content-length", `${length}`]);
  // Most answers are ASCII, which Node writes out faster when told.
  response.end(text, length === text.length ? "latin1" : "utf8");
  sentWithin(house, response);
}

/** Cuts off whoever does not take in what was sent; most answers are in the system's hands at once. */
export function sentWithin(house: House, response: ServerResponse): void {
  if (response.socket === null || response.writableFinished || response.socket.writableLength === 0)
    return;
  const { deadlines } = house;
  const slow: Watched = { dueAt: 0, late: () => response.destroy() };
  deadlines.watch(slow, house.limits.answerMs);
  response.once("close", () => deadlines.forget(slow));
}
