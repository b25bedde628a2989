import { explainTrace } from "../explain-trace.ts";
import { forEachLine, inputOptions, judgeLines } from "../judge-lines.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ trace --policy DIR [--category C] [--explain] [FILE|-]

Prints the identity of inputs, one JSON object a line: normal_form, enforcement_category,
engine_version, and trace_id, the SHA-256 of the three written one after the other.
Lines come in as for writ decide.

  --policy DIR    folder with the bundle's .yaml or .json files
  --category C    every line is an input of this category
  --explain       each step from the bytes to the trace_id, for people; not for the agent

example: writ trace --policy policies/airline policies/airline/sample.jsonl
`,
  options: { ...inputOptions, explain: { type: "boolean" } },
  words: [0, 1],
  run(args) {
    if (args.flags.explain === true) return forEachLine(args, explainTrace);
    return judgeLines(args, (engine, received) => ({ ...engine.identify(received) }));
  },
};
