import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { readAuditorKeys } from "@writ/audit/auditor-keys";
import { startAuditServer } from "@writ/audit/server";
import { startWitnessServer } from "@writ/audit/witness/server";
import { diskFolder, within } from "@writ/bucket/read/folder";
import { openAgentsDoor } from "@writ/gateway/mcp/door";
import { GatewayMetrics } from "@writ/gateway/metrics";
import { serveMetrics } from "@writ/gateway/metrics-listener";
import { createGateway, type Refusal, type RefusalCause } from "@writ/gateway/server";
import { formatSignerKey, parseCosignerKey, parseVerifierKey } from "@writ/tlog/note-key";
import { routesOf } from "../../../packages/audit/src/routes.ts";
import { addAuditor } from "../../../packages/cli/src/auditor/auditors-file.ts";
import { ROUTES, type Route } from "../../../packages/gateway/src/routes.ts";
import { freshFolder, say } from "../world.ts";
import { type Behaviour, methodsOf, WORDS } from "./behaviours.ts";
import { disguised, exchange } from "./exchange.ts";
import { mcpDoors } from "./mcp-doors.ts";
import type { Scene } from "./scene.ts";
import type { Door, Finding } from "./table.ts";

/** The HTTP of each process that has one, listening, and its doors. */
export interface HttpDoors {
  readonly doors: readonly Door[];
  close(): Promise<void>;
}

export async function openHttpDoors(scene: Scene): Promise<HttpDoors> {
  const opened = [
    await gatewayDoors(scene),
    await metricsDoors(),
    await auditDoors(scene),
    await witnessDoors(),
  ];
  return {
    doors: opened.flatMap(({ doors }) => doors),
    async close() {
      for (const one of opened) await one.close();
    },
  };
}

/** What is wanted, as JSON. */
const wish = (behaviour: Behaviour): string => JSON.stringify({ [behaviour]: { index: 0 } });

/** Paths that somebody would try who looks for it. */
function guesses(behaviour: Behaviour): string[] {
  return WORDS[behaviour].flatMap((word) => [`/v1/${word}`, `/v1/events/0/${word}`]);
}

