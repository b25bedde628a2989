import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import { decodeEvent, type Event } from "@writ/contract/event";
import { enforce, serve, temporaryFolder, writ } from "./serving.ts";

const POLICY = `writ: 1
name: toned
categories:
  say:
    action_type: message
    input:
      type: object
      additionalProperties: false
      required: [text, host]
      properties:
        text: { type: string }
        host:
          type: object
          additionalProperties: false
          required: [validators]
          properties:
            validators:
              type: object
              additionalProperties: false
              required: [tone]
              properties:
                tone:
                  type: object
                  additionalProperties: false
                  required: [outcome, reason]
                  properties:
                    outcome: { type: string, enum: [execute, rewrite, block] }
                    reason: { type: string }
constraints:
  - name: words
    evaluators:
      - name: rude
        categories: [say]
        when: input.host.validators.tone.outcome == "block"
        then: BLOCK
        reason: RUDE
canaries:
  say:
    block: [{ text: a, host: { validators: { tone: { outcome: BLOCK, reason: RUDE } } } }]
    execute: [{ text: a, host: { validators: { tone: { outcome: EXECUTE, reason: FINE } } } }]
`;

/** Judges by a word in the text it is sent, and knows its asker by a credential. */
function judge(body: string, authorization: string | undefined, response: ServerResponse): void {
  const { category, input } = JSON.parse(body) as { category: string; input: { text: string } };
  assert.equal(category, "say");
  if (authorization !== "Bearer tone") return void response.writeHead(401).end();
  if (input.text.includes("slow")) return;
  if (input.text.includes("down")) return void response.writeHead(500).end();
  const isRude = input.text.includes("rude");
  response.end(
    JSON.stringify(
      isRude ? { outcome: "BLOCK", reason: "RUDE" } : { outcome: "EXECUTE", reason: "FINE" },
    ),
  );
}

async function startJudge(): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => judge(body, request.headers.authorization, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function eventsIn(data: string): readonly Event[] {
  const events: Event[] = [];
  for (const item of readLog(diskFolder(join(data, "bucket")))) {
    assert.notEqual(item.kind, "damage");
    if (item.kind !== "frame") continue;
    for (const { entries } of item.frame.submissions) events.push(...entries.map(decodeEvent));
  }
  return events;
}

test("a served policy hears its validator, and blocks without it", async () => {
  const folder = temporaryFolder();
  const policy = join(folder, "policy");
  mkdirSync(policy);
  writeFileSync(join(policy, "bundle.yaml"), POLICY);
  const credential = join(folder, "credential");
  writeFileSync(credential, "Bearer tone\n");
  const validators = join(folder, "validators.json");
  const tone = { url: await startJudge(), timeout_ms: 2_000, authorization_file: credential };
  writeFileSync(validators, JSON.stringify({ tone }));

  const data = join(folder, "data");
  const unheard = await writ(["serve", "--policy", policy, "--data", data]);
  assert.equal(unheard.code, 2);
  assert.match(unheard.stderr, /cannot do without the validator tone/);

  const served = await serve(data, "--policy", policy, "--validators", validators);
  const decisions: string[] = [];
  for (const text of ["Hello", "so rude", "down", "slow"]) {
    const body = JSON.stringify({ category: "say", input: { text } });
    const answer = await enforce(served.gateway, body);
    assert.equal(answer.status, 200);
    decisions.push(`${answer.body.decision} ${answer.body.status}`);
  }
  assert.equal(await served.stop(), 0);
  assert.deepEqual(decisions, ["EXECUTE success", "BLOCK failed", "BLOCK failed", "BLOCK failed"]);
  assert.deepEqual(
    eventsIn(data).map(({ reason_code, status, evaluator_trace }) => {
      return [reason_code, status, evaluator_trace.validators];
    }),
    [
      ["ALLOWED", "success", { tone: ["EXECUTE", "FINE"] }],
      ["RUDE", "success", { tone: ["BLOCK", "RUDE"] }],
      ["VALIDATOR_UNAVAILABLE", "failed", {}],
      ["VALIDATOR_UNAVAILABLE", "failed", {}],
    ],
  );
  const vkey = readFileSync(join(data, "log.vkey"), "utf8").trim();
  const verified = await writ(["verify", data, "--key", vkey]);
  assert.equal(verified.code, 0, verified.stderr + verified.stdout);
});
