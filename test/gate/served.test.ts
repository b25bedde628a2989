import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { generateSignerKey } from "@writ/bucket/writer-key";
import type { Event } from "@writ/contract/event";
import { parseSignerKey, type Signer } from "@writ/tlog/note-key";
import { addCaller } from "../../packages/cli/src/caller/callers-file.ts";
import { type Deployment, deploymentAt } from "../../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../../packages/cli/src/first-use.ts";
import { giveOrder, type Outcome } from "../../packages/cli/src/gate/control.ts";
import { addSignature, SIGNATURE_FILE } from "../../packages/cli/src/policy/bundle-signature.ts";
import { loadFolder } from "../../packages/cli/src/policy-folder.ts";
import {
  type Certificates,
  certificates,
} from "../../packages/gateway/src/certificates.test-support.ts";
import { RoleProcess } from "../rules/roles.ts";
import { freshFolder, recordsIn } from "../rules/world.ts";
import { writ } from "../serving.ts";
import { OddEndpoint } from "./odd-endpoint.ts";

/** A policy by which an order of so many is allowed. */
const policyOf = (most: number): string => `writ: 1
name: orders
categories:
  order:
    action_type: order
    input:
      type: object
      additionalProperties: false
      required: [what, count]
      properties: { what: { type: string }, count: { type: integer } }
constraints:
  - name: most
    evaluators:
      - name: too_many
        categories: [order]
        when: input.count > ${most}
        then: BLOCK
        reason: TOO_MANY
canaries:
  order:
    block: [{ what: tea, count: ${most + 1} }]
    execute: [{ what: tea, count: ${most} }]
`;

const AUTHORIZATION = "Bearer of-the-endpoint-alone";

/** Where a deployment keeps what its writ.yaml names, and who may sign for it. */
class Site {
  readonly deployment: Deployment = deploymentAt(freshFolder());
  readonly folder = freshFolder();
  readonly policy = join(this.folder, "policy");
  readonly config = join(this.folder, "writ.yaml");
  readonly signers: readonly Signer[] = ["alice", "bob", "carol"].map((name) =>
    parseSignerKey(generateSignerKey(name).trim().split("\n").at(-1) ?? ""),
  );

  constructor(endpoint: string) {
    prepareDeployment(this.deployment);
    mkdirSync(this.policy);
    this.write("authorization", `${AUTHORIZATION}\n`);
    const settings = {
      policy: "policy",
      data: this.deployment.data,
      listen: "127.0.0.1:0",
      tls: { cert: "cert.pem", key: "key.pem", client_ca: "clients.pem" },
      governance: { keys: this.signers.map(({ verifierKey }) => verifierKey), quorum: 2 },
      adapters: {
        shop: {
          kind: "http",
          url: endpoint,
          deadline_ms: 2_000,
          max_result_bytes: 1_000,
          authorization_file: "authorization",
        },
      },
      execute: { order: "shop" },
    };
    this.write("writ.yaml", JSON.stringify(settings));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  present({ server: { cert, key, clientCa = "" } }: Certificates): void {
    this.write("cert.pem", cert);
    this.write("key.pem", key);
    this.write("clients.pem", clientCa);
  }

  /** Puts this policy there, signed by so many; without a signature by none. */
  async put(most: number, signatures: number): Promise<void> {
    writeFileSync(join(this.policy, "orders.yaml"), policyOf(most));
    const path = join(this.policy, SIGNATURE_FILE);
    rmSync(path, { force: true });
    const bundle = await loadFolder(this.policy);
    let note: Uint8Array | null = null;
    for (const signer of this.signers.slice(0, signatures)) {
      note = addSignature(bundle, signer, note).note;
    }
    if (note !== null) writeFileSync(path, note);
  }

  /** Alters what was signed, by a comment's breadth and by more. */
  alter(from: string, to: string): void {
    const path = join(this.policy, "orders.yaml");
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  }

  reload(resume = false): Promise<Outcome | null> {
    return giveOrder(this.deployment.gateway, { order: "reload", resume });
  }

  startGateway(): Promise<RoleProcess> {
    return RoleProcess.start("gateway", ["--config", this.config]);
  }
}

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly socket: TLSSocket;
}

