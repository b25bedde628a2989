import { readFileSync } from "node:fs";
import { type ProofReport, verifyProof } from "@writ/audit/prove";
import { decodeEvent } from "@writ/contract/event";
import { openPage } from "@writ/tlog/proof-page";
import { eventLine } from "../ledger/event-line.ts";
import { proofTemplate } from "../proof-template.ts";
import { type Arguments, optional, required, type Verb } from "../verb.ts";
import { verifierKey } from "../verifier-key-argument.ts";

export const verb: Verb = {
  help: `writ verify-proof FILE --key VKEY [--event FILE] [--json]

Checks a C2SP tlog-proof: that the log which holds VKEY has signed a tree that holds this event;
and what the event says. Needs no ledger and no network. Exit 0 if it holds, 1 if not.

  FILE           the proof; or a one-page proof (.html): its data are checked, its program is only
                 compared with the one that this version writes
  --key VKEY     the log's verifier key, or a file that holds it, from where you trust it
  --event FILE   the event, byte for byte; a one-page proof holds it
  --json         one JSON object: ok, checks, index, origin, size; of a page, program: own or other

example: writ verify-proof attempt.tlog-proof --event attempt.event.json --key .writ/log.vkey
`,
  options: { key: { type: "string" }, event: { type: "string" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(args) {
    const vkey = verifierKey(required(args, "key"));
    const { proof, event, program } = readProof(args);
    const report = verifyProof({ proof, vkey, event });
    const text =
      args.flags.json === true
        ? JSON.stringify({ ...report, ...(program === null ? {} : { program }) })
        : [
            ...(program === "other" ? [FOREIGN] : []),
            ...lines(report),
            ...(report.ok ? [said(report, event)] : []),
          ].join("\n");
    process.stdout.write(`${text}\n`);
    return report.ok ? 0 : 1;
  },
};

interface Given {
  readonly proof: Uint8Array;
  readonly event: Uint8Array;
  /** Of a page: whether what is not data is what this version writes. It is never run here. */
  readonly program: "own" | "other" | null;
}

function readProof(args: Arguments): Given {
  const bytes = readFileSync(args.words[0] ?? "");
  const isPage = bytes.subarray(0, 15).toString("latin1").toLowerCase() === "<!doctype html>";
  if (!isPage) return { proof: bytes, event: readFileSync(required(args, "event")), program: null };
  const { data, template } = openPage(bytes.toString("utf8"));
  const event = optional(args, "event");
  return {
    proof: data.proof,
    event: event === undefined ? data.event : readFileSync(event),
    program: template === proofTemplate() ? "own" : "other",
  };
}

const FOREIGN =
  "the page's program is not the one of this version: do not believe what it shows in a browser";

/** What was proved: a page may show another event than the one that it holds. */
function said({ index }: ProofReport, bytes: Uint8Array): string {
  return eventLine({ index: index ?? 0, bytes, event: decodeEvent(bytes) }, 1);
}

function lines({ ok, checks, index, origin, size }: ProofReport): readonly string[] {
  return [
    ...checks.map((check) =>
      check.ok ? `✓ ${check.title}` : `✗ ${check.title}: ${check.message ?? ""}`,
    ),
    ok ? `verified: event ${index} of the ${size} of ${origin}` : "NOT VERIFIED",
  ];
}
