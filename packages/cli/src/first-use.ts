import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { auditorLine, generateAuditorKey } from "@writ/audit/auditor-keys";
import { formatConstitution } from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { generateSignerKey, openWriterKey, signerKeyLine } from "@writ/bucket/writer-key";
import { emptyRoot } from "@writ/tlog/hash";
import { parseSignerKey, type Signer } from "@writ/tlog/note-key";
import type { Deployment } from "./deployment.ts";
import { describe, OperatorError } from "./operator-error.ts";
import { secret } from "./secret-file.ts";

/** What a writer may write unless somebody says otherwise: far beyond a trial, and a bound. */
export const FIRST_QUOTA = { events: 100_000_000, bytes: 1_000_000_000_000 } as const;
export const FIRST_IN_FLIGHT = 4_096;

/**
 * Makes what a deployment lacks: keys, the epoch counter, the constitution. What is there is never
 * touched, so an interrupted first use goes on where it stopped. Returns a line for each thing made.
 */
export function prepareDeployment(deployment: Deployment): readonly string[] {
  const firstConstitution = join(deployment.bucket, "constitution", "0.note");
  try {
    mkdirSync(deployment.run, { recursive: true, mode: 0o700 });
    if (existsSync(firstConstitution)) return [];
    return makeAll(deployment, firstConstitution);
  } catch (error) {
    throw new OperatorError(`cannot prepare the data folder: ${describe(error)}`);
  }
}

function makeAll(deployment: Deployment, firstConstitution: string): readonly string[] {
  const origin = `localhost/writ-${randomBytes(4).toString("hex")}`;
  const log = signerAt(deployment.logKey, origin);
  const governance = signerAt(deployment.governanceKey, "governance");
  secret(deployment.writerKey, () => generateSignerKey("gateway"));
  const writer = openWriterKey(readFileSync(deployment.writerKey, "utf8"));
  secret(deployment.epoch, () => "0\n");
  secret(deployment.auditorKey, () => `${generateAuditorKey()}\n`);
  const auditor = readFileSync(deployment.auditorKey, "utf8").trim();
  secret(deployment.auditorKeys, () => auditorLine(auditor, "first use"));
  for (const path of [deployment.vkey, deployment.gatewayVkey]) {
    secret(path, () => `${log.verifierKey}\n`);
  }
  const text = formatConstitution({
    origin: log.name,
    log_key: log.verifierKey,
    event_schema: 1,
    writers: [{ name: writer.name, key: writer.verifierKey, quota: FIRST_QUOTA }],
    quotas: { ...FIRST_QUOTA, in_flight: FIRST_IN_FLIGHT },
    governance: { keys: [governance.verifierKey], threshold: 1 },
    witnesses: [],
    predecessor: null,
    from: { size: 0, root: Buffer.from(emptyRoot()).toString("hex") },
  });
  secret(firstConstitution, () => signConstitution(text, [governance]));
  return [
    `first use: made the keys of log, governance, gateway and auditor under ${deployment.data}`,
    `first use: signed the Bucket's constitution, ${log.name}, with one writer, ${writer.name}`,
  ];
}

function signerAt(path: string, name: string): Signer {
  secret(path, () => generateSignerKey(name));
  return parseSignerKey(signerKeyLine(readFileSync(path, "utf8")));
}
