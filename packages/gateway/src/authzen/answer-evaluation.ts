import type { IncomingMessage, ServerResponse } from "node:http";
import type { Received } from "@writ/contract/envelope";
import type { ExecuteAnswer } from "@writ/enforce/answer";
import { attemptAt } from "../attempt-of.ts";
import { readBody } from "../body.ts";
import type { Caller } from "../callers.ts";
import { HeldBytes } from "../held-bytes.ts";
import { type House, tellRefusal } from "../house.ts";
import { JSON_TYPE, type RefusalCause } from "../refusal.ts";
import { goAhead, sentWithin } from "../single.ts";
import { type Authzen, requestIdHeaders } from "./authzen.ts";
import { type Evaluations, readEvaluation, readEvaluations } from "./evaluation-request.ts";

/** One evaluation, or perhaps several. */
export type EvaluationForm = "one" | "several";

/** Bytes of a body: what becomes an input is no larger than an input may be. */
const maxBodyBytes = 1_048_576;

/**
 * Makes an attempt of every evaluation and answers with what was decided: true for EXECUTE, false
 * for everything else. Returns why there was no attempt, if there was none.
 */
export async function answerEvaluation(
  house: House,
  authzen: Authzen,
  form: EvaluationForm,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RefusalCause | undefined> {
  const { deadlines, limits, budget } = house;
  if (!caller.mayUse(authzen.category)) return "CATEGORY";
  if (!caller.spend()) return "RATE";
  if (Number(request.headers["content-length"]) > maxBodyBytes) return "TOO_LARGE";
  goAhead(request, response);
  const held = new HeldBytes(maxBodyBytes, budget);
  try {
    const end = await readBody(request, held, deadlines, limits.requestMs);
    if (end === "gone") return undefined;
    if (end !== "whole") return end;
    if (house.isClosing) return "CLOSING";
    const text = await decisionsOn(house, authzen, form, caller, held.bytes, response);
    if (isRefusal(text)) return text.refused;
    send(house, request, response, text);
    return undefined;
  } finally {
    held.release();
  }
}

interface Refused {
  readonly refused: RefusalCause;
}

function isRefusal(text: string | Refused): text is Refused {
  return typeof text === "object";
}

async function decisionsOn(
  house: House,
  { category }: Authzen,
  form: EvaluationForm,
  caller: Caller,
  bytes: Uint8Array,
  response: ServerResponse,
): Promise<string | Refused> {
  const several = form === "several" ? readEvaluations(bytes, category) : null;
  if (several === undefined) return { refused: "BAD_REQUEST" };
  if (several === "TOO_LARGE") return { refused: several };
  if (several !== null) return new Run(house, caller, response).decide(several);
  const one = readEvaluation(bytes, category);
  if (one === undefined) return { refused: "BAD_REQUEST" };
  const attempt = attemptAt(house, "enforce", caller, one);
  return typeof attempt === "string" ? { refused: attempt } : decisionText(permits(await attempt));
}

function permits({ decision, status }: ExecuteAnswer): boolean {
  return decision === "EXECUTE" && status === "success";
}

function decisionText(decision: boolean): string {
  return `{"decision":${decision}}`;
}

/** The evaluations of one request: each an attempt of its own, begun in their order. */
class Run {
  readonly #house: House;
  readonly #caller: Caller;
  readonly #response: ServerResponse;
  readonly #underWay = new Set<Promise<boolean>>();

  constructor(house: House, caller: Caller, response: ServerResponse) {
    this.#house = house;
    this.#caller = caller;
    this.#response = response;
  }

  async decide({ each, until }: Evaluations): Promise<string | Refused> {
    const [first, ...others] = each;
    const began = first === undefined ? "BAD_REQUEST" : this.#begin(first);
    // Nothing has been decided yet: an error says more than that all of it is denied.
    if (typeof began === "string") return { refused: began };
    const decisions: (boolean | Promise<boolean>)[] = [until === null ? began : await began];
    for (const received of others) {
      // Whoever has left asks for nothing more.
      if (decisions.at(-1) === until || this.#response.destroyed) break;
      const next = await this.#next(received);
      decisions.push(until === null ? next.decision : await next.decision);
    }
    const texts = (await Promise.all(decisions)).map(decisionText);
    return `{"evaluations":[${texts.join(",")}]}`;
  }

  /** Begins when there is room. What cannot be begun is denied; the promise must not be awaited here. */
  async #next(received: Received): Promise<{ readonly decision: Promise<boolean> }> {
    const { limits } = this.#house;
    while (this.#underWay.size >= limits.batchInFlight) await Promise.race(this.#underWay);
    const refused = this.#stopped() ?? (this.#caller.spend() ? undefined : "RATE");
    let attempt = refused ?? this.#begin(received);
    // Room taken by this request's own attempts comes back.
    while ((attempt === "IN_FLIGHT" || attempt === "SHARE") && this.#underWay.size > 0) {
      await Promise.race(this.#underWay);
      attempt = this.#stopped() ?? this.#begin(received);
    }
    if (typeof attempt !== "string") return { decision: attempt };
    tellRefusal(this.#house, attempt, this.#caller);
    return { decision: Promise.resolve(false) };
  }

  #stopped(): RefusalCause | undefined {
    const { isClosing, callers } = this.#house;
    if (isClosing) return "CLOSING";
    return callers.admits(this.#caller) ? undefined : "UNAUTHENTICATED";
  }

  #begin(received: Received): Promise<boolean> | RefusalCause {
    const attempt = attemptAt(this.#house, "enforce", this.#caller, received);
    if (typeof attempt === "string") return attempt;
    const decision: Promise<boolean> = attempt
      .then(permits, () => false)
      .finally(() => this.#underWay.delete(decision));
    this.#underWay.add(decision);
    return decision;
  }
}

function send(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
): void {
  if (house.isClosing) response.shouldKeepAlive = false;
  const headers = ["content-type", JSON_TYPE, "content-length", `${text.length}`];
  response.writeHead(200, [...headers, ...requestIdHeaders(request.headers["x-request-id"])]);
  response.end(text, "latin1");
  sentWithin(house, response);
}
