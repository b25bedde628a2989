import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadFolder } from "../policy-folder.ts";
import { type Arguments, optional, repeated, UsageError, type Verb } from "../verb.ts";
import { verifierKey } from "../verifier-key-argument.ts";
import {
  bundleSigners,
  SIGNATURE_FILE,
  type SignatureVerdict,
  verifyBundle,
} from "./bundle-signature.ts";

export const verb: Verb = {
  help: `writ policy verify DIR --key VKEY… [--threshold K]

Checks that DIR/${SIGNATURE_FILE} holds signatures over exactly this policy: name and digest. Exit 0 if at
least K of the given keys have signed it, 1 if not.

  --key VKEY       a verifier key, or a file that holds one; once for each signer that counts
  --threshold K    how many of them must have signed; default: all of them

example: writ policy verify policies/airline --key alice.vkey --key bob.vkey --threshold 1
`,
  options: { key: { type: "string", multiple: true }, threshold: { type: "string" } },
  words: [1, 1],
  async run(args) {
    const folder = args.words[0] ?? ".";
    const signers = bundleSigners(repeated(args, "key").map((key) => verifierKey(key)));
    if (signers.length === 0) throw new UsageError("--key is missing");
    const threshold = thresholdOf(args, signers.length);
    const content = await loadFolder(folder);
    const path = join(folder, SIGNATURE_FILE);
    const verdict: SignatureVerdict = existsSync(path)
      ? verifyBundle(content, readFileSync(path), signers, threshold)
      : { ok: false, why: `there is no ${path}` };
    const of = `${content.name} ${content.digest}`;
    process.stdout.write(
      verdict.ok
        ? `verified: ${of}, signed by ${verdict.signers.join(", ")}\n`
        : `NOT VERIFIED: ${of}: ${verdict.why}\n`,
    );
    return verdict.ok ? 0 : 1;
  },
};

function thresholdOf(args: Arguments, keys: number): number {
  const text = optional(args, "threshold") ?? String(keys);
  const threshold = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
  if (threshold >= 1 && threshold <= keys) return threshold;
  throw new UsageError(`--threshold ${text}: give 1 to ${keys}, the number of keys`);
}
