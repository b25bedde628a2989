/**
 * The policy that every engine is given: limits on what may be paid, `count` of them, and calls
 * of an agent to hold against them. All text is in normal form already, so that an engine which
 * does not normalize decides alike.
 */

/**
 * Refused: a payment above `over` that is also, by kind,
 * - `abroad`: in `currency`, to one of `countries`, by a user who is not of `tier`;
 * - `memo`: for something with `word` in its memo;
 * - `stranger`: from an account that the user does not hold, in `currency`;
 * - `unverified`: by a user who is not verified, to one of `countries`.
 */
export interface Limit {
  readonly name: string;
  readonly kind: Kind;
  /** The tool that the limit is about; null for any. */
  readonly tool: string | null;
  readonly over: number;
  readonly currency: string;
  readonly countries: readonly string[];
  readonly tier: string;
  readonly word: string;
}

export type Kind = "abroad" | "memo" | "stranger" | "unverified";

const KINDS: readonly Kind[] = ["abroad", "memo", "stranger", "unverified"];

export interface Call {
  readonly tool: string;
  readonly arguments: {
    readonly amount: number;
    readonly currency: string;
    readonly country: string;
    readonly account: string;
    readonly memo: string;
    readonly tags: readonly string[];
  };
  readonly user: {
    readonly user_id: string;
    readonly tier: string;
    readonly accounts: readonly string[];
    readonly verified: boolean;
  };
}

const CURRENCIES = ["eur", "usd", "gbp", "sek", "chf"];
const COUNTRIES = ["at", "be", "ch", "de", "dk", "es", "fi", "fr", "gb", "it", "no", "se"];
const TIERS = ["gold", "silver", "regular"];
const WORDS = ["rent", "for the", "march", "invoice", "of the third", "lamp", "chairs", "deposit"];

const MEMO = ["rent", "lamp", "chairs", "deposit"];

/** Numbers that are the same in every run: no seed to report, nothing to reproduce. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function pick(values: readonly string[], next: (below: number) => number): string {
  return values[next(values.length)] ?? "";
}

function some(values: readonly string[], count: number, next: (below: number) => number): string[] {
  const start = next(values.length);
  return Array.from({ length: count }, (_, i) => values[(start + i * 5) % values.length] ?? "");
}

/** @param perTool whether each limit is about one tool, eight to a tool, or about every tool */
export function limits(count: number, perTool: boolean): readonly Limit[] {
  const next = sequence(7);
  return Array.from({ length: count }, (_, i) => ({
    name: `limit_${i}`,
    kind: KINDS[i % KINDS.length] ?? "abroad",
    tool: perTool ? `tool_${i >> 3}` : null,
    // The more limits hold for a call, the higher, so that about as many calls are refused.
    over: (perTool ? 700 : 1000 - Math.ceil(2400 / count)) + next(300),
    currency: pick(CURRENCIES, next),
    countries: some(COUNTRIES, 3, next),
    tier: "gold",
    word: pick(MEMO, next),
  }));
}

export function calls(count: number, limitCount: number): readonly Call[] {
  const next = sequence(11);
  return Array.from({ length: count }, () => {
    const accounts = Array.from({ length: 3 }, () => `de${10 ** 9 + next(10 ** 9)}`);
    return {
      tool: `tool_${next(limitCount >> 3)}`,
      arguments: {
        amount: next(1000),
        currency: pick(CURRENCIES, next),
        country: pick(COUNTRIES, next),
        account: next(4) === 0 ? `de${10 ** 9 + next(10 ** 9)}` : pick(accounts, next),
        memo: some(WORDS, 5, next).join(" "),
        tags: some(WORDS, 2, next),
      },
      user: {
        user_id: `ana_li_${next(10_000)}`,
        tier: pick(TIERS, next),
        accounts,
        verified: next(8) > 0,
      },
    };
  });
}

function refuses(limit: Limit, { arguments: paid, user }: Call): boolean {
  if (paid.amount <= limit.over) return false;
  switch (limit.kind) {
    case "abroad":
      return (
        paid.currency === limit.currency &&
        limit.countries.includes(paid.country) &&
        user.tier !== limit.tier
      );
    case "memo":
      return paid.memo.includes(limit.word);
    case "stranger":
      return paid.currency === limit.currency && !user.accounts.includes(paid.account);
    case "unverified":
      return !user.verified && limit.countries.includes(paid.country);
  }
}

/** The policy told plainly: the first limit that refuses the call. */
export function refusal(all: readonly Limit[], call: Call): string | null {
  for (const limit of all) {
    const isAbout = limit.tool === null || limit.tool === call.tool;
    if (isAbout && refuses(limit, call)) return limit.name;
  }
  return null;
}

export const SHAPE: object = {
  type: "object",
  additionalProperties: false,
  required: ["tool", "arguments", "user"],
  properties: {
    tool: { type: "string", maxLength: 64 },
    arguments: {
      type: "object",
      additionalProperties: false,
      required: ["amount", "currency", "country", "account", "memo"],
      properties: {
        amount: { type: "integer", minimum: 0 },
        currency: { type: "string", enum: CURRENCIES },
        country: { type: "string", minLength: 2, maxLength: 2 },
        account: { type: "string", maxLength: 34 },
        memo: { type: "string", maxLength: 140 },
        tags: { type: "array", unordered: true, maxItems: 10, items: { type: "string" } },
      },
    },
    user: {
      type: "object",
      additionalProperties: false,
      required: ["user_id", "tier", "accounts", "verified"],
      properties: {
        user_id: { type: "string", maxLength: 64 },
        tier: { type: "string", enum: TIERS },
        accounts: { type: "array", maxItems: 100, items: { type: "string", maxLength: 64 } },
        verified: { type: "boolean" },
      },
    },
  },
};
