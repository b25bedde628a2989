import { type Place, placeInJudge, withSource } from "@writ/engine/anatomy";
import { parse } from "@writ/engine/cel/parser";
import { print } from "@writ/engine/cel/print";
import type { Expr } from "@writ/engine/cel/syntax";
import { traceRule } from "@writ/engine/cel/trace";
import { type Evaluator, evaluatorOf } from "@writ/engine/evaluator";
import { Panel } from "@writ/engine/panel";
import type { EvaluatorText } from "@writ/engine/read-constraints";
import { mutationsOf, negated, type Types } from "./rule-mutations.ts";
import type { Seat, Subject } from "./subject.ts";

/** The bundle with one small change. */
export interface Mutant {
  readonly evaluator: string;
  /** What is changed; of the mutants of one evaluator no two have the same. */
  readonly change: string;
  readonly place: Place;
  /** What stands in the bundle where the change is, and what would; for showing it. */
  readonly before: readonly EvaluatorText[];
  readonly after: readonly EvaluatorText[];
  /** The categories in which evaluators change, each with those it then has; null: it would not load. */
  apply(): ReadonlyMap<string, Panel> | null;
}

type Draft = Omit<Mutant, "evaluator">;

/** Every mutant of a bundle, in the order of its evaluators. */
export function mutantsOf(subject: Subject): readonly Mutant[] {
  return subject.anatomy.evaluators.flatMap((text) => {
    const drafts = [
      ...wholeMutants(subject, text),
      ...answerMutants(subject, text),
      ...movedMutants(subject, text),
      ...ruleMutants(subject, text),
    ];
    return named(text.name, drafts);
  });
}

/** Tells changes apart that read alike because a rule says the same thing twice. */
function named(evaluator: string, drafts: readonly Draft[]): readonly Mutant[] {
  const seen = new Map<string, number>();
  return drafts.map((draft) => {
    const count = (seen.get(draft.change) ?? 0) + 1;
    seen.set(draft.change, count);
    const change = count === 1 ? draft.change : `${draft.change} #${count}`;
    return { ...draft, evaluator, change };
  });
}

type Reseat = (seats: readonly Seat[], category: string) => readonly (Seat | Evaluator)[];

/** Panels of the categories that an evaluator names, other evaluators in the seats. */
function panels(subject: Subject, text: EvaluatorText, reseat: Reseat): ReadonlyMap<string, Panel> {
  return new Map(
    text.categories.map(({ name }) => {
      const seats = reseat(subject.seats.get(name) ?? [], name);
      return [name, new Panel(seats.map((seat) => ("text" in seat ? seat.evaluator : seat)))];
    }),
  );
}

function compiled(subject: Subject, text: EvaluatorText): ReadonlyMap<string, Evaluator> | null {
  const made = subject.anatomy.compile(text);
  return "faults" in made ? null : made.evaluators;
}

/** The mutant in which another evaluator sits in the seat of one. */
function replaced(subject: Subject, text: EvaluatorText, by: EvaluatorText): Mutant["apply"] {
  return () => {
    const evaluators = compiled(subject, by);
    if (evaluators === null) return null;
    return panels(subject, text, (seats, category) =>
      seats.map((seat) => {
        return seat.text === text ? (evaluators.get(category) ?? seat) : seat;
      }),
    );
  };
}

function placeOf({ at }: EvaluatorText): Place {
  return { path: at.source.path, ...at.source.place(at.start) };
}

function without(seats: readonly Seat[], text: EvaluatorText): readonly Seat[] {
  return seats.filter((seat) => seat.text !== text);
}

/** The evaluator removed, negated, or kept from one of its categories. */
function wholeMutants(subject: Subject, text: EvaluatorText): readonly Draft[] {
  const base = { place: placeOf(text), before: [text] };
  const left = text.categories.length < 2 ? [] : text.categories;
  return [
    {
      ...base,
      change: "removed",
      after: [],
      apply: () => panels(subject, text, (seats) => without(seats, text)),
    },
    {
      ...base,
      change: "negated",
      after: [negatedText(text)],
      apply: () =>
        panels(subject, text, (seats) =>
          seats.map((seat) => (seat.text === text ? opposed(seat) : seat)),
        ),
    },
    ...left.map(({ name }): Draft => {
      const categories = text.categories.filter((each) => each.name !== name);
      return {
        ...base,
        change: `category ${name} left out`,
        after: [{ ...text, categories }],
        apply: () =>
          panels(subject, text, (seats, category) =>
            category === name ? without(seats, text) : seats,
          ),
      };
    }),
  ];
}

/** Fires where the evaluator passes, and the other way round; still fails where it fails. */
function opposed({ text, evaluator }: Seat): Evaluator {
  const rule = {
    evaluate: (input: Parameters<Evaluator["rule"]["evaluate"]>[0]) =>
      !evaluator.rule.evaluate(input),
  };
  return evaluatorOf({ ...text, rule });
}

