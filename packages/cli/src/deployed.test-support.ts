import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Constitution, formatConstitution } from "@writ/bucket/constitution";
import { peekConstitution, signConstitution } from "@writ/bucket/constitution/chain";
import { diskFolder } from "@writ/bucket/read/folder";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { signerKeyLine } from "@writ/bucket/writer-key";
import { leafHash } from "@writ/tlog/hash";
import { parseSignerKey } from "@writ/tlog/note-key";
import { type Deployment, deploymentAt } from "./deployment.ts";
import { prepareDeployment } from "./first-use.ts";
import { openDeployed } from "./processes/bucket.ts";

/** A deployment before its first event, gone after the test. */
export function freshDeployment(t: { after(done: () => void): void }): Deployment {
  const folder = mkdtempSync(join(tmpdir(), "writ-deployed-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const deployment = deploymentAt(join(folder, "data"));
  prepareDeployment(deployment);
  return deployment;
}

/** Path of the first constitution. */
export function firstConstitution({ bucket }: Deployment): string {
  return join(bucket, "constitution", "0.note");
}

/** Makes the first constitution another one, signed as it should be. */
export function changeConstitution(
  deployment: Deployment,
  change: (before: Constitution) => Partial<Constitution>,
): void {
  const path = firstConstitution(deployment);
  const { constitution } = peekConstitution(readFileSync(path));
  const governance = parseSignerKey(signerKeyLine(readFileSync(deployment.governanceKey, "utf8")));
  const text = formatConstitution({ ...constitution, ...change(constitution) });
  writeFileSync(path, signConstitution(text, [governance]));
}

/** Commits and publishes so many entries of the one writer, as one message of the given epoch. */
export async function commitEntries(
  deployment: Deployment,
  epoch: number,
  count: number,
): Promise<void> {
  const { writer: log, constitution } = openDeployed(deployment);
  const writer = constitution.writers[0]?.name ?? "";
  const entries = Array.from({ length: count }, (_, i) => Buffer.from(`entry ${epoch}.${i}`));
  const leafHashes = Buffer.concat(entries.map(leafHash));
  log.raiseEpoch(writer, epoch);
  const signature = new Uint8Array(64);
  await log.submit({ writer, epoch, batch: 1, entries, leafHashes, signature });
  // Before it closes: then it would wait for its tiles only so long.
  await published(deployment, log.size);
  await log.close();
}

async function published({ bucket }: Deployment, size: number): Promise<void> {
  const begun = performance.now();
  const tiles = diskFolder(join(bucket, "tiles"));
  while (publishedCheckpoint(tiles)?.checkpoint.size !== size) {
    if (performance.now() - begun > 15_000) throw new Error(`${size} entries were not published`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
