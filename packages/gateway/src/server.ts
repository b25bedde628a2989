import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Enforcement } from "@writ/enforce/enforcement";
import { admit } from "./admission.ts";
import { answerEvaluation } from "./authzen/answer-evaluation.ts";
import { type AuthzenOptions, openAuthzen } from "./authzen/authzen.ts";
import { answerLines } from "./batch.ts";
import { type Caller, type Callers, NOBODY_ASKED } from "./callers.ts";
import { CoolDowns } from "./cool-down.ts";
import { Deadlines } from "./deadlines.ts";
import { BodyBudget } from "./held-bytes.ts";
import { type House, tellFault, tellRefusal } from "./house.ts";
import { defaultLimits, type GatewayLimits } from "./limits.ts";
import { type GatewayAddress, Listeners } from "./listeners.ts";
import type { AgentsDoor, Talk } from "./mcp/agents-door.ts";
import {
  hangUp,
  JSON_TYPE,
  lengthOf,
  type ParseFault,
  type Refusal,
  type RefusalCause,
  refuse,
  refuseConnection,
} from "./refusal.ts";
import type { Page } from "./routes.ts";
import { answerOne } from "./single.ts";
import { secureContext, type TlsTexts, tlsFloor } from "./tls.ts";

export type { GatewayAddress } from "./listeners.ts";
export type { Refusal, RefusalCause } from "./refusal.ts";
export type { TlsTexts } from "./tls.ts";

export interface GatewayOptions {
  /** Who may call; without it everybody on this machine, and nobody else. */
  readonly callers?: Callers | undefined;
  readonly tls?: TlsTexts | undefined;
  readonly limits?: Partial<GatewayLimits> | undefined;
  /** Where agents come in by MCP, at /mcp and by `converse`; without it they do not. */
  readonly agents?: AgentsDoor | undefined;
  /** Makes it a decision point of AuthZEN too; without it those paths are not found. */
  readonly authzen?: AuthzenOptions | undefined;
  /** Told of every answer that was no attempt's, for the operator alone. */
  readonly onRefusal?: (refusal: Refusal) => void;
  /** Told of each failure of our own; the caller is told 500 and no more. */
  readonly onFault?: (error: unknown) => void;
}

/** HTTP over enforce. */
export interface Gateway {
  /**
   * Resolves with the address it listens on. Rejects with GatewayRefused, or with the system's error
   * (EADDRINUSE and so on).
   */
  listen(address: GatewayAddress): Promise<GatewayAddress>;
  /** Connections from now on are met with this certificate. If it throws, nothing has changed. */
  renewTls(tls: TlsTexts): void;
  /**
   * One agent on a stream that only the operator can open, as the caller of this name. Undefined if
   * there is no door for agents, no such caller, or no room.
   */
  converse(stream: Duplex, name: string | null): Talk | undefined;
  /** Bytes of bodies held beyond what each has free, batches under way, and open connections. */
  readonly load: {
    readonly bodyBytes: number;
    readonly batches: number;
    readonly connections: number;
  };
  /**
   * Lets what is under way be recorded and answered, begins nothing more, and hangs up on what is
   * left after `closeMs`. To be awaited before the enforcement is closed.
   */
  close(): Promise<void>;
}

/** The gateway cannot listen where it was told to. */
export class GatewayRefused extends Error {
  override readonly name = "GatewayRefused";
  readonly code: "UNAUTHENTICATED_ADDRESS" = "UNAUTHENTICATED_ADDRESS";
}

/**
 * Every answer to an attempt has status 200 and one of its decision's shapes, so that a refusal
 * tells nothing of its cause (contract §5); every refusal, whatever its status, says
 * `"decision":"BLOCK"`, so that a client which reads nothing else still fails closed.
 */
export function createGateway(enforcement: Enforcement, options: GatewayOptions = {}): Gateway {
  return new HttpGateway(enforcement, options);
}

/** Agents on streams at once. */
const mostTalks = 256;

class HttpGateway implements Gateway {
  readonly #server: Server;
  readonly #listeners: Listeners;
  readonly #house: House;
  readonly #hasTls: boolean;
  #closed: Promise<void> | undefined;

