import { type Filter, findQuestion } from "@writ/audit/index/question";
import { type Arguments, optional, repeated, UsageError } from "../verb.ts";
import { timeFrom } from "./time-words.ts";

/** A flag for each field that can be asked for. */
const FIELDS = {
  decision: "decision",
  "action-type": "action_type",
  reason: "reason_code",
  adapter: "adapter_name",
  status: "status",
  "engine-version": "engine_version",
  caller: "caller",
  writer: "writer",
} as const;

export const filterOptions = {
  decision: { type: "string", multiple: true },
  "action-type": { type: "string", multiple: true },
  reason: { type: "string", multiple: true },
  adapter: { type: "string", multiple: true },
  status: { type: "string", multiple: true },
  "engine-version": { type: "string", multiple: true },
  caller: { type: "string", multiple: true },
  writer: { type: "string", multiple: true },
  from: { type: "string" },
  to: { type: "string" },
} as const;

export const FILTER_HELP = `  --decision D        ALLOW, REWRITE or BLOCK
  --action-type A     what the policy calls the action
  --reason R          the reason code
  --adapter A         what carried it out; "" for none
  --status S          success or failed
  --engine-version V  3.0.0+<digest of the bundle>
  --caller C          who asked, by the gateway's word; "" for nobody named
  --writer W          the gateway, 16 hex digits
  --from T            from T on, by the gateway's clock: 15m, 2h or 7d ago, or a time in UTC such
                      as 2026-11-21 or 2026-11-21T20:45
  --to T              before T`;

/** What may be written for a value besides itself. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  decision: ["ALLOW", "REWRITE", "BLOCK"],
  status: ["success", "failed"],
};

/** The filter that the flags and at most one id ask for. Throws UsageError, QuestionRefused. */
export function filterFrom(args: Arguments, id: string | undefined, now: number): Filter {
  const parameters = new URLSearchParams();
  for (const [flag, field] of Object.entries(FIELDS)) {
    for (const value of repeated(args, flag)) parameters.append(field, valueFor(flag, value));
  }
  for (const flag of ["from", "to"]) {
    const value = optional(args, flag);
    if (value !== undefined) parameters.set(flag, timeFrom(value, flag, now));
  }
  if (id !== undefined) parameters.set(id.includes(".") ? "decision_id" : "trace_id", id);
  return findQuestion(parameters).filter;
}

function valueFor(flag: string, value: string): string {
  const known = KNOWN[flag];
  if (known === undefined) return value;
  // EXECUTE is the engine's word for what the record calls ALLOW.
  const word = value.toUpperCase() === "EXECUTE" ? "ALLOW" : value;
  const found = known.find((one) => one.toUpperCase() === word.toUpperCase());
  if (found === undefined) throw new UsageError(`--${flag}: give ${known.join(", ")}`);
  return found;
}

/** A flag with a whole number. Throws UsageError. */
export function numberFrom(args: Arguments, flag: string, least: number): number | undefined {
  const value = optional(args, flag);
  if (value === undefined) return undefined;
  const number = /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(number) || number < least) {
    throw new UsageError(`--${flag}: give a number from ${least} on`);
  }
  return number;
}
