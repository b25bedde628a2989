import { type Bundle, type Fault, loadBundle } from "../bundle.ts";
import { loadCedar } from "./load.node.ts";
import type { CedarModule } from "./module.ts";

/** One Cedar for all tests of a process. */
export const CEDAR: CedarModule = loadCedar();

/** A policy over orders with a judge in CEL beside one in Cedar, for tests. */
export const ORDERS: string = `writ: 1
name: orders
cedar: { sha256: ${CEDAR.sha256} }
categories:
  order:
    action_type: order
    input:
      type: object
      additionalProperties: false
      required: [item, count]
      properties:
        item: { type: string }
        count: { type: integer, minimum: 0 }
        price: { type: number }
        gift: { type: boolean }
        tags: { type: array, items: { type: string } }
        to:
          type: object
          additionalProperties: false
          required: [country]
          properties:
            country: { type: string, enum: [de, fr] }
            note: { type: string }
constraints:
  - name: limits
    evaluators:
      - name: too_many
        categories: [order]
        judges:
          - cel: input.count > 10
          - cedar:
              policies: |
                // Long lists of things are for the warehouse.
                permit(principal, action == Writ::Action::"order", resource);
                forbid(principal, action, resource)
                when { context.input.count > 10 };
        then: BLOCK
        reason: TOO_MANY
canaries:
  order:
    block: [{ item: pen, count: 11 }]
    execute: [{ item: pen, count: 10 }]
`;

export function loadWithCedar(
  text: string,
  cedar: CedarModule | undefined = CEDAR,
): { readonly bundle: Bundle } | { readonly faults: readonly Fault[] } {
  return loadBundle([{ path: "0.yaml", text }], cedar);
}

/** ORDERS with other judges: each written as JSON. */
export function ordersWith(...judges: readonly unknown[]): string {
  const start = ORDERS.indexOf("        judges:");
  const end = ORDERS.indexOf("        then:");
  return `${ORDERS.slice(0, start)}        judges: ${JSON.stringify(judges)}\n${ORDERS.slice(end)}`;
}
