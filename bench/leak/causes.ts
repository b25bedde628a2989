const rules = 64;
const bodyBytes = 1_024;

/** Sixty-four rules that each block one word, and a category that is halted. */
export function policyText(): string {
  const evaluators = Array.from(
    { length: rules },
    (_, index) => `      - name: rule_${index}
        categories: [say]
        when: input.text == "word${index}"
        then: BLOCK
        reason: WORD_${index}`,
  );
  return `writ: 1
name: leak
categories:
  say:
    action_type: message
    input:
      type: object
      additionalProperties: false
      required: [text]
      properties: { text: { type: string }, more: { type: string } }
  halted:
    action_type: message
    always: BLOCK
    reason: HALTED
    input:
      type: object
      additionalProperties: true
constraints:
  - name: words
    evaluators:
${evaluators.join("\n")}
canaries:
  say:
    block: [{ text: word0 }]
    execute: [{ text: hello }]
`;
}

const say = (input: object, category = "say"): string => JSON.stringify({ category, input });

/** White space that means nothing makes all of them one length. */
const padded = (text: string): string =>
  `${text.slice(0, -1)}${" ".repeat(bodyBytes - text.length)}${text.slice(-1)}`;

/** Bodies by what blocks them; the first is what the others are compared with. */
export const causes: Readonly<Record<string, string>> = {
  "policy, its first rule": padded(say({ text: "word0" })),
  "policy, its last rule": padded(say({ text: `word${rules - 1}` })),
  "category halted": padded(say({ text: "word0" }, "halted")),
  MALFORMED_INPUT: `[${" ".repeat(bodyBytes - 2)}}`,
  UNKNOWN_CATEGORY: padded(say({ text: "word0" }, "other")),
  MISSING_MANDATORY_INPUT: padded(say({ more: "word0" })),
  INPUT_SHAPE_VIOLATION: padded(say({ text: "word0", other: 1 })),
  TRANSIENT_FIELD: padded(say({ text: "2026-11-21T20:45:10Z" })),
};
