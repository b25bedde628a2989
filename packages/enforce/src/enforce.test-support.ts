import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { openLog } from "@writ/bucket/append/log";
import { type Denial, serveAppends } from "@writ/bucket/append/server";
import type { LogWriter } from "@writ/bucket/append/submission";
import {
  type Constitution,
  constitutionDigest,
  formatConstitution,
} from "@writ/bucket/constitution";
import { diskFolder } from "@writ/bucket/read/folder";
import { readLog } from "@writ/bucket/read/log";
import type { Received } from "@writ/contract/envelope";
import { decodeEvent, type Event } from "@writ/contract/event";
import { JsonObject } from "@writ/contract/json";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import { sha256 } from "@writ/tlog/hash";
import { parseVerifierKey } from "@writ/tlog/note-key";
import {
  ALICE,
  constitutionWith,
  LOG_KEY,
  ORIGIN,
  signer,
} from "../../bucket/src/append/bucket.test-support.ts";
import {
  MESSAGE_BYTES,
  MessageDecoder,
  type WireMessage,
} from "../../bucket/src/append/framing.ts";
import { impostor } from "../../bucket/src/append/impostor.test-support.ts";
import {
  type Answer,
  type AppendMessage,
  decodeAnswer,
  decodeAppend,
  encodeAccepted,
  encodeHello,
  MESSAGE,
} from "../../bucket/src/append/messages.ts";
import { rawPublicKey } from "../../bucket/src/verifier-key.ts";
import { type Enforcement, type EnforcementOptions, openEnforcement } from "./enforcement.ts";

/** One category that each outcome can be had of by a word, and one that judges its caller. */
const POLICY = `writ: 1
name: words
categories:
  say:
    action_type: message
    input:
      type: object
      additionalProperties: false
      required: [text]
      properties: { text: { type: string } }
  give:
    action_type: gift
    input:
      type: object
      additionalProperties: false
      required: [text]
      properties:
        text: { type: string }
        host:
          type: object
          additionalProperties: false
          properties: { caller: { type: string } }
constraints:
  - name: words
    evaluators:
      - name: says_secret
        categories: [say]
        when: input.text == "secret"
        then: BLOCK
        reason: SECRET
      - name: is_loud
        categories: [say]
        when: input.text == "loud"
        then: REWRITE
        rewrite_class: LOWER_VOICE
        reason: LOUD
      - name: is_stranger
        categories: [give]
        when: input.host == null || input.host.caller == null || input.host.caller != "desk"
        then: BLOCK
        reason: STRANGER
canaries:
  say:
    block: [{ text: secret }]
    execute: [{ text: hello }]
  give:
    block: [{ text: flowers }]
    execute: [{ text: flowers, host: { caller: desk } }]
`;

function armed(text: string): Engine {
  const loaded = loadBundle([{ path: "words.yaml", text }]);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return arm(loaded.bundle);
}

export const ENGINE: Engine = armed(POLICY);

export function say(text: string, category = "say"): Received {
  return { category, input: new JsonObject(["text"], [text]) };
}

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Gone with the process, not with the test: what a test opened in it is closed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-"));
  folders.push(folder);
  return folder;
}

export interface RealBucket {
  readonly directory: string;
  readonly socketPath: string;
  readonly denials: readonly Denial[];
  /** Closes the door and the log, so that the next one may open. */
  stop(): Promise<void>;
}

/** A Bucket on disk and its door, in this process. */
export async function openRealBucket(
  t: TestContext,
  directory: string = temporaryFolder(),
  changes: Partial<Constitution> = {},
): Promise<RealBucket> {
  const constitution = constitutionWith(changes);
  const log = openLog({
    directory: join(directory, "bucket"),
    guard: join(directory, "guard"),
    key: { origin: ORIGIN, signer: signer(1, ORIGIN), verifier: parseVerifierKey(LOG_KEY) },
    constitution: constitutionDigest(formatConstitution(constitution)),
  });
  const denials: Denial[] = [];
  const socketPath = join(directory, "s");
  const stop = await serveLog(log, constitution, socketPath, denials);
  t.after(stop);
  return { directory, socketPath, denials, stop };
}

