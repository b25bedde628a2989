import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import { guardBeside } from "../evidence-arguments.ts";
import { readLines } from "../jsonl.ts";
import { decisionTable } from "../ledger-table.ts";
import { Progress } from "../progress.ts";
import { sendCalls } from "../send-calls.ts";
import { type Serving, servingDefaults, startServing } from "../serving.ts";
import { type Arguments, optional, required, type Verb } from "../verb.ts";
import { reportLines, verifyWithProgress } from "../verifying.ts";
import { untilStopped } from "./serve.ts";

export const verb: Verb = {
  help: `npm start [-- OPTIONS]    or    writ start [OPTIONS]

Serves a policy, sends calls through the gateway, shows what was decided and why, verifies the
ledger offline, and goes on serving until Ctrl-C. A second start continues the same ledger.

  --once                    stop after the verification; exit 0 if the ledger holds
  --input FILE              calls to send, {"category","input"} a line; default the airline sample
  --policy DIR              default policies/airline
  --data DIR                default .writ
  --guard DIR               where the guard is kept, as for writ serve; default guard in DATA
  --validators FILE         where the policy's validators are asked, as for writ serve
  --listen HOST:PORT        the gateway; default ${servingDefaults.listen}
  --audit-listen HOST:PORT  the audit; default ${servingDefaults["audit-listen"]}
`,
  options: {
    once: { type: "boolean" },
    input: { type: "string", default: "policies/airline/sample.jsonl" },
    policy: { type: "string", default: "policies/airline" },
    data: { type: "string", default: ".writ" },
    validators: { type: "string" },
    guard: { type: "string" },
    listen: { type: "string", default: servingDefaults.listen },
    "audit-listen": { type: "string", default: servingDefaults["audit-listen"] },
  },
  words: [0, 0],
  run: walk,
};

async function walk(args: Arguments): Promise<number> {
  const lines: Uint8Array[] = [];
  for await (const line of readLines(required(args, "input"))) lines.push(line);
  const serving = await startServing({
    policy: required(args, "policy"),
    data: required(args, "data"),
    guard: optional(args, "guard"),
    listen: required(args, "listen"),
    auditListen: required(args, "audit-listen"),
    validators: optional(args, "validators"),
    say: (line) => print(styleText("dim", line)),
  });
  let holds = false;
  try {
    holds = await show(serving, lines);
  } catch (error) {
    await serving.stop();
    throw error;
  }
  if (args.flags.once === true) {
    await serving.stop();
    return holds ? 0 : 1;
  }
  printDoors(serving);
  return untilStopped(serving);
}

/** Sends the calls and shows what the ledger then holds; true if it verifies. */
async function show(serving: Serving, lines: readonly Uint8Array[]): Promise<boolean> {
  const sent = await sendCalls(serving.gatewayUrl, lines, new Progress("enforce", lines.length));
  const ids = new Set(sent.map(({ decisionId }) => decisionId));
  print("");
  print(decisionTable(serving.deployment.bucket, ids));
  print("");
  const { data, vkey } = serving.deployment;
  const key = readFileSync(vkey, "utf8").trim();
  const report = await verifyWithProgress(data, { key, ...guardBeside(data) });
  for (const line of reportLines(report)) print(line);
  return report.ok;
}

function printDoors({ deployment, gatewayUrl, auditUrl }: Serving): void {
  const key = readFileSync(deployment.auditorKey, "utf8").trim();
  const call = '{"category":"cancel_reservation","input":{"tool":"cancel_reservation"}}';
  print(`
gateway  ${gatewayUrl}
audit    ${auditUrl}/#key=${key}

try      curl -s ${gatewayUrl}/v1/enforce -d '${call}'
stop     Ctrl-C`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
