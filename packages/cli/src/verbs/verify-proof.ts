import { readFileSync } from "node:fs";
import { type ProofReport, verifyProof } from "@writ/audit/prove";
import { required, type Verb } from "../verb.ts";
import { verifierKey } from "../verifier-key-argument.ts";

export const verb: Verb = {
  help: `writ verify-proof FILE --key VKEY --event FILE [--json]

Checks a C2SP tlog-proof: that the log which holds VKEY has signed a tree that holds this event.
Needs no ledger and no network. Exit 0 if it holds, 1 if not.

  FILE           the proof
  --key VKEY     the log's verifier key, or a file that holds it, from where you trust it
  --event FILE   the event, byte for byte
  --json         one JSON object: ok, checks, index, origin, size

example: writ verify-proof attempt.tlog-proof --event attempt.event.json --key .writ/log.vkey
`,
  options: { key: { type: "string" }, event: { type: "string" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const report = verifyProof({
      proof: readFileSync(args.words[0] ?? ""),
      vkey: verifierKey(required(args, "key")),
      event: readFileSync(required(args, "event")),
    });
    const text = args.flags.json === true ? JSON.stringify(report) : lines(report).join("\n");
    process.stdout.write(`${text}\n`);
    return report.ok ? 0 : 1;
  },
};

function lines({ ok, checks, index, origin, size }: ProofReport): readonly string[] {
  return [
    ...checks.map((check) =>
      check.ok ? `✓ ${check.title}` : `✗ ${check.title}: ${check.message ?? ""}`,
    ),
    ok ? `verified: event ${index} of the ${size} of ${origin}` : "NOT VERIFIED",
  ];
}
