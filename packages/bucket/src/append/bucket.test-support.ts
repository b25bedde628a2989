import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { encodeEvent } from "@writ/contract/event";
import { emptyRoot, leafHash } from "@writ/tlog/hash";
import { formatSignerKey, parseSignerKey, type Signer } from "@writ/tlog/note-key";
import { batchText } from "../batch-signature.ts";
import type { Constitution } from "../constitution.ts";
import type { Tally } from "../frame.ts";
import { type OpenWriterKey, openWriterKey } from "../writer-key.ts";
import type { WriterKey } from "./client.ts";
import type { Denial } from "./denial.ts";
import { MESSAGE_BYTES, MessageDecoder, type WireMessage } from "./framing.ts";
import { handshakeText } from "./handshake.ts";
import {
  decodeHello,
  encodeAnswer,
  encodeAppend,
  encodeAppendAdmitted,
  type Hello,
} from "./messages.ts";
import { type AppendOptions, type AppendServer, serveAppends } from "./server.ts";
import { EpochNotGreater, type LogWriter, Poisoned, type Submission } from "./submission.ts";

export const ORIGIN = "log.example/writ";

/** Keys from small numbers: tests need many, and the same ones each time. */
export function seed(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

export function signer(number: number, name = `key.example/${number}`): Signer {
  return parseSignerKey(formatSignerKey(name, seed(number)));
}

export function writerKey(number: number): OpenWriterKey {
  return openWriterKey(`${formatSignerKey(`writer.example/${number}`, seed(number))}\n`);
}

export const LOG_KEY: string = signer(1, ORIGIN).verifierKey;
export const ALICE: OpenWriterKey = writerKey(101);
export const BOB: OpenWriterKey = writerKey(102);
export const STRANGER: OpenWriterKey = writerKey(103);

const PLENTY = { events: 1_000_000, bytes: 1_000_000_000 };

export function constitutionWith(changes: Partial<Constitution> = {}): Constitution {
  return {
    origin: ORIGIN,
    log_key: LOG_KEY,
    event_schema: 1,
    writers: [ALICE, BOB].map(({ name, verifierKey }) => ({
      name,
      key: verifierKey,
      quota: PLENTY,
    })),
    quotas: { ...PLENTY, in_flight: 4096 },
    governance: { keys: [signer(11).verifierKey], threshold: 1 },
    witnesses: [],
    predecessor: null,
    from: { size: 0, root: Buffer.from(emptyRoot()).toString("hex") },
    ...changes,
  };
}

/** A valid event of this writer, epoch and sequence. */
export function eventOf(
  writer: { readonly name: string },
  epoch: number,
  sequence: number,
  actionType = "transfer",
): Uint8Array {
  return encodeEvent({
    trace_id: "5".repeat(64),
    enforcement_decision_id: `${writer.name}.${epoch}.${sequence}`,
    action_type: actionType,
    decision: "ALLOW",
    reason_code: "ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"a".repeat(64)}`,
      caller: null,
      rewrite_class: null,
      validators: {},
      evaluators: [["limit", "EXECUTE", null]],
    },
    timestamp: "2026-11-21T20:45:10.123Z",
    adapter_name: null,
    status: "success",
  });
}

/** The seam to the log, in memory: keeps what it is given, and ends it when and as a test says. */
export class RecordingLog implements LogWriter {
  readonly submissions: Submission[] = [];
  readonly epochs: Map<string, number> = new Map();
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly poisoned: Promise<Error>;
  #poison: (error: Error) => void = () => {};
  #isHeld = false;
  #isBroken = false;
  #held: (() => void)[] = [];

  constructor(tallies: readonly Tally[] = []) {
    this.tallies = new Map(tallies.map((one) => [one.writer, one]));
    this.poisoned = new Promise((resolve) => {
      this.#poison = resolve;
    });
  }

  get size(): number {
    return this.submissions.reduce((sum, one) => sum + one.entries.length, 0);
  }

  get entries(): readonly Uint8Array[] {
    return this.submissions.flatMap((one) => one.entries);
  }