/** How the negation reads; policies in Cedar are not written anew. */
function negatedText(text: EvaluatorText): EvaluatorText {
  return text.judges.reduce((changed, judge, at) => {
    if (judge.language !== "cel") return changed;
    return withSource(changed, at, print(negated(parse(String(judge.text.json)))));
  }, text);
}

const OTHER_REASON = "ANOTHER_REASON";
const OTHER_CLASS = "ANOTHER_CLASS";

/** Another outcome, reason or class. */
function answerMutants(subject: Subject, text: EvaluatorText): readonly Draft[] {
  const { outcome, reason, rewriteClass } = text;
  const other = outcome === "BLOCK" ? "REWRITE" : "BLOCK";
  const changes: readonly (readonly [string, Partial<EvaluatorText>])[] = [
    [
      `then: ${outcome} => ${other}`,
      { outcome: other, rewriteClass: other === "REWRITE" ? OTHER_CLASS : null },
    ],
    [`reason: ${reason} => ${OTHER_REASON}`, { reason: OTHER_REASON }],
    ...(rewriteClass === null
      ? []
      : [
          [
            `rewrite_class: ${rewriteClass} => ${OTHER_CLASS}`,
            { rewriteClass: OTHER_CLASS },
          ] as const,
        ]),
  ];
  return changes.map(([change, parts]) => {
    const after = { ...text, ...parts };
    const apply = replaced(subject, text, after);
    return { change, place: placeOf(text), before: [text], after: [after], apply };
  });
}

/**
 * The evaluator in the place, and with the priority, of the next one whose answer could have been
 * given instead: in some category it has the same outcome and another reason or class.
 */
function movedMutants(subject: Subject, text: EvaluatorText): readonly Draft[] {
  const nexts = new Set(
    text.categories.flatMap(({ name }) => {
      const rivals = (subject.seats.get(name) ?? []).filter(
        (seat) => seat.text.outcome === text.outcome,
      );
      const at = rivals.findIndex((seat) => seat.text === text);
      const next = rivals[at + 1]?.text;
      return next === undefined || !isOrdered(text, next) ? [] : [next];
    }),
  );
  return [...nexts].map((next): Draft => {
    return {
      change: `moved below ${next.name}`,
      place: placeOf(text),
      before: [text, next],
      after: [next, text],
      apply: () => exchanged(subject, text, next),
    };
  });
}

/** Whether the order of two evaluators of one outcome can show in an answer. */
function isOrdered(first: EvaluatorText, second: EvaluatorText): boolean {
  if (first.rewriteClass === second.rewriteClass) return first.reason !== second.reason;
  // Within one constraint two classes are a disagreement, in either order.
  return first.constraint !== second.constraint;
}

function exchanged(
  subject: Subject,
  first: EvaluatorText,
  second: EvaluatorText,
): ReadonlyMap<string, Panel> | null {
  const down = compiled(subject, { ...first, constraint: second.constraint });
  const up = compiled(subject, { ...second, constraint: first.constraint });
  if (down === null || up === null) return null;
  return panels(subject, first, (seats, category) => {
    if (!seats.some((seat) => seat.text === second)) return seats;
    return seats.map((seat) => {
      if (seat.text === first) return up.get(category) ?? seat;
      return seat.text === second ? (down.get(category) ?? seat) : seat;
    });
  });
}

/** One change inside one judge in CEL. */
function ruleMutants(subject: Subject, text: EvaluatorText): readonly Draft[] {
  return text.judges.flatMap((judge, at) => {
    if (judge.language !== "cel") return [];
    const rule = parse(String(judge.text.json));
    const opposite = print(negated(rule));
    // The negation of the whole is a mutant of its own.
    const mutations = mutationsOf(rule, typesOf(subject, text, rule)).filter((each) => {
      return text.judges.length > 1 || print(each.rule) !== opposite;
    });
    const label = text.judges.length > 1 ? `judge ${at + 1}: ` : "";
    return mutations.map((mutation): Draft => {
      const after = withSource(text, at, print(mutation.rule));
      return {
        change: `${label}${mutation.change}`,
        place: placeInJudge(judge, mutation.at),
        before: [text],
        after: [after],
        apply: replaced(subject, text, after),
      };
    });
  });
}

/** What the parts of a rule are in the first category that it is for. */
function typesOf(subject: Subject, text: EvaluatorText, rule: Expr): Types {
  const [category] = text.categories;
  const type = subject.bundle.categories.get(category?.name ?? "")?.shape.type;
  if (type === undefined) return new Map();
  const traced = traceRule(rule, type, { saw: () => {}, failed: () => {} });
  return "types" in traced ? traced.types : new Map();
}
