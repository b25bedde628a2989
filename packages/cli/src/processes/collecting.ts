import { join } from "node:path";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import { type AskedWitness, type Collector, startCollector } from "@writ/audit/witness/collector";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder, type Folder, within } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { TILES_FOLDER } from "@writ/bucket/read/published";
import { parseVerifierKey } from "@writ/tlog/note-key";
import type { Deployment } from "../deployment.ts";

/**
 * Collects cosignatures of the witnesses that the constitution in force names with an address;
 * `undefined` if it names none. Throws ConstitutionRefused for a chain that does not verify.
 */
export function startCollecting(
  deployment: Deployment,
  onNote: (line: string) => void,
): Collector | undefined {
  const bucket = diskFolder(deployment.bucket);
  const witnesses = askedWitnesses(bucket);
  if (witnesses.length === 0) return undefined;
  return startCollector({
    tiles: within(bucket, TILES_FOLDER),
    witnesses,
    kept: openKeptCheckpoints(join(deployment.data, "audit", "checkpoints")),
    onNote,
  });
}

function askedWitnesses(bucket: Folder): AskedWitness[] {
  const inForce = verifyConstitutionChain(readConstitutions(bucket)).at(-1);
  return (inForce?.constitution.witnesses ?? []).flatMap(({ key, url }) =>
    url === null ? [] : [{ verifier: parseVerifierKey(key), url }],
  );
}
