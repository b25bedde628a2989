import { join } from "node:path";
import { bucketPath } from "@writ/audit/bucket-folder";
import { openKeptCheckpoints } from "@writ/audit/kept-checkpoints";
import { exportTiles } from "@writ/bucket/read/export";
import { consoleFolder } from "../console-folder.ts";
import { exportPage } from "../export-page.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ export DIR OUT [--json]

Writes the ledger as a static C2SP tlog-tiles folder: checkpoint with the cosignatures that have
arrived for it, hash tiles, entry bundles, and the log's verifier key as OUT/vkey. Any web server
can serve it, and the auditor's page beside it (index.html) reads and proves every event in a
browser. An earlier export of the same log is brought up to date; anything else in OUT is refused.
The entries hold reasons, so they are for auditors.

  DIR      the data folder of writ serve, or the folder bucket in it
  OUT      an empty or missing folder, or an earlier export
  --json   one JSON object: origin, vkey, size

example: writ export .writ public-log
`,
  options: { json: { type: "boolean" } },
  words: [2, 2],
  async run(args) {
    const [directory = "", target = ""] = args.words;
    const bucket = bucketPath(directory);
    const kept = openKeptCheckpoints(join(bucket, "..", "audit", "checkpoints"));
    const exported = exportTiles(bucket, target, { cosigned: kept.read });
    const page = consoleFolder();
    if (page !== undefined) exportPage(page, target);
    const text =
      args.flags.json === true
        ? JSON.stringify(exported)
        : `${target}: ${exported.size} events of ${exported.origin}`;
    process.stdout.write(`${text}\n`);
    return 0;
  },
};
