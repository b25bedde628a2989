import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AdmissionMisused,
  type Admitted,
  type AppendDoor,
  type ConnectOptions,
} from "@writ/bucket/append";
import type { AppendServer } from "@writ/bucket/append/server";
import type { LogWriter } from "@writ/bucket/append/submission";
import type { LocalBucket } from "@writ/bucket/local";
import { openEnvelope } from "@writ/contract/envelope";
import {
  type Attempt,
  AttemptSpent,
  type Enforcement,
  type EnforcementOptions,
} from "@writ/enforce";
import { root } from "../../root.ts";
import { RawWriter } from "../raw-writer.ts";
import { say, until } from "../world.ts";
import { BEHAVIOURS, type Behaviour, bentEvent, WORDS } from "./behaviours.ts";
import type { Scene } from "./scene.ts";
import type { Door, Finding } from "./table.ts";

/** What an embedder can import, by module, and what each name is for. A new one is to be judged here. */
const EXPORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "@writ/enforce": {
    openEnforcement: "connects, and begins attempts",
    TooManyInFlight: "an error",
    AttemptSpent: "an error",
    utcNow: "tells the time",
  },
  "@writ/enforce/enforcement": {
    openEnforcement: "connects, and begins attempts",
    TooManyInFlight: "an error",
    AttemptSpent: "an error",
    utcNow: "tells the time",
  },
  "@writ/enforce/adapter": {
    AdapterRefused: "an error",
    requireAdapter: "judges a configuration",
    carryOut: "runs an adapter",
  },
  "@writ/enforce/answer": { blocked: "makes an answer" },
  "@writ/enforce/attempt-report": {},
  "@writ/enforce/validators": {},
  "@writ/enforce/epoch-counter": {
    EpochUnusable: "an error",
    raiseEpoch: "counts connections in the gateway's own file",
  },
  "@writ/bucket/append": {
    connectBucket: "connects",
    AdmissionMisused: "an error",
    BucketUnreachable: "an error",
    HandshakeRefused: "an error",
  },
  "@writ/bucket/local": {
    openLocalBucket: "opens a Bucket in this process, for appending",
    writerLine: "reads where a Bucket is, and who writes to it",
  },
  "@writ/bucket/local/first-use": {
    makeBucket: "makes a Bucket where there is none",
    FIRST_QUOTA: "a number",
    FIRST_IN_FLIGHT: "a number",
  },
  "@writ/bucket/local/layout": { layoutAt: "names paths" },
};

/** Every member of every object that those hand out; the compiler holds these lists to the types. */
const ENFORCEMENT: Readonly<Record<keyof Enforcement, string>> = {
  begin: "takes a number for one attempt",
  rearm: "policy for attempts to come",
  engineVersion: "a word",
  ready: "whether a Bucket is connected",
  epoch: "a count of its own",
  inFlight: "a count of its own",
  free: "a count of its own",
  close: "ends",
};
const ATTEMPT: Readonly<Record<keyof Attempt, string>> = {
  decisionId: "a word",
  enforce: "records, once",
  execute: "acts, and records, once",
};
const APPEND_DOOR: Readonly<Record<keyof AppendDoor, string>> = {
  append: "one event, one record",
  admit: "asks for room, writes nothing",
  closed: "ends",
  close: "ends",
};
const APPEND_SERVER: Readonly<Record<keyof AppendServer, string>> = {
  writers: "a count",
  inFlight: "a count",
  close: "ends",
};
const LOG_WRITER: Readonly<Record<keyof LogWriter, string>> = {
  submit: "appends",
  raiseEpoch: "raises a count that never falls",
  size: "a count",
  tallies: "counts",
  poisoned: "ends",
  close: "ends",
};
const LOCAL_BUCKET: Readonly<Record<keyof LocalBucket, string>> = {
  socketPath: "where",
  origin: "which log",
  logKey: "which log",
  writer: "who",
  epochFile: "who",
  close: "ends",
};
const ADMITTED: Readonly<Record<keyof Admitted, string>> = {
  ending: "a word",
  append: "one event, one record, once",
  release: "gives room back",
};
const CONNECT_OPTIONS: Readonly<Record<keyof ConnectOptions, string>> = {
  socketPath: "where",
  origin: "which log",
  logKey: "which log",
  writer: "who",
  epoch: "who",
  limits: "bounds of this side",
};
const ENFORCEMENT_OPTIONS: Readonly<Record<keyof EnforcementOptions, string>> = {
  socketPath: "where",
  origin: "which log",
  logKey: "which log",
  writer: "who",
  epochFile: "who",
  onChange: "tells an operator",
  engine: "decides",
  validators: "are heard before",
  adapters: "act",
  now: "a clock that orders nothing",
  maxInFlight: "a bound of this side",
  onViolation: "tells an operator",
  onAttempt: "tells an operator",
};

