/** A small policy over payments: both outcomes, two constraints, one evaluator of two categories. */
export const POLICY: string = `writ: 1
name: payments
categories:
  pay: &category
    action_type: pay
    input:
      type: object
      additionalProperties: false
      required: [kind, amount]
      properties:
        kind: { type: string, enum: [refund, transfer, fee] }
        amount: { type: integer, minimum: 0 }
        account: { type: string }
        tags: { type: array, items: { type: string } }
  refund: *category
constraints:
  - name: limits
    evaluators:
      - name: far_too_much
        categories: [pay, refund]
        when: input.amount > 1000
        then: BLOCK
        reason: LIMIT_EXCEEDED
      - name: rather_much
        categories: [pay]
        when: input.amount > 100 && input.kind == "transfer"
        then: REWRITE
        rewrite_class: SPLIT
        reason: LARGE
  - name: accounts
    evaluators:
      - name: suspicious
        categories: [pay]
        when: |
          input.account != null
            && input.account.startsWith("x")
            && (input.tags == null || !input.tags.exists(t, t == "known"))
        then: BLOCK
        reason: SUSPICIOUS
canaries:
  pay: &canaries
    block: [{ kind: refund, amount: 1001 }]
    execute: [{ kind: refund, amount: 1 }]
  refund: *canaries
`;

export const CASES: string = `writ_tests: 1
inputs:
  payment: { kind: transfer, amount: 5, account: alice }
cases:
  - name: a small refund
    category: refund
    input: payment
    outcome: EXECUTE
  - name: a refund has the same limit
    category: refund
    input: payment
    set: { /amount: 1001 }
    outcome: BLOCK
    reason: LIMIT_EXCEEDED
  - name: the limit comes before the account
    category: pay
    input: payment
    set: { /amount: 1001, /account: x }
    outcome: BLOCK
    reason: LIMIT_EXCEEDED
tables:
  - name: amounts
    category: pay
    input: payment
    columns: [/amount, outcome, reason, rewrite_class]
    rows:
      - [100, EXECUTE, null, null]
      - [101, REWRITE, LARGE, SPLIT]
      - [1000, REWRITE, LARGE, SPLIT]
      - [1001, BLOCK, LIMIT_EXCEEDED, null]
  - name: kinds
    category: pay
    input: payment
    set: { /amount: 101 }
    reason: LARGE
    rewrite_class: SPLIT
    columns: [/kind, outcome]
    rows: [[transfer, REWRITE], [fee, EXECUTE], [refund, EXECUTE]]
  - name: accounts
    category: pay
    input: payment
    reason: SUSPICIOUS
    columns: [/account, /tags, outcome]
    rows:
      - [null, null, EXECUTE]
      - [alice x, null, EXECUTE]
      - [xavier, null, BLOCK]
      - [xavier, [], BLOCK]
      - [xavier, [new], BLOCK]
      - [xavier, [new, known], EXECUTE]
`;

/** A text with its only occurrence of something replaced; the test is wrong if there is another. */
export function edit(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${from} stands ${parts.length - 1} times in the text`);
  return parts.join(to);
}
