import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { say } from "../rules/world.ts";

export type Verb = "enforce" | "execute";

/** One call and what came of it. Times are milliseconds of one clock. */
export interface Answered {
  readonly verb: Verb;
  readonly began: number;
  readonly ended: number;
  readonly status: number;
  readonly decision: unknown;
  readonly id: string;
  readonly hasResult: boolean;
  readonly text: string;
}

/** Between two calls of one caller: more would only be more of the same, while a Bucket starts. */
const PAUSE_MS = 600;

/** So many callers, each with a connection of its own; every other one asks for the effect too. */
export class Callers {
  readonly answers: Answered[] = [];
  readonly #url: string;
  readonly #count: number;
  readonly #agent: Agent;
  #isCalling = false;
  #lanes: Promise<unknown> = Promise.resolve();

  constructor(url: string, count: number) {
    this.#url = url;
    this.#count = count;
    this.#agent = new Agent({ keepAlive: true, maxSockets: count });
  }

  /** Each calls once, all at the same time. */
  once(): Promise<Answered[]> {
    return Promise.all(Array.from({ length: this.#count }, (_, i) => this.call(i)));
  }

  /** Each calls again and again, until `stop`. */
  start(): void {
    this.#isCalling = true;
    const lane = async (_: unknown, i: number): Promise<void> => {
      while (this.#isCalling) {
        await this.call(i);
        await pause(PAUSE_MS);
      }
    };
    this.#lanes = Promise.all(Array.from({ length: this.#count }, lane));
  }

  /** Resolves when nobody waits for an answer any more. */
  async stop(): Promise<void> {
    this.#isCalling = false;
    await this.#lanes;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** One call of one caller. Rejects where there was no answer. */
  async call(i: number): Promise<Answered> {
    const verb = i % 2 === 0 ? "enforce" : "execute";
    const began = performance.now();
    const { status, text } = await this.#post(`${this.#url}/v1/${verb}`, say(`hello ${i}`));
    const body = JSON.parse(text);
    const answered = {
      verb,
      began,
      ended: performance.now(),
      status,
      decision: body.decision,
      id: String(body.enforcement_decision_id),
      hasResult: "result" in body,
      text,
    } as const;
    this.answers.push(answered);
    return answered;
  }

  #post(url: string, body: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": body.length };
      const call = request(url, { method: "POST", agent: this.#agent, headers });
      call.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      });
      call.on("error", reject);
      call.end(body);
    });
  }
}
