import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { auditorLine, generateAuditorKey } from "@writ/audit/auditor-keys";
import { makeBucket } from "@writ/bucket/local/first-use";
import { layoutAt } from "@writ/bucket/local/layout";
import type { Deployment } from "./deployment.ts";
import { describe, OperatorError } from "./operator-error.ts";
import { secret } from "./secret-file.ts";

/**
 * Makes what a deployment lacks: keys, the epoch counter, the constitution. What is there is never
 * touched, so an interrupted first use goes on where it stopped. Returns a line for each thing made.
 */
export function prepareDeployment(deployment: Deployment): readonly string[] {
  const firstConstitution = join(deployment.bucket, "constitution", "0.note");
  try {
    mkdirSync(deployment.run, { recursive: true, mode: 0o700 });
    if (existsSync(firstConstitution)) return [];
    return makeAll(deployment);
  } catch (error) {
    throw new OperatorError(`cannot prepare the data folder: ${describe(error)}`);
  }
}

function makeAll(deployment: Deployment): readonly string[] {
  secret(deployment.auditorKey, () => `${generateAuditorKey()}\n`);
  const auditor = readFileSync(deployment.auditorKey, "utf8").trim();
  secret(deployment.auditorKeys, () => auditorLine(auditor, "first use"));
  const made = makeBucket(layoutAt(deployment.data));
  if (made === undefined) return [];
  return [
    `first use: made the keys of log, governance, gateway and auditor under ${deployment.data}`,
    `first use: signed the Bucket's constitution, ${made.origin}, with one writer, ${made.writer}`,
  ];
}
