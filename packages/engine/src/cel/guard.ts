import type { Json } from "@writ/contract/json";
import type { OrderOperator } from "./syntax.ts";

/**
 * What a condition asks first: it is false, and nothing in it fails, unless the value at `path` is
 * one of `values`, or stands to `limit` as `order` says. (What it is charged up to there, at most
 * its source's length twice over, no budget is too small for.) If the path leads nowhere in an
 * input, or to no number where there is a limit, the condition itself has to be asked.
 */
export type Guard = {
  /** Slots of closed objects, from the input's root. */
  readonly path: readonly number[];
} & (
  | {
      /** Null, booleans, numbers, strings. */
      readonly values: readonly Json[];
    }
  | { readonly order: OrderOperator; readonly limit: number }
);
