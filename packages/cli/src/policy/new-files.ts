// The starting policy that `writ policy new` writes: small, whole, and commented for its new author.

const SCHEMA_LINE = "# yaml-language-server: $schema=schema/bundle.schema.json";

/** A policy over refunds, with everything that a policy has once. */
export function bundleText(name: string): string {
  return `${SCHEMA_LINE}
#
# What an agent may do, decided by rules. After each change:
#
#   writ policy check .     says all that is wrong, and what looks wrong
#   writ policy test .      runs tests/, and shows what no test would notice
#
# The outcome of an input is BLOCK if any evaluator says so, else REWRITE if any does, else EXECUTE.
# Whatever fails, is missing or is not understood is BLOCK.
writ: 1
name: ${name}

# Shapes to use in several places, as { $ref: "#/$defs/order" }.
$defs:
  order:
    type: string
    # Rules see texts trimmed and in lower case. A pattern keeps out what nobody would see, such as
    # zero-width characters; for a path or an identifier whose capitals matter, add exact: true.
    pattern: ^[a-z0-9-]{1,40}$

# What can be judged: one category for each kind of action. An input that does not fit its shape is
# blocked before any rule is asked.
categories:
  refund:
    action_type: refund # what the record calls it
    input:
      type: object
      additionalProperties: false # nothing passes unjudged
      required: [order, amount, cause]
      properties:
        order: { $ref: "#/$defs/order" }
        amount: { type: integer, minimum: 1, maximum: 100000 } # in cents; 12.5 is no integer
        cause: { type: string, enum: [damaged, late, other] }
        note: { type: string, maxLength: 2000 } # not required: null where it is absent

  # A category may be closed altogether; what it accepts is recorded, and blocked.
  close_account:
    action_type: close_account
    always: BLOCK
    reason: PEOPLE_ONLY
    input:
      type: object
      additionalProperties: false
      required: [account]
      properties:
        account: { $ref: "#/$defs/order" }

# Highest first: where several evaluators object alike, the first gives the reason.
constraints:
  - name: limits
    evaluators:
      - name: over_limit
        categories: [refund]
        when: input.amount > 50000 # CEL; true means that it objects
        then: BLOCK
        reason: OVER_LIMIT

  - name: care
    evaluators:
      # REWRITE stops the action too, and tells the agent what would do.
      - name: cause_unclear
        categories: [refund]
        when: input.amount > 10000 && input.cause == "other"
        then: REWRITE
        reason: CAUSE_UNCLEAR
        rewrite_class: NAME_THE_CAUSE

# Inputs with known answers, tried each time before the policy decides anything: a policy that
# answers otherwise does not arm. Name the worst and the most ordinary.
canaries:
  refund:
    block:
      - { order: A-1001, amount: 100000, cause: damaged }
    execute:
      - { order: A-1001, amount: 1999, cause: late }
`;
}

export const TESTS_TEXT = `# Cases for writ policy test: an input, and what must come of it. They are no part of the policy.
writ_tests: 1

# Inputs that several cases begin with.
inputs:
  refund: { order: A-1001, amount: 1999, cause: late }

cases:
  - name: an ordinary refund
    category: refund
    input: refund
    outcome: EXECUTE
  - name: the clearest cause does not lift the limit
    category: refund
    input: { order: A-1001, amount: 50001, cause: other }
    outcome: BLOCK
    reason: OVER_LIMIT
  - name: nobody closes an account
    category: close_account
    input: { account: A-7 }
    outcome: BLOCK
    reason: PEOPLE_ONLY
  - name: a character that nobody sees
    category: refund
    input: refund
    set: { /order: "a-1001\\u200b" }
    outcome: BLOCK
    reason: INPUT_SHAPE_VIOLATION

# One form, many values: each row sets what stands under the heads.
tables:
  - name: bounds
    category: refund
    input: refund
    columns: [/amount, /cause, outcome, reason, rewrite_class]
    rows:
      - [50000, late, EXECUTE, null, null]
      - [50001, late, BLOCK, OVER_LIMIT, null]
      - [10000, other, EXECUTE, null, null]
      - [10001, other, REWRITE, CAUSE_UNCLEAR, NAME_THE_CAUSE]
      - [10001, damaged, EXECUTE, null, null]
`;