async function gatewayDoors({ enforcement }: Scene): Promise<HttpDoors> {
  const refusals: Refusal[] = [];
  const gateway = createGateway(enforcement, {
    agents: openAgentsDoor({ offered: async () => [], categoryOf: () => undefined }),
    authzen: { category: "say", url: "https://pdp.example" },
    onRefusal: (one) => refusals.push(one),
  });
  const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  const refused = async (tries: readonly (readonly [string, string])[], behaviour: Behaviour) => {
    const told = refusals.length;
    for (const [method, path] of tries) {
      const said = await exchange(port, { method, path, body: wish(behaviour) });
      assert.match(said.body, /^\{"decision":(?:"BLOCK"|false)/, `${method} ${path}`);
    }
    assert.deepEqual(
      refusals.slice(told).map(({ cause }) => cause),
      tries.map(([method, path]) => causeOf(method, path)),
    );
    const by = new Set(refusals.slice(told).map(({ cause, status }) => `${status} ${cause}`));
    return refusedBy([...by], tries.length, "onRefusal");
  };
  const paths = Object.entries(ROUTES);
  const doors = paths.flatMap(([path, route]): Door[] => [
    {
      name: `HTTP: gateway ${path}, by any other method`,
      attempt(behaviour) {
        const methods = methodsOf(behaviour).filter((method) => method !== route.method);
        return refused(
          methods.map((method) => [method, path] as const),
          behaviour,
        );
      },
    },
    ...doorsAt(port, path, route),
  ]);
  const nowhere: Door = {
    name: "HTTP: gateway, paths that there are not",
    attempt(behaviour) {
      return refused(
        guesses(behaviour).map((path) => ["POST", path] as const),
        behaviour,
      );
    },
  };
  return { doors: [...doors, nowhere], close: () => gateway.close() };
}

function doorsAt(port: number, path: string, route: Route): readonly Door[] {
  if ("verb" in route) return [attemptDoor(port, path)];
  if ("evaluation" in route) return [evaluationDoor(port, path)];
  return "page" in route ? [pageDoor("gateway", port, path, {})] : mcpDoors(port);
}

/** AuthZEN: as the gateway's own way in, in other words. Of ours the policy takes none. */
function evaluationDoor(port: number, path: string): Door {
  return {
    name: `HTTP: gateway POST ${path}`,
    async attempt(behaviour) {
      const [method = "DELETE"] = methodsOf(behaviour);
      const thing = { type: "event", id: "0" };
      const evaluation = { subject: thing, action: { name: behaviour }, resource: thing };
      const said = await exchange(port, {
        method: "POST",
        path: `${path}?_method=${method}`,
        headers: { ...disguised(method), "content-type": "application/json" },
        body: JSON.stringify({ ...evaluation, [behaviour]: 0 }),
      });
      assert.deepEqual([said.status, said.body], [200, '{"decision":false}']);
      return { how: "appended", by: ["an attempt of its own"], probes: 1, counted: "the log" };
    },
  };
}

/** What the gateway calls it. A word that no standard knows never becomes a request; its path is nothing. */
function causeOf(method: string, path: string): RefusalCause {
  return !METHODS.includes(method) || method === "CONNECT" || Object.hasOwn(ROUTES, path)
    ? "METHOD"
    : "NOT_FOUND";
}

/**
 * The one way in that writes: whatever stands in body, path or headers, it is an attempt of its own,
 * and leaves one record more, alone or as a line among others.
 */
function attemptDoor(port: number, path: string): Door {
  return {
    name: `HTTP: gateway POST ${path}`,
    async attempt(behaviour) {
      const [method = "DELETE"] = methodsOf(behaviour);
      const wanted = JSON.stringify({
        category: "say",
        input: { text: behaviour },
        [behaviour]: 0,
      });
      const asked = { method: "POST", headers: disguised(method) };
      const one = await exchange(port, {
        ...asked,
        path: `${path}?_method=${method}`,
        body: wanted,
      });
      const other = await exchange(port, { ...asked, path, body: wish(behaviour) });
      const batch = await exchange(port, {
        ...asked,
        path,
        headers: { ...asked.headers, "content-type": "application/x-ndjson" },
        body: `${wish(behaviour)}\n${say(behaviour)}\n`,
      });
      assert.deepEqual([one.status, other.status, batch.status], [200, 200, 200]);
      const decisions = [one, other, batch].flatMap(({ body }) =>
        [...body.matchAll(/"decision":"([A-Z]+)"/g)].map(([, decision]) => decision),
      );
      assert.deepEqual(decisions, ["EXECUTE", "BLOCK", "BLOCK", "EXECUTE"]);
      return { how: "appended", by: ["an attempt of its own"], probes: 3, counted: "the log" };
    },
  };
}

/** A page that is read, with words that ask for more than reading: the same page as without them. */
function pageDoor(
  process: string,
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Door {
  return {
    name: `HTTP: ${process} GET ${path}`,
    async attempt(behaviour) {
      const [method = "DELETE"] = methodsOf(behaviour);
      const plain = await exchange(port, { method: "GET", path, headers });
      const said = await exchange(port, {
        method: "GET",
        path: `${path}?_method=${method}&${encodeURIComponent(behaviour)}=0`,
        headers: { ...headers, ...disguised(method) },
      });
      assert.ok(plain.status >= 200 && said.status >= 200);
      // A page with a closed query refuses what it does not know; no other differs.
      const allowed = [plain.status, 400, 404];
      assert.ok(allowed.includes(said.status), `${path}: ${said.status}`);
      return { how: "absent", by: ["no such header or query"], probes: 1, counted: null };
    },
  };
}

/** The gateway's own page for its operator, on another address. */
async function metricsDoors(): Promise<HttpDoors> {
  const state = { inFlight: 0, epoch: 1, connected: true, halted: false, logLinesDropped: 0 };
  const metrics = new GatewayMetrics(() => ({ ...state, engineVersion: "3", policy: "words" }));
  const listener = await serveMetrics(metrics, { host: "127.0.0.1", port: 0 });
  const { port } = listener;
  const headers = { host: "localhost" };
  const other: Door = {
    name: "HTTP: gateway's metrics, by any other method",
    async attempt(behaviour) {
      const methods = methodsOf(behaviour);
      const before = await violationsOf(metrics);
      for (const method of methods) {
        const said = await exchange(port, { method, path: "/metrics", headers });
        assert.equal(said.status, 405, method);
        assert.match(said.headers, /\r\nallow: get(\r\n|$)/);
      }
      assert.equal(await violationsOf(metrics), before + methods.length);
      return refusedBy(["405"], methods.length, "writ_gateway_violations_total");
    },
  };
  const page = pageDoor("gateway's metrics", port, "/metrics", headers);
  return { doors: [other, page], close: () => listener.close() };
}

async function violationsOf(metrics: GatewayMetrics): Promise<number> {
  return Number(/^writ_gateway_violations_total (\d+)$/m.exec(await metrics.text())?.[1]);
}

async function auditDoors({ deployment }: Scene): Promise<HttpDoors> {
  const told: string[] = [];
  const server = await startAuditServer({
    bucketDirectory: deployment.bucket,
    keys: readAuditorKeys(deployment.auditorKeys, () => {}),
    host: "127.0.0.1",
    port: 0,
    onViolation: ({ method }) => told.push(method),
    onError(error) {
      throw error;
    },
  });
  const { port } = server;
  const key = await addAuditor(deployment.auditorKeys, "reader of tables", "events");
  const authorization = `Bearer ${key}`;
  const attempt = async (behaviour: Behaviour, path: string): Promise<Finding> => {
    const before = told.length;
    const methods = methodsOf(behaviour);
    for (const method of methods) {
      const said = await exchange(port, {
        method,
        path,
        headers: { authorization },
        body: wish(behaviour),
      });
      assert.equal(said.status, 405, `${method} ${path}`);
      assert.match(said.headers, /\r\nallow: get, head/);
    }
    assert.deepEqual(told.slice(before), methods);
    assert.equal(server.violations, told.length);
    return refusedBy(["405"], methods.length, "writ_violations_total");
  };
  const paths = auditPaths(deployment.bucket);
  const doors = paths.flatMap((path): Door[] => [
    { name: `HTTP: audit ${path}, by any other method`, attempt: (one) => attempt(one, path) },
    pageDoor("audit", port, path, { authorization }),
  ]);
  const nowhere: Door = {
    name: "HTTP: audit, paths that there are not",
    async attempt(behaviour) {
      const paths = guesses(behaviour);
      for (const path of paths) {
        assert.equal((await exchange(port, { method: "GET", path })).status, 404);
      }
      const [path = "/"] = paths;
      const { probes } = await attempt(behaviour, path);
      return refusedBy(["404", "405"], paths.length + probes, "writ_violations_total");
    },
  };
  return { doors: [...doors, nowhere], close: () => server.close() };
}

/** Every path of the audit process, from its own table, and one of each kind that tiles have. */
function auditPaths(bucket: string): string[] {
  const folder = diskFolder(bucket);
  const reading = {
    bucket: folder,
    tiles: within(folder, "tiles"),
    index: undefined,
    kept: undefined,
  };
  const facts = {
    checkpointTime: () => undefined,
    violations: () => 0,
    witnesses: () => [],
    denials: () => new Map<string, number>(),
  };
  const routes = routesOf(reading, facts).map(({ path }) => path);
  return [...routes, "/checkpoint", "/tile/0/000.p/1", "/tile/entries/000.p/1"];
}

async function witnessDoors(): Promise<HttpDoors> {
  const told: string[] = [];
  const name = "witness.example/w1";
  const cosigner = parseCosignerKey(formatSignerKey(name, new Uint8Array(32).fill(7)));
  const logKey = parseVerifierKey(
    parseCosignerKey(formatSignerKey("log.example/a", new Uint8Array(32).fill(8))).verifierKey,
  );
  const server = await startWitnessServer({
    folder: freshFolder(),
    cosigner,
    logs: [{ origin: "log.example/a", key: logKey }].map(({ origin, key }) => ({
      origin,
      keys: [key],
    })),
    host: "127.0.0.1",
    port: 0,
    onViolation: ({ method }) => told.push(method),
    onVerdict: () => {},
    onFatal(error) {
      throw error;
    },
  });
  const { port } = server;
  const doors = ["/", "/add-checkpoint"].map(
    (path): Door => ({
      name: `HTTP: witness ${path}`,
      async attempt(behaviour) {
        const methods = methodsOf(behaviour);
        const counted = path === "/" ? methods : methods.filter((method) => method !== "POST");
        const before = told.length;
        for (const method of methods) {
          const { status } = await exchange(port, { method, path, body: wish(behaviour) });
          assert.equal(status, counted.includes(method) ? 405 : 400, method);
        }
        assert.deepEqual(told.slice(before), counted);
        return refusedBy(["400", "405"], methods.length, "onViolation");
      },
    }),
  );
  return { doors, close: () => server.close() };
}

function refusedBy(by: readonly string[], probes: number, counted: string | null): Finding {
  return { how: "refused", by, probes, counted };
}
