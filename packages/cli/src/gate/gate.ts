import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { httpAdapter } from "@writ/adapters/http";
import { openWriterKey } from "@writ/bucket/writer-key";
import type { Adapter } from "@writ/enforce/adapter";
import { type Enforcement, openEnforcement, utcNow } from "@writ/enforce/enforcement";
import { type Callers, openCallers } from "@writ/gateway/callers";
import type { GatewayLimits } from "@writ/gateway/limits";
import type { AgentsDoor, Talk } from "@writ/gateway/mcp/agents-door";
import { type MetricsListener, serveMetrics } from "@writ/gateway/metrics-listener";
import { createGateway, type Gateway, GatewayRefused, type TlsTexts } from "@writ/gateway/server";
import { httpValidators } from "@writ/gateway/validator-client";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { longestAttemptMs } from "../config/longest-attempt.ts";
import type { Settings } from "../config/table.ts";
import { credentialOf } from "../credential.ts";
import type { Address, Deployment } from "../deployment.ts";
import { toolRows } from "../mcp/tool-table.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { bundleSigners } from "../policy/bundle-signature.ts";
import { tell } from "../processes/child.ts";
import { requireValidators, validatorAddresses } from "../validators-file.ts";
import type { AgentsPart } from "./agents.ts";
import { ArmedPolicy, toolsOf } from "./armed-policy.ts";
import type { Order, OrderTaker, Outcome } from "./control.ts";
import { markerPath } from "./halt-marker.ts";
import { OperatorBooks } from "./operator-books.ts";
import { loadPolicy } from "./policy-source.ts";

/** Everything of one running gateway. */
export interface Gate extends OrderTaker {
  readonly port: number;
  /** Milliseconds that `close` may take for attempts under way. */
  readonly closeMs: number;
  /** One agent on a stream that only the operator can open; undefined if it is not let in. */
  converse(stream: Duplex, name: string | null): Talk | undefined;
  /** Answers what is under way, begins nothing more, and gives everything back. */
  close(): Promise<void>;
}

/** Reads what the settings name, arms the policy, connects to the Bucket and listens. */
export async function openGate(
  settings: Settings,
  deployment: Deployment,
  folder: string,
): Promise<Gate> {
  const policy = await openPolicy(settings, deployment, folder);
  const books: OperatorBooks = new OperatorBooks(settings.log, () => {
    const { name, halted, engine } = policy.armed;
    const { inFlight, epoch, ready } = enforcement;
    return {
      policy: name,
      halted,
      engineVersion: engine.version,
      inFlight,
      epoch,
      connected: ready,
    };
  });
  const agents = await agentsOf(settings, books);
  const adapters = (): ReadonlyMap<string, Adapter> =>
    new Map([...adaptersOf(settings), ...(agents?.adaptersFor(policy.armed.tools) ?? [])]);
  const enforcement = await connect(settings, deployment, policy, adapters(), books);
  const callers = openCallers(deployment.callers, (fault) => books.fault(fault));
  const closeMs = settings.limits.close_ms ?? longestAttemptMs(settings);
  try {
    const gateway = createHttp(settings, enforcement, callers, closeMs, books, agents?.door);
    const { port } = await listen(gateway, settings.listen);
    const scraped = await serveScrapes(settings, books, gateway);
    follow(policy, enforcement, adapters, books);
    if (!callers.asks) sayOpen();
    return {
      port,
      closeMs,
      violated: () => books.violation("an order on the control socket that there is not"),
      take: (order) => carryOut(order, policy, books, () => renew(settings, gateway, books)),
      converse: (stream, name) => gateway.converse(stream, name),
      async close() {
        await gateway.close();
        await enforcement.close();
        await agents?.close();
        await scraped?.close();
        books.events.tell("info", "stopped");
        await books.close();
      },
    };
  } catch (error) {
    await enforcement.close();
    await agents?.close();
    throw error;
  }
}

/** The code that speaks MCP is loaded where there is a server to speak to, and not elsewhere. */
async function agentsOf(settings: Settings, books: OperatorBooks): Promise<AgentsPart | null> {
  if (settings.mcp.servers.size === 0) return null;
  const { openAgents } = await import("./agents.ts");
  return openAgents({
    settings,
    tell(state, server, detail) {
      books.events.tell(state === "connected" ? "info" : "warn", `server_${state}`, {
        server,
        detail,
      });
    },
  });
}

function openPolicy(
  settings: Settings,
  deployment: Deployment,
  folder: string,
): Promise<ArmedPolicy> {
  const { keys, quorum } = settings.governance;
  const governance = { signers: bundleSigners(keys), quorum: quorum ?? keys.length };
  return ArmedPolicy.open({
    async load() {
      const loaded = await loadPolicy(folder, governance);
      requireValidators(loaded.engine, settings.validators);
      // Where it is not said whose a tool is, nothing is armed.
      toolRows(toolsOf(loaded.bundle), settings);
      return loaded;
    },
    marker: markerPath(deployment.gateway),
    now: utcNow,
  });
}

