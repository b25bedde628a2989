import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "@writ/bucket/append/log";
import { constitutionDigest, formatConstitution } from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { batchText } from "@writ/bucket/read/batch-signature";
import { diskFolder, within } from "@writ/bucket/read/folder";
import { publishedCheckpoint, TILES_FOLDER } from "@writ/bucket/read/published";
import { gatewayName } from "@writ/contract/decision-id";
import { encodeEvent } from "@writ/contract/event";
import { emptyRoot, leafHash } from "@writ/tlog/hash";
import { parseVerifierKey, signerOf } from "@writ/tlog/note-key";

const ORIGIN = "log.example/bench";
const log = signerOf(ORIGIN, new Uint8Array(32).fill(1));
const governance = signerOf("governance.example", new Uint8Array(32).fill(2));
const writer = signerOf("writer.example", new Uint8Array(32).fill(3));
const writerName = gatewayName(
  Buffer.from(writer.verifierKey.split("+").slice(2).join("+"), "base64").subarray(1),
);

const BATCH = 1024;
/** A thousand events a second: three million are fifty minutes. */
const START = Date.parse("2026-11-21T20:00:00.000Z");

/** Writes a Bucket of `count` events below `data`, with the Bucket's own writer. */
export async function makeLedger(data: string, count: number): Promise<void> {
  const bucket = join(data, "bucket");
  const constitution = formatConstitution({
    origin: ORIGIN,
    log_key: log.verifierKey,
    event_schema: 1,
    writers: [{ name: writerName, key: writer.verifierKey, quota: PLENTY }],
    quotas: { ...PLENTY, in_flight: 4096 },
    governance: { keys: [governance.verifierKey], threshold: 1 },
    witnesses: [],
    predecessor: null,
    from: { size: 0, root: Buffer.from(emptyRoot()).toString("hex") },
  });
  mkdirSync(join(bucket, "constitution"), { recursive: true });
  writeFileSync(
    join(bucket, "constitution", "0.note"),
    signConstitution(constitution, [governance]),
  );
  const opened = openLog({
    directory: bucket,
    guard: join(data, "guard"),
    key: { origin: ORIGIN, signer: log, verifier: parseVerifierKey(log.verifierKey) },
    constitution: constitutionDigest(constitution),
  });
  opened.raiseEpoch(writerName, 1);
  const templates = makeTemplates();
  for (let made = 0, batch = 1; made < count; batch++) {
    const entries: Uint8Array[] = [];
    for (; entries.length < BATCH && made < count; made++) entries.push(eventAt(templates, made));
    const leafHashes = entries.map(leafHash);
    const text = batchText({ origin: ORIGIN, writer: writerName, epoch: 1, batch, leafHashes });
    const signature = writer.sign(text);
    await opened.submit({
      writer: writerName,
      epoch: 1,
      batch,
      entries,
      leafHashes: Buffer.concat(leafHashes),
      signature,
    });
  }
  // A log that closes leaves what it has not published to its next opening.
  const tiles = within(diskFolder(bucket), TILES_FOLDER);
  while ((publishedCheckpoint(tiles)?.checkpoint.size ?? 0) < count) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await opened.close();
}

const PLENTY = { events: 1_000_000_000, bytes: 1_000_000_000_000 } as const;

interface Template {
  readonly bytes: Buffer;
  readonly trace: number;
  readonly sequence: number;
  readonly time: number;
}

const TRACE = "f".repeat(64);
const SEQUENCE = "999999999999";
const TIME = "2026-11-21T20:45:10.123Z";

/** 120 kinds of event: five actions, four callers, six ways to end. */
function makeTemplates(): Template[] {
  const endings = [
    ["ALLOW", "ALLOWED", "success"],
    ["ALLOW", "ALLOWED", "failed"],
    ["BLOCK", "NOT_LOOKED_UP", "success"],
    ["BLOCK", "MALFORMED_INPUT", "failed"],
    ["BLOCK", "OVER_LIMIT", "success"],
    ["REWRITE", "CHOOSE_CARD", "success"],
  ] as const;
  const templates: Template[] = [];
  for (const action_type of ["book", "cancel", "refund", "search", "mail"]) {
    for (const caller of ["assistant", "desk", "batch", null]) {
      for (const [decision, reason_code, status] of endings) {
        const bytes = Buffer.from(
          encodeEvent({
            trace_id: TRACE,
            enforcement_decision_id: `${writerName}.1.${SEQUENCE}`,
            action_type,
            decision,
            reason_code,
            evaluator_trace: {
              engine_version: `3.0.0+${"a".repeat(64)}`,
              caller,
              rewrite_class: decision === "REWRITE" ? "CARD" : null,
              validators: {},
              evaluators: [
                ["booker_not_looked_up", "EXECUTE", null],
                ["payment_not_on_file", "EXECUTE", null],
              ],
            },
            timestamp: TIME,
            adapter_name: caller === "desk" ? "mcp" : null,
            status,
          }),
        );
        const [trace, sequence, time] = [TRACE, SEQUENCE, TIME].map((text) => bytes.indexOf(text));
        templates.push({ bytes, trace: trace ?? 0, sequence: sequence ?? 0, time: time ?? 0 });
      }
    }
  }
  return templates;
}

/** Nine in ten are allowed; one in ten repeats a trace_id; a thousandth ends in a rare way. */
function eventAt(templates: readonly Template[], index: number): Uint8Array {
  const who = Math.floor(index / 6) % 20;
  const rare = index % 1000 === 999 ? 3 : index % 100_000 === 50_000 ? 4 : undefined;
  const ending =
    rare ?? (index % 10 === 9 ? 1 + (Math.floor(index / 10) % 2) * 4 : index % 23 === 0 ? 2 : 0);
  const template = templates[who * 6 + ending];
  if (template === undefined) throw new RangeError("no such template");
  const event = Buffer.from(template.bytes);
  const trace = index % 10 === 3 ? "ab".repeat(32) : randomBytes(32).toString("hex");
  event.write(trace, template.trace, "latin1");
  event.write(String(1e11 + index), template.sequence, "latin1");
  event.write(new Date(START + index).toISOString(), template.time, "latin1");
  return event;
}
