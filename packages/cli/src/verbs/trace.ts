import { inputOptions, judgeLines } from "../judge-lines.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ trace --policy DIR [--category C] [FILE|-]

Prints the identity of inputs, one JSON object a line: normal_form, enforcement_category,
engine_version, and trace_id, the SHA-256 of the three written one after the other.
Lines come in as for writ decide.

  --policy DIR    folder with the bundle's .yaml or .json files
  --category C    every line is an input of this category

example: writ trace --policy policies/airline policies/airline/sample.jsonl
`,
  options: inputOptions,
  words: [0, 1],
  run(args) {
    return judgeLines(args, (engine, received) => ({ ...engine.identify(received) }));
  },
};
