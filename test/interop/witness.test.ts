import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { formatSignerKey, signerOf } from "@writ/tlog/note-key";
import { temporaryFolder } from "../serving.ts";
import { startWitness, type WitnessProcess } from "../witnesses.ts";
import { buildWitnessClient, missingGo } from "./go-toolchain.ts";

const skip = missingGo() ?? false;
const NAME = "interop.example/log";
const seed = new Uint8Array(32).fill(7);

async function run(binary: string, args: readonly string[]) {
  const child = spawn(binary, args);
  let output = "";
  const take = (chunk: Buffer): void => {
    output += String(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output };
}

/** What a process says arrives by another way than what it answers. */
async function said({ output }: WitnessProcess, words: RegExp): Promise<void> {
  for (const end = Date.now() + 15_000; !words.test(output()) && Date.now() < end; ) {
    await sleep(20);
  }
  assert.match(output(), words);
}

describe("a Go log before our witness", { skip }, () => {
  test("is answered as tlog-witness says, with cosignatures that Go verifies", async () => {
    const client = buildWitnessClient(temporaryFolder());
    const witness = await startWitness(
      temporaryFolder(),
      "--log",
      signerOf(NAME, seed).verifierKey,
    );
    const args = [witness.url, witness.vkey, formatSignerKey(NAME, seed)];
    const first = await run(client, args);
    assert.deepEqual(first, { code: 0, output: "steps: 12 answered as the protocol says\n" });
    await said(witness, /^writ: cosigned interop\.example\/log at 700$/m);
    await said(witness, /^writ: refused 422: .*; the log signed it:\ninterop\.example\/log\n30\n/m);
    // The Go program can fail: the witness is no longer where the steps begin.
    const second = await run(client, args);
    assert.deepEqual(second, { code: 1, output: "from 0 to 1: 409, not 200: 700\n\n" });
    assert.equal(await witness.end("SIGINT"), 0);
  });
});
