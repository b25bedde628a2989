import type { Received } from "@writ/contract/envelope";
import type { Verdict } from "@writ/engine/verdict";
import { inputOptions, judgeLines } from "../judge-lines.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ decide --policy DIR [--category C] [--operator] [FILE|-]

Decides inputs, purely: no Bucket, no record, nothing released. One JSON object a line in, one a
line out, in the same order. A line is {"category": "...", "input": {...}} (further keys are
ignored), or with --category the bare input. A line that is not such an object is a BLOCK.

  --policy DIR    folder with the bundle's .yaml or .json files
  --category C    every line is an input of this category
  --operator      add reason_code and evaluator_trace: for operators, not for the agent

example: writ decide --policy policies/airline policies/airline/sample.jsonl
`,
  options: { ...inputOptions, operator: { type: "boolean" } },
  words: [0, 1],
  run(args) {
    const print = args.flags.operator === true ? forOperator : forCaller;
    return judgeLines(args, (engine, received: Received) => print(engine.decide(received)));
  },
};

function forCaller(verdict: Verdict): Record<string, unknown> {
  const { outcome, trace_id, rewrite_class } = verdict;
  return { decision: outcome, trace_id, ...(rewrite_class === null ? {} : { rewrite_class }) };
}

function forOperator(verdict: Verdict): Record<string, unknown> {
  const { reason_code, engine_version, rewrite_class, validators, evaluators } = verdict;
  return {
    ...forCaller(verdict),
    reason_code,
    evaluator_trace: { engine_version, caller: null, rewrite_class, validators, evaluators },
  };
}