/** Names that look forbidden and are not, with what they do instead. */
const HARMLESS: ReadonlySet<string> = new Set(["begin", "onChange", "EVENT_SCHEMA"]);

/** The modules that enforcement and its embedders may import, and what these hand out. */
export async function libraryDoors(scene: Scene): Promise<Door[]> {
  const names = [
    ...exportedBy("enforce", () => true),
    ...exportedBy("bucket", (subpath) => /^\.\/(append|local(\/.*)?)$/.test(subpath)),
  ];
  const others = exportedBy("bucket", () => true).filter((name) => !names.includes(name));
  assert.deepEqual(names.toSorted(), Object.keys(EXPORTS).toSorted());
  const third = scene.writers[2] ?? scene.writer;
  const writer = await RawWriter.enter(scene, third, 1);
  await writer.append(1);
  const spent = scene.enforcement.begin();
  await spent.enforce(openEnvelope(Buffer.from(say("hello"))), null);
  return [
    ...names.map((name) => moduleDoor(name, true)),
    ...others.map((name) => moduleDoor(name, false)),
    membersDoor("Enforcement", scene.enforcement, ENFORCEMENT),
    membersDoor("Attempt", spent, ATTEMPT),
    membersDoor("AppendDoor", writer.door, APPEND_DOOR),
    membersDoor("Admitted", await admittedOf(writer, 2), ADMITTED),
    namesDoor("members of AppendServer", APPEND_SERVER),
    namesDoor("members of LogWriter", LOG_WRITER),
    namesDoor("members of LocalBucket", LOCAL_BUCKET),
    namesDoor("options of openEnforcement", ENFORCEMENT_OPTIONS),
    namesDoor("options of connectBucket", CONNECT_OPTIONS),
    spentDoor(scene),
    await lostLineDoor(scene),
    appendDoor(writer),
    admittedDoor(writer),
    spentAdmissionDoor(writer),
  ];
}

function exportedBy(name: string, wanted: (subpath: string) => boolean): string[] {
  const text = readFileSync(join(root, "packages", name, "package.json"), "utf8");
  const subpaths = Object.keys(JSON.parse(text).exports).filter(wanted);
  return subpaths.map((subpath) => `@writ/${name}${subpath.slice(1)}`);
}

/** Nothing among these names does it. */
function assertNoWord(behaviour: Behaviour, names: Iterable<string>): void {
  for (const name of names) {
    const words = name.toLowerCase().split(/[^a-z]+/);
    const camel = name.split(/(?=[A-Z])|[^A-Za-z]+/).map((part) => part.toLowerCase());
    const hit = WORDS[behaviour].find((word) => words.includes(word) || camel.includes(word));
    assert.ok(hit === undefined || HARMLESS.has(name), `${name} looks like a way to ${behaviour}`);
  }
}

function absent(what: string): Finding {
  return { how: "absent", by: [what], probes: 1, counted: null };
}

/** A module; where an embedder has its business, each of its names is known. */
function moduleDoor(name: string, isKnown: boolean): Door {
  return {
    name: `library: ${name}`,
    async attempt(behaviour) {
      const exported = Object.keys(await import(name));
      const known = isKnown ? Object.keys(EXPORTS[name] ?? {}) : exported;
      assert.deepEqual(exported.toSorted(), known.toSorted());
      assertNoWord(behaviour, exported);
      return absent("no such export");
    },
  };
}

function membersDoor(type: string, object: object, known: Readonly<Record<string, string>>): Door {
  return {
    name: `library: members of ${type}`,
    async attempt(behaviour) {
      const own = [
        ...Object.keys(object),
        ...Object.getOwnPropertyNames(Object.getPrototypeOf(object)),
      ];
      const members = own.filter((name) => name !== "constructor");
      assert.deepEqual(members.toSorted(), Object.keys(known).toSorted());
      assertNoWord(behaviour, members);
      return absent("no such member");
    },
  };
}

function namesDoor(what: string, known: Readonly<Record<string, string>>): Door {
  return {
    name: `library: ${what}`,
    async attempt(behaviour) {
      assertNoWord(behaviour, Object.keys(known));
      return absent("no such option");
    },
  };
}

