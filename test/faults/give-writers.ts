import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatConstitution } from "@writ/bucket/constitution";
import { signConstitution, verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import {
  generateSignerKey,
  type OpenWriterKey,
  openWriterKey,
  signerKeyLine,
} from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import type { Deployment } from "../../packages/cli/src/deployment.ts";

/**
 * Gives a fresh deployment, whose Bucket was never opened, a first constitution with this many
 * writers instead of its one; gives their keys.
 */
export function giveWriters(deployment: Deployment, count: number): OpenWriterKey[] {
  const [{ constitution }] = verifyConstitutionChain(
    readConstitutions(diskFolder(deployment.bucket)),
  );
  const keys = Array.from({ length: count }, (_, i) =>
    openWriterKey(generateSignerKey(`writer-${i + 1}`)),
  );
  const { events, bytes } = constitution.quotas;
  const quota = { events: Math.floor(events / count), bytes: Math.floor(bytes / count) };
  const writers = keys.map(({ name, verifierKey }) => ({ name, key: verifierKey, quota }));
  const governance = parseSignerKey(signerKeyLine(readFileSync(deployment.governanceKey, "utf8")));
  const text = formatConstitution({
    ...constitution,
    writers: writers.sort((a, b) => (a.name < b.name ? -1 : 1)),
  });
  writeFileSync(
    join(deployment.bucket, "constitution", "0.note"),
    signConstitution(text, [governance]),
  );
  return keys;
}