/** One client with a certificate, on one connection as long as that lasts. */
class Client {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(t: TestContext, port: number, { ca }: Certificates, by: Certificates, key = "") {
    this.#port = port;
    const own = by.client("/CN=desk");
    const tls = { ca, ...own, servername: "localhost", maxCachedSessions: 0 };
    this.#agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 });
    this.#key = key;
    t.after(() => this.#agent.destroy());
  }

  readonly #key: string;

  /** Rejects where there is no answer. */
  async ask(what: string, count = 1, verb = "enforce"): Promise<Answered> {
    const body = JSON.stringify({ category: "order", input: { what, count } });
    const headers = { "content-length": Buffer.byteLength(body) };
    const authorization = this.#key === "" ? {} : { authorization: `Bearer ${this.#key}` };
    const sent = request({
      agent: this.#agent,
      host: "127.0.0.1",
      port: this.#port,
      method: "POST",
      path: `/v1/${verb}`,
      headers: { ...headers, ...authorization },
    });
    sent.end(body);
    const [response] = await once(sent, "response");
    let text = "";
    for await (const piece of response) text += piece;
    return { status: response.statusCode, body: JSON.parse(text), socket: response.socket };
  }
}

async function versionBy(client: Client, site: Site): Promise<string> {
  const { body } = await client.ask("tea");
  return eventOf(site, body).evaluator_trace.engine_version;
}

function eventOf({ deployment: { bucket } }: Site, body: Answered["body"]): Event {
  const id = body.enforcement_decision_id;
  const found = recordsIn(bucket).filter(({ event }) => event.enforcement_decision_id === id);
  assert.equal(found.length, 1, String(id));
  return (found[0] as { readonly event: Event }).event;
}

test("a gateway as its operator runs it: signed policies, certificates renewed, actions carried out", async (t) => {
  const endpoint = await OddEndpoint.open();
  t.after(() => endpoint.close());
  const site = new Site(endpoint.url);
  await addCaller(site.deployment.callers, { name: "desk", byCertificate: true });
  const [first, second] = [certificates(), certificates()];
  site.present(first);
  const bucket = await RoleProcess.start("bucket", ["--data", site.deployment.data]);

  await t.test("what nobody has signed, or what was altered since, does not start", async () => {
    const refused = async (why: RegExp): Promise<void> => {
      await assert.rejects(site.startGateway(), why);
      assert.deepEqual(recordsIn(site.deployment.bucket), []);
    };
    await site.put(5, 0);
    await refused(/not armed, for want of signatures: there is no bundle.sig/);
    await site.put(5, 3);
    site.alter("> 5", "> 4");
    site.alter("count: 5 }", "count: 4 }");
    await refused(/not armed, for want of signatures: what was signed is another policy/);
  });

  await site.put(5, 2);
  const gateway = await site.startGateway();
  const client = new Client(t, gateway.port, first, first);
  const signed = await versionBy(client, site);

  await t.test("nor is it armed by a reload, which changes nothing", async () => {
    const cases = [
      [0, "", /there is no bundle.sig/],
      [1, "", /1 of the 2 signatures/],
      [3, "count: 4 }", /what was signed is another policy/],
    ] as const;
    for (const [signatures, altered, why] of cases) {
      await site.put(3, signatures);
      if (altered !== "") site.alter("count: 3 }", "count: 2 }");
      const outcome = await site.reload();
      assert.equal(outcome?.done, false);
      assert.match(outcome?.line ?? "", why);
      assert.equal(await versionBy(client, site), signed);
    }
    await site.put(3, 2);
    assert.equal((await site.reload())?.done, true);
    assert.notEqual(await versionBy(client, site), signed);
    assert.equal((await client.ask("tea", 4)).body.decision, "BLOCK");
  });

  await t.test("a renewed certificate is met by new connections, and cuts none off", async (t) => {
    const { socket } = await client.ask("tea");
    site.present(second);
    assert.equal((await site.reload())?.done, true);
    const after = new Client(t, gateway.port, second, second);
    assert.equal((await after.ask("tea")).status, 200);
    // Neither the old server nor the old clients' authority is there for new connections.
    await assert.rejects(new Client(t, gateway.port, first, second).ask("tea"));
    await assert.rejects(new Client(t, gateway.port, second, first).ask("tea"));
    const again = await client.ask("tea");
    assert.deepEqual([again.status, again.socket === socket], [200, true]);
  });

  await t.test("one that is broken changes nothing, of the policy neither", async (t) => {
    const before = await versionBy(client, site);
    await site.put(4, 2);
    const broken: readonly (readonly [name: string, text: string, why: RegExp])[] = [
      ["cert.pem", first.server.cert, /key values mismatch/],
      ["key.pem", "", /the key is empty/],
      ["clients.pem", "", /the client CA holds no certificate/],
    ];
    for (const [name, text, why] of broken) {
      const good = readFileSync(join(site.folder, name), "utf8");
      site.write(name, text);
      const outcome = await site.reload();
      assert.equal(outcome?.done, false, name);
      assert.match(outcome?.line ?? "", why);
      assert.equal((await new Client(t, gateway.port, second, second).ask("tea")).status, 200);
      assert.equal(await versionBy(client, site), before);
      site.write(name, good);
    }
    assert.equal((await site.reload())?.done, true);
    assert.notEqual(await versionBy(client, site), before);
  });

  await t.test("an action is carried out once, and the record says what became of it", async () => {
    const failing = ["broken", "silent", "huge", "prose", "elsewhere"];
    const good = await client.ask("tea", 2, "execute");
    assert.deepEqual(
      [good.body.decision, good.body.status, good.body.result],
      ["EXECUTE", "success", { served: "tea" }],
    );
    const done = eventOf(site, good.body);
    assert.deepEqual(
      [done.decision, done.reason_code, done.adapter_name, done.status],
      ["ALLOW", "ALLOWED", "shop", "success"],
    );
    const refused = await client.ask("tea", 9, "execute");
    assert.deepEqual(
      [eventOf(site, refused.body).decision, eventOf(site, refused.body).adapter_name],
      ["BLOCK", null],
    );
    for (const what of failing) {
      const { status, body } = await client.ask(what, 1, "execute");
      assert.deepEqual([status, Object.keys(body)], [200, Object.keys(refused.body)], what);
      assert.deepEqual([body.decision, body.status], ["BLOCK", "failed"], what);
      const { decision, reason_code, adapter_name, status: recorded } = eventOf(site, body);
      assert.deepEqual(
        [decision, reason_code, adapter_name, recorded],
        ["ALLOW", "ALLOWED", "shop", "failed"],
        what,
      );
    }
    const asked = endpoint.asked.map(({ body }) => body.input.what);
    assert.deepEqual(asked, ["tea", ...failing]);
    const ids = endpoint.asked.map(({ body }) => body.enforcement_decision_id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(endpoint.asked[0]?.body.trace_id, good.body.trace_id);
    assert.ok(endpoint.asked.every(({ authorization }) => authorization === AUTHORIZATION));
  });

  await t.test("a halt needs no signature, and what is not signed does not lift it", async () => {
    const halted = await writ(["halt", "--config", site.config]);
    assert.deepEqual([halted.code, halted.stderr], [0, ""]);
    assert.equal((await client.ask("tea")).body.decision, "BLOCK");
    await site.put(4, 0);
    assert.match((await site.reload(true))?.line ?? "", /for want of signatures/);
    const still = await client.ask("tea", 1, "execute");
    assert.equal(eventOf(site, still.body).reason_code, "HALTED");
    await site.put(4, 2);
    assert.match((await site.reload())?.line ?? "", /halted since/);
    assert.equal((await site.reload(true))?.done, true);
    assert.equal((await client.ask("tea")).body.decision, "EXECUTE");
  });

  assert.equal(await gateway.stop(), 0);
  assert.equal(await bucket.stop(), 0);
  // Neither the credential nor an input is told to anybody.
  assert.doesNotMatch(gateway.stderr, /of-the-endpoint|tea|elsewhere/);
});