  constructor(enforcement: Enforcement, options: GatewayOptions) {
    const limits = { ...defaultLimits, ...options.limits };
    this.#house = {
      enforcement,
      limits,
      callers: options.callers ?? NOBODY_ASKED,
      deadlines: new Deadlines(Math.min(1_000, Math.ceil(limits.requestMs / 4))),
      budget: new BodyBudget(limits.bodyBudgetBytes),
      coolDowns: new CoolDowns(),
      onRefusal: options.onRefusal ?? (() => {}),
      onFault: options.onFault ?? (() => {}),
      agents: options.agents ?? null,
      talks: new Set(),
      authzen: options.authzen === undefined ? null : openAuthzen(options.authzen),
      isClosing: false,
      batches: new Set(),
    };
    this.#hasTls = options.tls !== undefined;
    this.#server = serverFor(limits, options.tls);
    this.#listeners = new Listeners(this.#server, limits.connections);
    this.#connect();
  }

  get load(): Gateway["load"] {
    const { budget, batches } = this.#house;
    const { connections } = this.#listeners;
    return { bodyBytes: budget.held, batches: batches.size, connections };
  }

  async listen({ host, port }: GatewayAddress): Promise<GatewayAddress> {
    if (!this.#house.callers.asks && !isLoopback(host)) {
      throw new GatewayRefused(
        `no caller is known, so ${host} would be open to everybody; add one with writ caller add, or listen on 127.0.0.1`,
      );
    }
    return this.#listeners.listen({ host, port });
  }

  converse(stream: Duplex, name: string | null): Talk | undefined {
    const house = this.#house;
    const caller = house.callers.named(name);
    if (house.agents === null || caller === undefined) return undefined;
    if (house.isClosing || house.talks.size >= mostTalks) return undefined;
    const talk = house.agents.converse(house, caller, stream);
    house.talks.add(talk);
    void talk.ended.then(() => house.talks.delete(talk));
    return talk;
  }

  renewTls(tls: TlsTexts): void {
    const server = this.#server;
    if (this.#hasTls && "setSecureContext" in server) {
      (server as unknown as { setSecureContext(options: object): void }).setSecureContext(
        secureContext(tls),
      );
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { batches, talks, deadlines, limits } = this.#house;
    this.#house.isClosing = true;
    const closed = this.#listeners.close();
    for (const batch of batches) batch.stop();
    for (const talk of talks) talk.stop();
    const answered = Promise.all([closed, ...[...talks].map(({ ended }) => ended)]);
    const last = setTimeout(() => this.#hangUp(), limits.closeMs);
    await answered;
    clearTimeout(last);
    deadlines.close();
  }

  #hangUp(): void {
    this.#listeners.hangUp();
    for (const talk of this.#house.talks) talk.hangUp();
  }

  #connect(): void {
    const server = this.#server;
    const house = this.#house;
    const take = (request: IncomingMessage, response: ServerResponse): void =>
      void answer(house, request, response);
    server.on("request", take);
    // Without these two Node would answer by itself, before anybody was asked for a key.
    server.on("checkContinue", take);
    server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
      refuseAloud(house, request, response, "EXPECTATION", null);
    });
    // Without a listener Node hangs up on whoever asks for a tunnel, and tells nobody.
    server.on("connect", (_request: IncomingMessage, socket: Duplex) => {
      hangUp(socket, "METHOD");
      tellRefusal(house, "METHOD", null);
    });
    server.on("clientError", (fault: ParseFault, socket: Duplex) => {
      const cause = refuseConnection(fault, socket);
      if (cause !== undefined) tellRefusal(house, cause, null);
    });
  }
}

function serverFor(limits: GatewayLimits, tls: TlsTexts | undefined): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.requestMs,
    // The body's time is watched where it is read: a batch has one for each line.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
    requireHostHeader: false,
    noDelay: true,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({
          ...options,
          ...tlsFloor,
          ...secureContext(tls),
          // A handshake takes no longer than a request may.
          handshakeTimeout: limits.requestMs,
          requestCert: tls.clientCa !== undefined,
          rejectUnauthorized: tls.clientCa !== undefined,
        });
  return server;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** One request from its headers to its answer. Never rejects. */
async function answer(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let caller: Caller | null = null;
  try {
    if (house.coolDowns.has(request) && !(await isLetOn(house, request, response))) return;
    const admission = admit(house, request);
    if (typeof admission === "string")
      return refuseAloud(house, request, response, admission, null);
    if ("page" in admission) return sendPage(house, request, response, admission.page(house));
    caller = admission.caller;
    if ("agents" in admission) {
      const refused = await admission.agents.answerPost(house, caller, request, response);
      if (refused !== undefined) refuseAloud(house, request, response, refused, caller);
      return;
    }
    if ("form" in admission) {
      const { authzen, form } = admission;
      const refused = await answerEvaluation(house, authzen, form, caller, request, response);
      if (refused !== undefined) refuseAloud(house, request, response, refused, caller);
      return;
    }
    const form = admission.isBatch ? answerLines : answerOne;
    const refused = await form(house, admission.verb, caller, request, response);
    if (refused !== undefined) refuseAloud(house, request, response, refused, caller);
  } catch (error) {
    tellFault(house, error);
    refuseAloud(house, request, response, "FAULT", caller);
  }
}

/**
 * Has what comes too soon wait until it does not. One small request can wait on a connection; what
 * else comes on it meanwhile ends it. False if there is nothing left to be answered.
 */
async function isLetOn(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const admission = admit(house, request);
  const caller = typeof admission === "object" && "caller" in admission ? admission.caller : null;
  if (!house.coolDowns.concerns(request, caller)) return true;
  const over = house.coolDowns.wait(request, caller, lengthOf(request));
  if (over === undefined) {
    response.shouldKeepAlive = false;
    const cause = admission === "UNAUTHENTICATED" ? admission : "TOO_SOON";
    refuseAloud(house, request, response, cause, caller);
    return false;
  }
  await over;
  return !request.socket.destroyed;
}

function refuseAloud(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
  cause: RefusalCause,
  caller: Caller | null,
): void {
  tellRefusal(house, cause, caller);
  if (house.isClosing) response.shouldKeepAlive = false;
  if (response.shouldKeepAlive) house.coolDowns.count(request, cause, caller);
  refuse(request, response, cause, house.deadlines);
}

function sendPage(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
  { status, text }: Page,
): void {
  if (response.shouldKeepAlive) house.coolDowns.count(request, "page", null);
  const length = `${Buffer.byteLength(text)}`;
  response.writeHead(status, ["content-type", JSON_TYPE, "content-length", length]);
  response.end(text);
}