/** An attempt that has its record, used again with what is wanted. */
function spentDoor({ enforcement, violations }: Scene): Door {
  let spent: Attempt | undefined;
  return {
    name: "library: an attempt that has been used",
    async prepare() {
      spent = enforcement.begin();
      await spent.enforce(openEnvelope(Buffer.from(say("hello"))), null);
    },
    async attempt(behaviour) {
      const wanted = {
        category: "say",
        input: { text: behaviour },
        [behaviour]: spent?.decisionId,
      };
      const received = openEnvelope(Buffer.from(JSON.stringify(wanted)));
      const told = violations.length;
      await assert.rejects(async () => spent?.enforce(received, null), AttemptSpent);
      await assert.rejects(async () => spent?.execute(received, null), AttemptSpent);
      assert.equal(violations.length, told + 2);
      return { how: "refused", by: ["ATTEMPT_SPENT"], probes: 2, counted: "onViolation" };
    },
  };
}

/** Attempts that began under a connection that is gone are not made good under the next. */
async function lostLineDoor({ enforcement, tap }: Scene): Promise<Door> {
  const attempts = Array.from({ length: 2 * BEHAVIOURS.length }, () => enforcement.begin());
  const { epoch } = enforcement;
  for (const line of tap.lines) line.cut();
  await until(() => enforcement.ready && enforcement.epoch > epoch);
  return {
    name: "library: attempts of a connection that is gone",
    async attempt(behaviour) {
      const received = openEnvelope(Buffer.from(say(behaviour)));
      const [one, other] = attempts.splice(0, 2);
      const answers = [await one?.enforce(received, null), await other?.execute(received, null)];
      for (const answer of answers) {
        assert.deepEqual([answer?.decision, answer?.status], ["BLOCK", "failed"]);
      }
      const by = ["BLOCK, unrecorded"];
      return { how: "refused", by, probes: 2, counted: "holes in the sequence" };
    },
  };
}

function bentOf(behaviour: Behaviour, writer: RawWriter, sequence: number) {
  const event = Buffer.from(writer.event(sequence)).toString();
  const former = writer.id(sequence).replace(/\.1\./, ".2.");
  return bentEvent(behaviour, event, writer.id(1), former);
}

/** Numbers for events that are never taken. */
let lastSequence = 10;
const nextSequence = (): number => {
  lastSequence += 1;
  return lastSequence;
};

function appendDoor(writer: RawWriter): Door {
  return {
    name: "library: AppendDoor.append",
    async attempt(behaviour) {
      const { bytes, code } = bentOf(behaviour, writer, nextSequence());
      assert.deepEqual(await writer.door.append(bytes), { ending: "rejected", code });
      const admission = await writer.door.admit(bytes);
      assert.deepEqual(admission, { ending: "rejected", code });
      return { how: "refused", by: [code], probes: 2, counted: "the Bucket's denials" };
    },
  };
}

async function admittedOf(writer: RawWriter, sequence: number): Promise<Admitted> {
  const said = { action_type: "m".repeat(64), adapter_name: "a".repeat(64) };
  const admission = await writer.door.admit(writer.event(sequence, said));
  return admission.ending === "admitted" ? admission : assert.fail(admission.ending);
}

function admittedDoor(writer: RawWriter): Door {
  return {
    name: "library: Admitted.append",
    async attempt(behaviour) {
      const sequence = nextSequence();
      const admitted = await admittedOf(writer, sequence);
      const { bytes, code } = bentOf(behaviour, writer, sequence);
      assert.deepEqual(await admitted.append(bytes), { ending: "rejected", code });
      assert.throws(() => admitted.append(writer.event(sequence)), { code: "ADMISSION_SPENT" });
      return { how: "refused", by: [code, "ADMISSION_SPENT"], probes: 2, counted: null };
    },
  };
}

/** Room that was given back, or is too small for what is said in the end. */
function spentAdmissionDoor(writer: RawWriter): Door {
  return {
    name: "library: an admission that is spent or too small",
    async attempt(behaviour) {
      const sequence = nextSequence();
      const admitted = await admittedOf(writer, sequence);
      const { bytes } = bentOf(behaviour, writer, sequence);
      const longer = Buffer.concat([bytes, Buffer.alloc(1_000, " ")]);
      assert.throws(() => admitted.append(longer), { code: "EVENT_TOO_LARGE" });
      admitted.release();
      assert.throws(() => admitted.append(bytes), AdmissionMisused);
      assert.throws(() => admitted.release(), { code: "ADMISSION_SPENT" });
      const by = ["EVENT_TOO_LARGE", "ADMISSION_SPENT"];
      return { how: "refused", by, probes: 3, counted: null };
    },
  };
}
