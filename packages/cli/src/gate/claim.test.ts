import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Claim, claimedSocket, claimFolder } from "./claim.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "writ-"));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const IGNORE = (): void => {};

/** Claims as a process of its own, which is then killed without a chance to tidy up. */
async function claimAndDie(path: string): Promise<void> {
  const child = fork(join(import.meta.dirname, "claim-child.test-support.ts"), [path]);
  await new Promise((resolve) => child.once("message", resolve));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

test("of many who claim at once exactly one holds, round after round", async () => {
  const path = folder();
  for (let round = 0; round < 20; round += 1) {
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, () => claimFolder(path, IGNORE)),
    );
    const claims = tries.flatMap((each): Claim[] =>
      each.status === "fulfilled" ? [each.value] : [],
    );
    assert.ok(claims.length <= 1, `${claims.length} hold it`);
    for (const each of tries) {
      if (each.status === "rejected") assert.match(String(each.reason), /another gateway holds/);
    }
    // All may have given way to one another; then the next one gets it.
    const [claim = await claimFolder(path, IGNORE)] = claims;
    await assert.rejects(claimFolder(path, IGNORE), /another gateway holds/);
    await claim.release();
    assert.equal(await claimedSocket(path), null);
    assert.deepEqual(readdirSync(path), []);
  }
});

test("a claim ends with its process, and what it left is passed over and cleared", async () => {
  const path = folder();
  for (let round = 1; round <= 3; round += 1) {
    await claimAndDie(path);
    assert.deepEqual(readdirSync(path), [`control.${round}.sock`]);
    assert.equal(await claimedSocket(path), null);
  }
  const claim = await claimFolder(path, IGNORE);
  assert.deepEqual(readdirSync(path), ["control.4.sock"]);
  await claim.release();
});

test("after a crash, too, one of many gets it", async () => {
  const path = folder();
  for (let round = 0; round < 5; round += 1) {
    await claimAndDie(path);
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, () => claimFolder(path, IGNORE)),
    );
    const claims = tries.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    assert.ok(claims.length <= 1, `${claims.length} hold it`);
    await claims[0]?.release();
  }
});

test("the socket hears whoever connects, and is its owner's alone", async () => {
  const path = folder();
  const claim = await claimFolder(path, (socket) => void socket.end("heard"));
  const socket = await claimedSocket(path);
  assert.ok(socket !== null);
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  const heard = await new Promise((resolve) => connect(socket).on("data", resolve));
  assert.equal(String(heard), "heard");
  await claim.release();
});

test("a folder that is not there is no claim", async () => {
  await assert.rejects(claimFolder(join(folder(), "none"), IGNORE));
});
