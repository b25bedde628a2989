import { writeFileSync } from "node:fs";
import { ownKeys } from "@writ/audit/proof-keys";
import { type Proven, proveDecision } from "@writ/audit/prove";
import { proofPage } from "@writ/tlog/proof-page";
import { proofTemplate } from "../proof-template.ts";
import { optional, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ prove DIR DECISION_ID [--out NAME] [--html FILE] [--json]

Proves that the attempt of this enforcement_decision_id is in the ledger. Writes NAME.tlog-proof, a
C2SP tlog-proof against the latest published checkpoint, and NAME.event.json, the event's bytes.
Whoever has the two and the log's key checks them with writ verify-proof, without the ledger.
An attempt is published within a second of its record.

  DIR          the data folder of writ serve, the folder bucket in it, or an export
  --out NAME   default: the decision id
  --html FILE  one page that holds both and checks itself in any browser, without a network,
               against the key that its reader pastes
  --json       one JSON object: index, size, proof, event, html (the paths)

example: writ prove .writ 0123456789abcdef.1.1 --out attempt
`,
  options: { out: { type: "string" }, html: { type: "string" }, json: { type: "boolean" } },
  words: [2, 2],
  async run(args) {
    const [directory = "", decisionId = ""] = args.words;
    const proven = proveDecision(directory, decisionId);
    const name = optional(args, "out") ?? decisionId;
    const paths = { proof: `${name}.tlog-proof`, event: `${name}.event.json` };
    writeFileSync(paths.proof, proven.proof);
    writeFileSync(paths.event, proven.event);
    const html = optional(args, "html");
    if (html !== undefined) writeFileSync(html, pageOf(directory, proven));
    const { index, size } = proven;
    const wrote = [paths.proof, paths.event, ...(html === undefined ? [] : [html])];
    const text =
      args.flags.json === true
        ? JSON.stringify({ index, size, ...paths, ...(html === undefined ? {} : { html }) })
        : `event ${index} of ${size}: wrote ${wrote.slice(0, -1).join(", ")} and ${wrote.at(-1)}`;
    process.stdout.write(`${text}\n`);
    return 0;
  },
};

function pageOf(directory: string, { event, proof }: Proven): string {
  return proofPage(proofTemplate(), { event, proof, ...ownKeys(directory) });
}
