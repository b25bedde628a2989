import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { VKEY_FILE } from "@writ/bucket/read/export";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { openBucketFolder } from "./bucket-folder.ts";

/** vkeys by the word of the ledger itself: good for enclosing with a proof, not for believing it. */
export interface OwnKeys {
  /** Every key that the log has had, the newest last. */
  readonly logKeys: readonly string[];
  readonly witnessKeys: readonly string[];
}

/**
 * The keys that a ledger names for itself: by its constitutions, or by the file `vkey` of an
 * export. Throws NotABucket, ConstitutionRefused, or the system's error.
 */
export function ownKeys(directory: string): OwnKeys {
  const exported = join(directory, VKEY_FILE);
  if (existsSync(exported)) {
    return { logKeys: [readFileSync(exported, "utf8").trim()], witnessKeys: [] };
  }
  const chain = verifyConstitutionChain(readConstitutions(openBucketFolder(directory)));
  const named = chain.map(({ constitution }) => constitution);
  return {
    logKeys: distinct(named.map(({ log_key }) => log_key)),
    witnessKeys: distinct(named.flatMap(({ witnesses }) => witnesses.map(({ key }) => key))),
  };
}

function distinct(vkeys: readonly string[]): readonly string[] {
  return [...new Set(vkeys)];
}
