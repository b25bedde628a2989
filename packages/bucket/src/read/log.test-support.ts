import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { leafHash } from "@writ/tlog/hash";
import { parseVerifierKey } from "@writ/tlog/note-key";
import {
  ALICE,
  constitutionWith,
  eventOf,
  LOG_KEY,
  ORIGIN,
  signer,
} from "../append/bucket.test-support.ts";
import { openLog } from "../append/open-log.ts";
import { batchText } from "../batch-signature.ts";
import { constitutionDigest, formatConstitution } from "../constitution.ts";
import { signConstitution } from "../constitution-chain.ts";
import { patientClock } from "../testing/patient-clock.ts";

/** Where one test's Bucket stands. */
export interface BucketPlace {
  readonly bucket: string;
  readonly guard: string;
  /** A folder that nothing is in yet. */
  readonly spare: string;
}

export function makeBucket(t: TestContext): BucketPlace {
  const root = mkdtempSync(join(tmpdir(), "writ-read-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return { bucket: join(root, "bucket"), guard: join(root, "guard"), spare: join(root, "spare") };
}

/** Writes one frame for each count, of so many events, by the Bucket's own writer. `from` events are there already. */
export async function writeLog(
  { bucket, guard }: BucketPlace,
  counts: readonly number[],
  {
    segmentBytes,
    from = 0,
    epoch = 1,
  }: { segmentBytes?: number; from?: number; epoch?: number } = {},
): Promise<void> {
  const text = formatConstitution(constitutionWith());
  mkdirSync(join(bucket, "constitution"), { recursive: true });
  writeFileSync(join(bucket, "constitution", "0.note"), signConstitution(text, [signer(11)]));
  const log = openLog({
    directory: bucket,
    guard,
    key: { origin: ORIGIN, signer: signer(1, ORIGIN), verifier: parseVerifierKey(LOG_KEY) },
    constitution: constitutionDigest(text),
    limits: segmentBytes === undefined ? {} : { segmentBytes },
    clock: patientClock,
  });
  log.raiseEpoch(ALICE.name, epoch);
  let sequence = from;
  for (const [position, count] of counts.entries()) {
    const entries = Array.from({ length: count }, () => eventOf(ALICE, epoch, ++sequence));
    const leafHashes = entries.map(leafHash);
    const place = { writer: ALICE.name, epoch, batch: position + 1 };
    const signature = ALICE.sign(batchText({ origin: ORIGIN, ...place, leafHashes }));
    await log.submit({ ...place, entries, leafHashes: Buffer.concat(leafHashes), signature });
  }
  await log.close();
}