  submit(submission: Submission): Promise<void> {
    this.submissions.push(submission);
    if (this.#isBroken) return Promise.reject(new Poisoned("no space"));
    if (!this.#isHeld) return Promise.resolve();
    return new Promise((resolve) => this.#held.push(resolve));
  }

  raiseEpoch(writer: string, epoch: number): void {
    const last = this.epochs.get(writer) ?? 0;
    if (this.#isBroken) throw new Poisoned("no space");
    if (epoch <= last) throw new EpochNotGreater(writer, epoch, last);
    this.epochs.set(writer, epoch);
  }

  /** From now on nothing ends until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  /** From now on every submission and every epoch fails. */
  breakDown(): void {
    this.#isBroken = true;
  }

  poison(): void {
    this.#poison(new Poisoned("no space"));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export type BucketOptions = Partial<Omit<AppendOptions, "writer">> & {
  readonly writer?: RecordingLog;
};

export interface TestBucket {
  readonly log: RecordingLog;
  readonly server: AppendServer;
  readonly socketPath: string;
  readonly denials: Denial[];
  readonly fatal: Error[];
}

/** A served append door in a fresh directory, gone when the test ends. */
export async function openBucket(t: TestContext, options: BucketOptions = {}): Promise<TestBucket> {
  const log = options.writer ?? new RecordingLog();
  const denials: Denial[] = [];
  const fatal: Error[] = [];
  const socketPath = join(freshDirectory(t), "bucket.sock");
  const server = await serveAppends({
    constitution: constitutionWith(),
    socketPath,
    onFatal: (error) => fatal.push(error),
    onDenial: (denial) => denials.push(denial),
    ...options,
    writer: log,
  });
  t.after(() => {
    log.release();
    return server.close();
  });
  return { log, server, socketPath, denials, fatal };
}

/** From here to the end of the test, deadlines pass only as the result says, in milliseconds. */
export function stopDeadlines(t: TestContext): (ms: number) => void {
  let now = 0;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => now);
  return (ms) => {
    now += ms;
    t.mock.timers.tick(ms);
  };
}

export function freshDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "writ-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A peer that sends whatever a test wants, and shows what comes back. */
export class RawPeer {
  readonly socket: Socket;
  readonly gone: Promise<void>;
  readonly #decoder = new MessageDecoder(MESSAGE_BYTES);
  #wake: () => void = () => {};
  #isGone = false;

  constructor(t: TestContext, socketPath: string) {
    this.socket = connect(socketPath);
    t.after(() => this.socket.destroy());
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Uint8Array) => {
      this.#decoder.push(chunk);
      this.#wake();
    });
    this.gone = new Promise((resolve) => {
      this.socket.once("close", () => {
        this.#isGone = true;
        this.#wake();
        resolve();
      });
    });
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next message, or undefined once the Bucket has hung up. */
  async next(): Promise<WireMessage | undefined> {
    for (;;) {
      const message = this.#decoder.next();
      if (message !== undefined || this.#isGone) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async hello(): Promise<Hello> {
    const message = await this.next();
    if (message === undefined) throw new Error("the Bucket hung up before its hello");
    return decodeHello(message.body);
  }

  /** Answers a challenge as `writer`; `claim` bends what is signed. */
  answer(
    writer: WriterKey,
    epoch: number,
    hello: Hello,
    claim: { origin?: string } = {},
  ): Uint8Array {
    const { challenge, logKeyHash, origin } = hello;
    const text = handshakeText({
      origin,
      logKeyHash,
      challenge,
      writer: writer.name,
      epoch,
      ...claim,
    });
    const bytes = encodeAnswer({ writer: writer.name, epoch, signature: writer.sign(text) });
    this.send(bytes);
    return bytes;
  }

  /** Shakes hands and returns the type of what the Bucket says to it. */
  async enter(writer: WriterKey, epoch: number): Promise<number | undefined> {
    this.answer(writer, epoch, await this.hello());
    return (await this.next())?.type;
  }
}

/** An append message, signed as it should be, or with `claim` bent. */
export function appendOf(
  writer: WriterKey,
  epoch: number,
  batch: number,
  entries: readonly Uint8Array[],
  claim: { origin?: string; epoch?: number; batch?: number; writer?: string } = {},
): Uint8Array {
  const leafHashes = entries.map(leafHash);
  const text = batchText({
    origin: ORIGIN,
    writer: writer.name,
    epoch,
    batch,
    leafHashes,
    ...claim,
  });
  return encodeAppend({ batch, signature: writer.sign(text), entries });
}

/** An append message of admitted events, signed as it should be. */
export function admittedOf(
  writer: WriterKey,
  epoch: number,
  batch: number,
  admissions: readonly number[],
  entries: readonly Uint8Array[],
): Uint8Array {
  const leafHashes = entries.map(leafHash);
  const text = batchText({ origin: ORIGIN, writer: writer.name, epoch, batch, leafHashes });
  return encodeAppendAdmitted({ batch, signature: writer.sign(text), entries, admissions });
}
