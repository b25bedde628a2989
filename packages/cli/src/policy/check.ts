import { SUSPICION_CODES, type SuspicionCode } from "@writ/engine/suspicions";
import { bundleFiles } from "../policy-folder.ts";
import { type Arguments, repeated, UsageError, type Verb } from "../verb.ts";
import { type Diagnosis, diagnose } from "./diagnosis.ts";
import { diagnosticText } from "./diagnostic-text.ts";

export const verb: Verb = {
  help: `writ policy check DIR [--strict] [--allow CODE]… [--json]

Loads and arms the policy in DIR, and says all that is wrong with it at once:

  DIR/bundle.yaml:31:18: error[CEL_UNKNOWN_MEMBER]: what is wrong, and what to do

and, of a policy that loads, what is legal and looks like a mistake:

  SHADOWED         an evaluator that gives no outcome of its own: another one stands above it
  ALWAYS_DISAGREE  two rewrites of one constraint that are only ever asked for together
  NO_REWRITE       a category that can stop an agent and never tell it what would do
  FREE_TEXT        a denied text that any other spelling slips past
  ZERO_WIDTH       a judged text in which characters can stand that nobody sees

  --strict        exit 1 for a warning too
  --allow CODE    leave out the warnings of this code; may be given several times
  --json          one JSON object instead

Exit 0 if the policy arms, 1 if not. Editors and CI read the lines with the problem matcher
packages/cli/problem-matcher.json; policies/bundle.schema.json lets editors complete bundle files.

example: writ policy check policies/airline --allow NO_REWRITE
`,
  options: {
    strict: { type: "boolean" },
    allow: { type: "string", multiple: true },
    json: { type: "boolean" },
  },
  words: [1, 1],
  async run(args) {
    const folder = args.words[0] ?? ".";
    const diagnosis = await diagnose(folder, bundleFiles(folder), allowedCodes(args));
    const count = (severity: string): number =>
      diagnosis.diagnostics.filter((each) => each.severity === severity).length;
    const counts = { errors: count("error"), warnings: count("warning") };
    const print = args.flags.json === true ? jsonText : plainText;
    process.stdout.write(print(folder, diagnosis, counts));
    return counts.errors > 0 || (args.flags.strict === true && counts.warnings > 0) ? 1 : 0;
  },
};

interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

function allowedCodes(args: Arguments): ReadonlySet<SuspicionCode> {
  const codes = repeated(args, "allow").map((given) => {
    const code = SUSPICION_CODES.find((known) => known === given);
    if (code !== undefined) return code;
    throw new UsageError(`--allow ${given}: give one of ${SUSPICION_CODES.join(", ")}`);
  });
  return new Set(codes);
}

function jsonText(folder: string, diagnosis: Diagnosis, counts: Counts): string {
  const { bundle, engineVersion, diagnostics } = diagnosis;
  const of = { policy: folder, name: bundle?.name ?? null, engine_version: engineVersion };
  return `${JSON.stringify({ ...of, ...counts, diagnostics }, null, 2)}\n`;
}

function plainText(folder: string, diagnosis: Diagnosis, counts: Counts): string {
  const summary = `${plural(counts.errors, "error")}, ${plural(counts.warnings, "warning")}`;
  const { bundle, engineVersion } = diagnosis;
  const end =
    bundle === null || engineVersion === null
      ? `${folder}: ${summary}\n`
      : `${folder}: ${bundle.name} arms, ${plural(bundle.categories.size, "category", "categories")}, ${plural(bundle.canaries.length, "canary", "canaries")}; ${summary}\n${engineVersion}\n`;
  return diagnosis.diagnostics.map((each) => `${diagnosticText(each)}\n`).join("") + end;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
