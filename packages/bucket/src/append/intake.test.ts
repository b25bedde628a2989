import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decisionIdPrefix } from "@writ/contract/event-bytes";
import { verifyingKeyLater } from "@writ/tlog/ed25519";
import { rawPublicKey } from "../verifier-key.ts";
import {
  ALICE,
  appendOf,
  constitutionWith,
  eventOf,
  ORIGIN,
  RecordingLog,
} from "./bucket.test-support.ts";
import type { Denial } from "./denial.ts";
import { BODY_OFFSET } from "./framing.ts";
import { Intake } from "./intake.ts";
import { type AppendMessage, decodeAppend, decodeEnded } from "./messages.ts";
import { QuotaBook } from "./quota.ts";
import type { Standing } from "./scrutiny.ts";
import { type LogWriter, Poisoned, SubmissionRefused } from "./submission.ts";

const messageOf = (batch: number, events = 1): AppendMessage => {
  const entries = Array.from({ length: events }, (_, i) => eventOf(ALICE, 1, 10 * batch + i));
  return decodeAppend(appendOf(ALICE, 1, batch, entries).subarray(BODY_OFFSET));
};

/** An intake between a log and a peer that only note what they are told. */
function begin(log: Partial<LogWriter> = {}, verify?: Standing["verify"]) {
  const seen = { sent: [] as number[], violations: [] as string[], fatal: [] as Error[] };
  const denials: Denial[] = [];
  const quota = new QuotaBook(constitutionWith(), new Map());
  const recording = new RecordingLog();
  const standing: Standing = {
    origin: ORIGIN,
    writer: ALICE.name,
    epoch: 1,
    idPrefix: decisionIdPrefix(ALICE.name, 1),
    verify: verify ?? verifyingKeyLater(rawPublicKey(ALICE.verifierKey)),
  };
  const intake = new Intake(
    {
      log: Object.assign(recording, log),
      quota,
      onDenial: (denial) => denials.push(denial),
      fatal: (error) => seen.fatal.push(error),
    },
    standing,
    {
      send: (bytes) => seen.sent.push(decodeEnded(bytes.subarray(BODY_OFFSET)).batch),
      violation: (cause) => {
        seen.violations.push(cause);
        intake.stop();
      },
      ended: () => {},
    },
  );
  return { intake, quota, recording, seen };
}

async function atRest({ intake }: { readonly intake: Intake }): Promise<void> {
  while (intake.unended > 0) await sleep(1);
}

test("a submission that the log refuses ends its own connection, and nobody else's", async () => {
  const refusal = new SubmissionRefused("SUBMISSION_TOO_LARGE", "too large");
  const begun = begin({ submit: () => Promise.reject(refusal) });
  begun.intake.append(messageOf(1, 3));
  assert.equal(begun.quota.inFlight, 3);
  await atRest(begun);
  assert.deepEqual(begun.seen, { sent: [], violations: ["UNJUDGED_MESSAGE"], fatal: [] });
  assert.equal(begun.quota.inFlight, 0);
});

test("a failure in judging ends the connection, with what came after it unwritten", async () => {
  let calls = 0;
  const begun = begin({}, async () => {
    calls += 1;
    if (calls === 2) throw new Error("out of threads");
    return true;
  });
  for (const batch of [1, 2, 3]) begun.intake.append(messageOf(batch));
  await atRest(begun);
  assert.deepEqual(begun.seen.violations, ["UNJUDGED_MESSAGE"]);
  assert.deepEqual(begun.seen.fatal, []);
  assert.deepEqual(
    begun.recording.submissions.map(({ batch }) => batch),
    [1],
  );
  assert.equal(begun.quota.inFlight, 0);
});

test("a poisoned log is fatal, and nobody is answered", async () => {
  const begun = begin({ submit: () => Promise.reject(new Poisoned("no space")) });
  begun.intake.append(messageOf(1));
  while (begun.seen.fatal.length === 0) await sleep(1);
  assert.ok(begun.seen.fatal[0] instanceof Poisoned);
  assert.deepEqual([begun.seen.sent, begun.seen.violations], [[], []]);
});

test("messages reach the log in their order, however long each signature takes", async () => {
  const delays = [20, 1, 9, 0, 4];
  let calls = 0;
  const begun = begin({}, async () => {
    await sleep(delays[calls++] ?? 0);
    return true;
  });
  for (const batch of [1, 2, 3, 4, 5]) begun.intake.append(messageOf(batch));
  assert.equal(begun.intake.unended, 5);
  await atRest(begun);
  assert.deepEqual(
    begun.recording.submissions.map(({ batch }) => batch),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(begun.seen.sent, [1, 2, 3, 4, 5]);
});

test("what is judged when the connection goes is never submitted, and its room is free", async () => {
  const begun = begin();
  for (const batch of [1, 2]) begun.intake.append(messageOf(batch, 2));
  assert.equal(begun.quota.inFlight, 4);
  begun.intake.stop();
  await atRest(begun);
  assert.equal(begun.recording.submissions.length, 0);
  assert.equal(begun.quota.inFlight, 0);
  assert.deepEqual(begun.seen, { sent: [], violations: [], fatal: [] });
});
