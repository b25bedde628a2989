import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { openLocalBucket } from "@writ/bucket/local";
import { openEnforcement } from "@writ/enforce";
import { armPolicy } from "@writ/engine/policy-folder";
import { createGateway } from "@writ/gateway/server";
import { eventsOf } from "../packages/enforce/src/enforce.test-support.ts";
import { root } from "./root.ts";
import { serve, temporaryFolder, writ } from "./serving.ts";

interface Decision {
  readonly request: object;
  readonly expected: boolean | readonly { readonly decision: boolean }[];
}

interface Decisions {
  readonly evaluation: readonly Decision[];
  readonly evaluations?: readonly Decision[];
}

/**
 * Decisions in the form of the AuthZEN interoperability events' todo application. The events' own are
 * not ours to keep: AUTHZEN_INTEROP names the folder `interop` of a copy of openid/authzen.
 */
const files: Record<string, string> = { "of our own": "test/authzen-decisions.json" };
const interop = process.env.AUTHZEN_INTEROP;
if (interop) {
  files["of the events' application"] = join(
    interop,
    "authzen-todo-backend/test/decisions-authorization-api-1_0-02.json",
  );
  files["of the events' API gateways"] = join(
    interop,
    "authzen-api-gateways/test-harness/test/decisions.json",
  );
}

const policy = join(root, "policies", "authzen-todo");

interface Point {
  readonly url: string;
  stop(): Promise<unknown>;
}

/** The gateway and the Bucket in this process. */
async function openHere(data: string): Promise<Point> {
  const bucket = await openLocalBucket(data);
  const enforcement = await openEnforcement({
    ...bucket,
    engine: await armPolicy(policy),
    maxInFlight: 64,
    now: () => new Date().toISOString(),
    onViolation: assert.fail,
    onChange: () => {},
  });
  const gateway = createGateway(enforcement, { authzen: { category: "access" } });
  const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await gateway.close();
      await enforcement.close();
      await bucket.close();
    },
  };
}

/** As an operator runs it. */
async function openServed(data: string): Promise<Point> {
  const config = join(temporaryFolder(), "writ.yaml");
  writeFileSync(config, "authzen: { category: access }\n");
  const { gateway, stop } = await serve(data, "--config", config, "--policy", policy);
  return { url: gateway, stop };
}

for (const [whose, file] of Object.entries(files)) {
  const text = readFileSync(resolve(root, file), "utf8");
  const { evaluation, evaluations = [] }: Decisions = JSON.parse(text);
  const count = `${evaluation.length} evaluations and ${evaluations.length} requests of several`;
  test(`${count} ${whose} come out right, and are in the ledger`, async () => {
    const data = join(temporaryFolder(), "data");
    const point = await (interop ? openServed(data) : openHere(data));
    const ask = async (path: string, request: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`${point.url}/access/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      assert.equal(response.status, 200);
      return (await response.json()) as Record<string, unknown>;
    };
    const expected: boolean[] = [];
    for (const decision of evaluation) {
      const said = await ask("evaluation", decision.request);
      assert.deepEqual(said, { decision: decision.expected }, JSON.stringify(decision));
      expected.push(said.decision === true);
    }
    for (const decision of evaluations) {
      const said = await ask("evaluations", decision.request);
      assert.deepEqual(said, { evaluations: decision.expected }, JSON.stringify(decision));
      for (const one of said.evaluations as { decision: boolean }[]) expected.push(one.decision);
    }
    await point.stop();
    const events = eventsOf(data);
    assert.equal(events.length, expected.length);
    const allowed = events.filter((event) => event.decision === "ALLOW").length;
    assert.equal(allowed, expected.filter((decision) => decision).length);
    assert.ok(events.every(({ status, action_type }) => status === "success" && action_type));
    if (!interop) return;
    const verified = await writ(["verify", data, "--key", join(data, "log.vkey")]);
    assert.match(verified.stdout, new RegExp(`^verified: ${events.length} events`, "m"));
  });
}

test("the policy's own cases hold, and where asked, notice every change to it", async () => {
  const asked = interop ? ["--coverage", "1", "--mutation", "1"] : ["--quick"];
  const { code, stdout } = await writ(["policy", "test", "policies/authzen-todo", ...asked]);
  assert.equal(code, 0, stdout);
});
