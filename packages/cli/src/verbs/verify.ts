import { evidenceArguments } from "../evidence-arguments.ts";
import type { Verb } from "../verb.ts";
import { reportLines, verifyWithProgress } from "../verifying.ts";

export const verb: Verb = {
  help: `writ verify DIR [--key VKEY] [--constitution FILE] [--since FILE]… [--guard FILE]
                [--witness VKEY]… [--quorum N] [--cosigned FILE]… [--json]

Verifies a whole ledger offline, from its bytes, on all cores: every frame, event, leaf, tree head
and signature, quotas, that no decision id occurs twice, and that the published tiles are those of
the log. Lists holes: attempts that began and left no record. Repairs nothing; the Bucket may run.

A log alone proves only that it is consistent: one that was cut at the end of a frame is a valid,
shorter log, and one that its host wrote anew with the same keys is valid too. What follows knows
better, and the report says which of it was there:

  DIR                  the data folder of writ serve, or the folder bucket in it
  --key VKEY           the log's verifier key, or a file that holds it, from where you trust it
  --constitution FILE  a constitution of this log that you kept, or governance keys: a vkey a line,
                       before them a line "threshold K" if K of them are enough. Then the whole
                       chain of trust is checked, from governance to the log's key and the writers'
  --since FILE         a checkpoint that you kept: today's log must extend it. May be repeated
  --guard FILE         the guard's head; if not given, the one beside the Bucket is used if it is
                       there. It is read and never changed
  --witness VKEY       a witness that you trust; may be repeated. Looked for are its cosignatures on
                       the checkpoints kept in DATA/audit
  --cosigned FILE      a cosigned checkpoint from elsewhere to look at as well. May be repeated
  --quorum N           how many of the witnesses must have cosigned one head; all unless stated
  --json               one JSON object: ok, events, faults, holes, checks, evidence, …

To keep a checkpoint for the next time:  cp DATA/bucket/tiles/checkpoint kept-2026-11-21

Exit 0 if all holds, 1 if not, 2 if it could not be verified as asked. Progress: standard error.

example: writ verify .writ --key .writ/log.vkey --since kept-2026-11-21
`,
  options: {
    key: { type: "string" },
    constitution: { type: "string" },
    since: { type: "string", multiple: true },
    guard: { type: "string" },
    witness: { type: "string", multiple: true },
    quorum: { type: "string" },
    cosigned: { type: "string", multiple: true },
    json: { type: "boolean" },
  },
  words: [1, 1],
  async run(args) {
    const directory = args.words[0] ?? "";
    const report = await verifyWithProgress(directory, evidenceArguments(directory, args));
    const text = args.flags.json === true ? JSON.stringify(report) : reportLines(report).join("\n");
    process.stdout.write(`${text}\n`);
    return report.ok ? 0 : 1;
  },
};
