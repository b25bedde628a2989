import type { Received } from "@writ/contract/envelope";
import { type Json, JsonObject } from "@writ/contract/json";
import { judgedValue, type Place } from "@writ/engine/anatomy";
import type { Category } from "@writ/engine/bundle";
import type { EvaluatorText } from "@writ/engine/read-constraints";
import type { JudgeText } from "@writ/engine/read-judges";
import type { EvaluatorAnswer, Identity, Verdict } from "@writ/engine/verdict";
import { byPrecedence, type Refused, refusedPlaces } from "./refusal-places.ts";
import { type RuleTrace, traceOf } from "./rule-trace.ts";
import type { Seat, Subject } from "./subject.ts";

/** How one judge of an evaluator came to its answer. */
export type JudgeExplanation =
  | ({ readonly language: "cel" } & RuleTrace)
  | { readonly language: "cedar"; readonly answer: boolean | null };

export interface EvaluatorExplanation {
  readonly constraint: string;
  readonly name: string;
  readonly place: Place;
  readonly answer: EvaluatorAnswer;
  readonly rewriteClass: string | null;
  readonly judges: readonly JudgeExplanation[];
}

/** What gave the outcome its reason. */
export interface Ground {
  readonly constraint: string;
  /** Null where evaluators of the constraint disagree. */
  readonly evaluator: string | null;
}

export interface Explanation {
  readonly identity: Identity;
  readonly verdict: Verdict;
  /** Null where an input was judged; else what was refused about it. */
  readonly refusal: { readonly what: string; readonly places: readonly Refused[] } | null;
  readonly evaluators: readonly EvaluatorExplanation[];
  readonly ground: Ground | null;
}

/** How a bundle comes to its answer. For operators: it tells what the agent must not know. */
export function explain(
  subject: Subject,
  received: Received,
  host: JsonObject | undefined,
): Explanation {
  const { engine, bundle, seats } = subject;
  const verdict = engine.decide(received, host);
  const category = bundle.categories.get(verdict.category);
  const judged =
    category === undefined || !("input" in received)
      ? null
      : judgedValue(category, received.input, host);
  const asked = category === undefined ? [] : (seats.get(category.name) ?? []);
  const evaluators =
    category === undefined || judged === null || verdict.evaluators.length === 0
      ? []
      : asked.map((seat, index) =>
          explainSeat(subject, seat, category, verdict.evaluators[index], judged),
        );
  return {
    identity: engine.identify(received, host),
    verdict,
    refusal: judged === null ? refusalOf(subject, received, host, verdict) : null,
    evaluators,
    ground: groundOf(verdict, evaluators),
  };
}

function explainSeat(
  subject: Subject,
  { text, evaluator }: Seat,
  category: Category,
  answer: EvaluatorAnswer | undefined,
  judged: JsonObject,
): EvaluatorExplanation {
  const { at, name, judges, rewriteClass } = text;
  return {
    constraint: subject.anatomy.constraints[text.constraint] ?? "",
    name,
    place: { path: at.source.path, ...at.source.place(at.start) },
    answer: answer ?? evaluator.broken,
    rewriteClass,
    judges: judges.map((judge) => explainJudge(subject, text, judge, category, judged)),
  };
}

function explainJudge(
  subject: Subject,
  text: EvaluatorText,
  judge: JudgeText,
  category: Category,
  judged: JsonObject,
): JudgeExplanation {
  if (judge.language === "cel") {
    return { language: "cel", ...traceOf(String(judge.text.json), category.shape.type, judged) };
  }
  const alone = subject.anatomy.compile({ ...text, judges: [judge] });
  const rule = "evaluators" in alone ? alone.evaluators.get(category.name)?.rule : undefined;
  try {
    return { language: "cedar", answer: rule?.evaluate(judged) ?? null };
  } catch {
    return { language: "cedar", answer: null };
  }
}

/** The highest constraint with the outcome: its first evaluator that says so, or its disagreement. */
function groundOf(verdict: Verdict, evaluators: readonly EvaluatorExplanation[]): Ground | null {
  const { outcome, reason_code: reason } = verdict;
  if (outcome === "EXECUTE") return null;
  const order = [...new Set(evaluators.map((each) => each.constraint))];
  const said = evaluators.find(({ answer }) => answer[1] === outcome);
  const quarrel = order.find((constraint) => {
    const rewrites = evaluators.filter(
      (each) => each.constraint === constraint && each.answer[1] === "REWRITE",
    );
    return new Set(rewrites.map((each) => each.rewriteClass)).size > 1;
  });
  const saidFirst =
    said !== undefined &&
    (quarrel === undefined || order.indexOf(said.constraint) <= order.indexOf(quarrel));
  if (saidFirst && said.answer[2] === reason) {
    return { constraint: said.constraint, evaluator: said.name };
  }
  return quarrel === undefined ? null : { constraint: quarrel, evaluator: null };
}

const REFUSALS: Readonly<Record<string, string>> = {
  MALFORMED_INPUT: "what arrived is not one strict JSON object within the limits",
  UNKNOWN_CATEGORY: "the policy has no such category",
  MISSING_MANDATORY_INPUT: "what the shape requires is absent",
  INPUT_SHAPE_VIOLATION: "the input is not as the shape says",
  TRANSIENT_FIELD: "a string is a moment or a request's identifier",
  VALIDATOR_UNAVAILABLE: "a validator that the category cannot do without gave no verdict",
  INTERNAL_ERROR: "the engine itself failed: report this with the input",
};

function refusalOf(
  subject: Subject,
  received: Received,
  host: JsonObject | undefined,
  verdict: Verdict,
): Explanation["refusal"] {
  const category = subject.bundle.categories.get(verdict.category);
  const silent = (category?.validators ?? []).filter(
    (name) => !Object.hasOwn(verdict.validators, name),
  );
  const names = verdict.reason_code === "VALIDATOR_UNAVAILABLE" ? `: ${silent.join(", ")}` : "";
  const what = `${REFUSALS[verdict.reason_code] ?? "the input is refused"}${names}`;
  const schema = subject.anatomy.schemas.get(verdict.category);
  if (schema === undefined || !("input" in received)) return { what, places: [] };
  const { input } = received;
  const defs = subject.anatomy.defs?.json ?? NO_DEFS;
  const places = refusedPlaces(schema.json, defs, seenInput(input, host, category));
  return { what, places: input.names.includes("host") ? withForged(places) : places };
}

const NO_DEFS = new JsonObject([], []);
const FORGED: Refused = {
  pointer: "/host",
  refusal: "INPUT_SHAPE_VIOLATION",
  why: "arrived with the input: only enforcement states it",
};

function withForged(places: readonly Refused[]): readonly Refused[] {
  const others = places.filter(({ pointer }) => !/^\/host(?:\/|$)/.test(pointer));
  return byPrecedence([FORGED, ...others]);
}

/** The input with enforcement's word, where the shape has a place for it. */
function seenInput(
  input: JsonObject,
  host: JsonObject | undefined,
  category: Category | undefined,
): Json {
  const type = category?.shape.type;
  const takesHost = type?.kind === "object" && type.properties.some(({ name }) => name === "host");
  if (host === undefined || !takesHost || input.names.includes("host")) return input;
  return new JsonObject([...input.names, "host"], [...input.values, host]);
}
