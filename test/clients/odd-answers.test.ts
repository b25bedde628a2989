import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { createClient } from "../../packages/client/src/client.ts";
import { inParallel } from "../serving.ts";
import { cases, differences, KEY as key, type Said } from "./client-cases.ts";
import { type HostileServer, serveHostile } from "./hostile-server.ts";
import { askInPython, withoutPython } from "./python-client.ts";

const LONG_MS = 20_000;

function assertAskedOnce({ paths }: HostileServer): void {
  const expected = cases.map(({ verb }, i) => `/${i}/v1/${verb}`);
  assert.deepEqual([...paths].sort(), expected.sort());
}

/** A port of this machine where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the cases differ in name, and say why they are there", () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  assert.ok(cases.every(({ why }) => why.length > 5));
  assert.ok(cases.filter(({ expect }) => expect.decision === "BLOCK").length > 100);
});

test(`the TypeScript client takes ${cases.length} answers for what they are`, async (t) => {
  const server = await serveHostile(t, cases);
  // All at once, the short deadlines of some would be over before their call has left.
  const answers = await inParallel([...cases.entries()], 16, ([i, each]) =>
    createClient({
      url: `http://127.0.0.1:${server.port}/${i}/`,
      key,
      deadlineMs: each.deadline_ms ?? LONG_MS,
      maxAnswerBytes: 2 ** 20,
    })[each.verb]("say", { text: "hello" }),
  );
  assert.deepEqual(differences(answers as unknown as Said[]), []);
  assertAskedOnce(server);
});

test("the Python client takes the same for the same", { skip: withoutPython }, async (t) => {
  const server = await serveHostile(t, cases);
  const dead = { key, verb: "enforce", category: "say", input: {} };
  const calls = cases.map(({ verb, deadline_ms = LONG_MS }, i) => {
    const url = `http://127.0.0.1:${server.port}/${i}/`;
    return { url, key, deadline_ms, verb, category: "say", input: { text: "hello" } };
  });
  const nobody = { ...dead, url: `http://127.0.0.1:${await deadPort()}` };
  const answers = (await askInPython([...calls, nobody])) as Said[];
  assert.deepEqual(differences(answers), []);
  assert.equal(answers.at(-1)?.decision, "BLOCK");
  assert.equal(answers.at(-1)?.why, "UNREACHABLE");
  assertAskedOnce(server);
});

test("a refused connection is BLOCK", async () => {
  const url = `http://127.0.0.1:${await deadPort()}`;
  const answer = await createClient({ url, key }).enforce("say", {});
  assert.equal(answer.decision, "BLOCK");
  assert.equal("why" in answer && answer.why, "UNREACHABLE");
});