function connect(
  settings: Settings,
  deployment: Deployment,
  policy: ArmedPolicy,
  adapters: ReadonlyMap<string, Adapter>,
  books: OperatorBooks,
): Promise<Enforcement> {
  const logKey = readFileSync(deployment.gatewayVkey, "utf8").trim();
  return openEnforcement({
    engine: policy.armed.engine,
    validators: httpValidators(validatorAddresses(settings.validators, process.env)),
    adapters,
    writer: openWriterKey(readFileSync(deployment.writerKey, "utf8")),
    logKey,
    origin: parseVerifierKey(logKey).name,
    socketPath: deployment.socket,
    epochFile: deployment.epoch,
    maxInFlight: settings.limits.in_flight,
    now: utcNow,
    onViolation: (detail) => books.violation(detail),
    onAttempt: (report) => books.attempt(report),
    onChange: (state, detail) => {
      books.events.tell(state === "connected" ? "info" : "warn", `bucket_${state}`, { detail });
    },
  });
}

/** Who carries out which category. */
function adaptersOf({ adapters, execute }: Settings): ReadonlyMap<string, Adapter> {
  const byName = new Map(
    [...adapters].map(([name, of]) => {
      const { url, deadline_ms: deadlineMs, max_result_bytes: maxResultBytes } = of;
      const authorization = credentialOf(of, `adapters.${name}`, process.env);
      return [name, httpAdapter({ name, url, deadlineMs, maxResultBytes, authorization })] as const;
    }),
  );
  return new Map(
    [...execute].flatMap(([category, name]) => {
      const adapter = byName.get(name);
      return adapter === undefined ? [] : [[category, adapter] as const];
    }),
  );
}

function createHttp(
  settings: Settings,
  enforcement: Enforcement,
  callers: Callers,
  closeMs: number,
  books: OperatorBooks,
  agents: AgentsDoor | undefined,
): Gateway {
  const { category, url } = settings.authzen;
  try {
    return createGateway(enforcement, {
      callers,
      agents,
      authzen: category === null ? undefined : { category, url },
      tls: tlsTexts(settings),
      limits: limitsOf(settings, closeMs),
      onRefusal: (refusal) => books.refusal(refusal),
      onFault: (error) => books.fault(error),
    });
  } catch (error) {
    throw new OperatorError(`tls: ${describe(error)}`);
  }
}

function limitsOf({ limits }: Settings, closeMs: number): Partial<GatewayLimits> {
  return {
    connections: limits.connections,
    requestMs: limits.request_ms,
    idleMs: limits.idle_ms,
    answerMs: limits.answer_ms,
    bodyBudgetBytes: limits.body_budget_bytes,
    batches: limits.batches,
    batchInFlight: limits.batch_in_flight,
    closeMs,
  };
}

function tlsTexts({ tls: { cert, key, client_ca } }: Settings): TlsTexts | undefined {
  if (cert === null || key === null) return undefined;
  const clientCa = client_ca === null ? undefined : readFileSync(client_ca, "utf8");
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8"), clientCa };
}

async function listen(gateway: Gateway, address: Address): Promise<Address> {
  try {
    return await gateway.listen(address);
  } catch (error) {
    if (error instanceof GatewayRefused) throw error;
    throw cannotListen(address, error);
  }
}

async function serveScrapes(
  { metrics: { listen: address } }: Settings,
  books: OperatorBooks,
  gateway: Gateway,
): Promise<MetricsListener | undefined> {
  if (address === null) return undefined;
  try {
    const listener = await serveMetrics(books.metrics, address);
    books.events.tell("info", "metrics", { port: listener.port });
    return listener;
  } catch (error) {
    await gateway.close();
    throw cannotListen(address, error);
  }
}

function cannotListen({ host, port }: Address, error: unknown): OperatorError {
  return new OperatorError(`cannot listen on ${host}:${port}: ${describe(error)}`);
}

/** Attempts that begin from now on are decided by what is armed; those under way end on theirs. */
function follow(
  policy: ArmedPolicy,
  enforcement: Enforcement,
  adapters: () => ReadonlyMap<string, Adapter>,
  books: OperatorBooks,
): void {
  const sayArmed = (): void => {
    const { name, engine, halted, categories } = policy.armed;
    books.metrics.know(categories);
    const fields = { policy: name, engine_version: engine.version };
    books.events.tell(halted ? "warn" : "info", halted ? "halted" : "armed", fields);
  };
  sayArmed();
  policy.follow(({ engine }) => {
    enforcement.rearm(engine, adapters());
    sayArmed();
  });
}

function sayOpen(): void {
  tell({ kind: "note", line: "no callers file: everybody on this machine may call" });
}

async function carryOut(
  order: Order,
  policy: ArmedPolicy,
  books: OperatorBooks,
  renewRest: () => void,
): Promise<Outcome> {
  const outcome =
    order.order === "halt" ? await policy.halt() : await policy.reload(order.resume, renewRest);
  const { done, line } = outcome;
  books.events.tell(done ? "info" : "error", order.order, { done, detail: line });
  return outcome;
}

/** What a reload reads anew besides the policy: nothing has changed if it throws. */
function renew(settings: Settings, gateway: Gateway, books: OperatorBooks): void {
  const texts = tlsTexts(settings);
  if (texts !== undefined) gateway.renewTls(texts);
  books.reopen();
}
