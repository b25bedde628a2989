import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { cosignerOf } from "@writ/tlog/note-key";
import {
  changeConstitution,
  commitEntries,
  firstConstitution,
  freshDeployment,
} from "../deployed.test-support.ts";
import { startCollecting } from "./collecting.ts";

interface Asked {
  readonly key: string;
  readonly url: string;
  readonly requests: () => number;
}

/** A witness that refuses whatever it is asked, and counts it. */
async function refusing(t: TestContext, number: number): Promise<Asked> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(403).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const key = cosignerOf(`w${number}.example`, new Uint8Array(32).fill(number), 0).verifierKey;
  return { key, url: `http://127.0.0.1:${port}/`, requests: () => requests };
}

async function until(isSo: () => boolean): Promise<void> {
  const begun = performance.now();
  while (!isSo()) {
    assert.ok(performance.now() - begun < 20_000, "waited in vain");
    await new Promise((done) => setTimeout(done, 5));
  }
}

test("witnesses that a constitution names later are asked without a restart", async (t) => {
  const deployment = freshDeployment(t);
  await commitEntries(deployment, 1, 1);
  const [one, two] = [await refusing(t, 1), await refusing(t, 2)];
  const appoint = ({ key, url }: Asked): void =>
    changeConstitution(deployment, () => ({ witnesses: [{ key, url }] }));
  const notes: string[] = [];
  const collector = startCollecting(deployment, (line) => notes.push(line), 10);
  t.after(() => collector.stop());
  const names = (): string[] => collector.status().map(({ name }) => name);
  assert.deepEqual(names(), []);
  const served = collector.checkpoint();
  assert.ok(served !== undefined);

  appoint(one);
  await until(() => one.requests() > 0);
  assert.deepEqual(names(), ["w1.example"]);
  assert.match(notes[0] ?? "", /^witnesses: asked from now on are w1\.example\+[0-9a-f]+ at http:/);

  const good = readFileSync(firstConstitution(deployment));
  writeFileSync(firstConstitution(deployment), "nonsense");
  await until(() =>
    notes.some((line) => line.startsWith("witnesses: those before are still asked")),
  );
  assert.deepEqual(names(), ["w1.example"]);
  writeFileSync(firstConstitution(deployment), good);

  appoint(two);
  await until(() => two.requests() > 0);
  assert.deepEqual(names(), ["w2.example"]);
  assert.deepEqual(collector.checkpoint(), served);
  assert.equal(notes.filter((line) => line.includes("still asked")).length, 1);
});
