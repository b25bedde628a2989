import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openLocalBucket } from "@writ/bucket/local";
import { openEnvelope } from "@writ/contract/envelope";
import { type Enforcement, openEnforcement } from "@writ/enforce";
import { armPolicy } from "@writ/engine/policy-folder";
import { airline, temporaryFolder } from "../spawn-writ.test-support.ts";
import { readArguments, type Verb } from "../verb.ts";

export const SAMPLE: string = join(airline, "sample.jsonl");

/** A caller's name that would paint the screen. */
export const HOSTILE_CALLER = "\u001b[2J\u202eshop";

export interface AirlineLedger {
  readonly data: string;
  readonly lines: readonly Buffer[];
  readonly enforcement: Enforcement;
  /** One attempt; resolves when it is recorded. */
  enforce(line: Uint8Array, caller?: string | null): Promise<void>;
  close(): Promise<void>;
}

/** A ledger of the airline policy in this process, empty and open. */
export async function openAirlineLedger(): Promise<AirlineLedger> {
  const data = join(temporaryFolder(), "data");
  const bucket = await openLocalBucket(data);
  const faults: string[] = [];
  const enforcement = await openEnforcement({
    ...bucket,
    engine: await armPolicy(airline),
    maxInFlight: 256,
    now: () => new Date().toISOString(),
    onViolation: (line) => faults.push(String(line)),
    onChange: () => {},
  });
  return {
    data,
    lines: readFileSync(SAMPLE, "utf8").trimEnd().split("\n").map(Buffer.from),
    enforcement,
    async enforce(line, caller = null) {
      await enforcement.begin().enforce(openEnvelope(line), caller);
    },
    async close() {
      await enforcement.close();
      await bucket.close();
    },
  };
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a verb in this process; what it throws is the caller's to look at. */
export async function run(verb: Verb, ...argv: readonly string[]): Promise<Ran> {
  const streams = { stdout: new Kept(), stderr: new Kept() };
  const real = (["stdout", "stderr"] as const).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const,
  );
  for (const [name] of real) {
    Object.defineProperty(process, name, { configurable: true, value: streams[name] });
  }
  const exitCode = process.exitCode;
  try {
    const code = await verb.run(readArguments(verb, argv));
    return { code, out: streams.stdout.text, error: streams.stderr.text };
  } finally {
    process.exitCode = exitCode;
    for (const [name, descriptor] of real) {
      if (descriptor !== undefined) Object.defineProperty(process, name, descriptor);
    }
  }
}

class Kept extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