async function serveLog(
  log: LogWriter,
  constitution: Constitution,
  socketPath: string,
  denials: Denial[],
): Promise<() => Promise<void>> {
  const server = await serveAppends({
    writer: log,
    constitution,
    socketPath,
    onFatal: (error) => {
      throw error;
    },
    onDenial: (denial) => denials.push(denial),
  });
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= server.close().then(() => log.close());
    return stopped;
  };
}

/** The events of a Bucket's log, in its order. */
export function eventsOf(directory: string): Event[] {
  const events: Event[] = [];
  for (const item of readLog(diskFolder(join(directory, "bucket")))) {
    if (item.kind === "damage") throw new Error(item.defect.code);
    if (item.kind === "segment") continue;
    for (const { entries } of item.frame.submissions) events.push(...entries.map(decodeEvent));
  }
  return events;
}

export interface Watched {
  readonly enforcement: Enforcement;
  readonly epochFile: string;
  readonly states: readonly string[];
  readonly violations: readonly string[];
}

/** An epoch counter of its own, as first use makes it. */
export function epochFileIn(directory: string, content = "0\n"): string {
  mkdirSync(join(directory, "gateway"), { recursive: true });
  const path = join(directory, "gateway", "epoch");
  writeFileSync(path, content);
  return path;
}

export const NOW = "2026-11-21T20:45:10.123Z";

/** Enforcement as ALICE over the door at `socketPath`, closed when the test ends. */
export async function enforceAt(
  t: TestContext,
  socketPath: string,
  changes: Partial<EnforcementOptions> = {},
): Promise<Watched> {
  const states: string[] = [];
  const violations: string[] = [];
  const epochFile = changes.epochFile ?? epochFileIn(temporaryFolder());
  const enforcement = await openEnforcement({
    engine: ENGINE,
    socketPath,
    origin: ORIGIN,
    logKey: LOG_KEY,
    writer: ALICE,
    maxInFlight: 64,
    now: () => NOW,
    onViolation: (message) => violations.push(message),
    onChange: (state) => states.push(state),
    ...changes,
    epochFile,
  });
  t.after(() => enforcement.close());
  return { enforcement, epochFile, states, violations };
}

/** Waits, for ten seconds at most, without a timer or a clock that a test may have stopped. */
export async function until(holds: () => boolean): Promise<void> {
  const due = process.hrtime.bigint() + 10_000_000_000n;
  for (let turns = 0; !holds(); turns += 1) {
    if (process.hrtime.bigint() > due) throw new Error(`still not so: ${holds}`);
    await (turns < 100 ? turn() : pause());
  }
}

/** `stopTimers` stops `setTimeout` alone. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      clearInterval(timer);
      resolve();
    }, 2);
  });
}

/** From here to the end of the test, timers pass time only as `pass` says. */
export function stopTimers(t: TestContext): (ms: number) => Promise<void> {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.timers.reset();
    syncBuiltinESMExports();
  });
  return async (ms) => {
    // What has just been told may need some turns before it waits, or before it shows.
    await turns();
    t.mock.timers.tick(ms);
    await turns();
  };
}

async function turns(): Promise<void> {
  for (let done = 0; done < 10; done += 1) await turn();
}

/** A peer that proves itself as the Bucket, lets every writer in, and does with messages as told. */
export function obligingBucket(
  t: TestContext,
  meet: (socket: Socket, message: AppendMessage) => void,
  onAnswer: (answer: Answer, socket: Socket) => void = () => {},
): Promise<string> {
  return impostor(t, (socket) => {
    const decoder = new MessageDecoder(MESSAGE_BYTES);
    const logKeyHash = sha256(rawPublicKey(LOG_KEY));
    const challenge = new Uint8Array(32);
    socket.write(encodeHello({ version: 1, challenge, logKeyHash, origin: ORIGIN }));
    const take = ({ type, body }: WireMessage): void => {
      if (type === MESSAGE.append) {
        meet(socket, decodeAppend(body));
      } else {
        socket.write(encodeAccepted());
        onAnswer(decodeAnswer(body), socket);
      }
    };
    socket.on("data", (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) take(next);
    });
  });
}
