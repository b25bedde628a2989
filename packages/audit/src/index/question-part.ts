import type { Matched } from "./matching.ts";
import type { Filter, FindQuestion } from "./question.ts";

/** One question, as the conditions that its statements share. */
export class QuestionPart {
  readonly filter: Filter;
  readonly matched: Matched;
  readonly isNewest: boolean;
  readonly after: number | undefined;
  readonly limit: number;
  /** Conditions on an event, with `values` for their places. */
  readonly conditions: readonly string[];
  readonly values: readonly number[];
  /** What a block's times must be for it to hold such an event, with the same values. */
  readonly blockConditions: readonly string[];

  constructor({ filter, order, after, limit }: FindQuestion, matched: Matched) {
    this.filter = filter;
    this.matched = matched;
    this.isNewest = order === "newest";
    this.after = after;
    this.limit = limit;
    const { from, to } = filter;
    const bounds = (first: string, last: string): string[] => [
      ...(from === undefined ? [] : [first]),
      ...(to === undefined ? [] : [last]),
    ];
    const kinds = matched.isAll ? [] : ["kind IN (SELECT id FROM matched)"];
    this.conditions = [...kinds, ...bounds("time >= ?", "time < ?")];
    this.blockConditions = bounds("latest >= ?", "earliest < ?");
    this.values = [from, to].filter((at) => at !== undefined).map((at) => at * 1000);
  }

  get direction(): "DESC" | "ASC" {
    return this.isNewest ? "DESC" : "ASC";
  }

  /** Whether an index comes before another in this question's order. */
  get side(): "<" | ">" {
    return this.isNewest ? "<" : ">";
  }
}
