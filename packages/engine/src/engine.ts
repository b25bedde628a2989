import { isCategory, UNRECOGNIZED } from "@writ/contract/category";
import type { Received } from "@writ/contract/envelope";
import { bracketForm, digestForm, engineVersion, traceId } from "@writ/contract/identity";
import type { JsonObject } from "@writ/contract/json";
import { genericForm } from "@writ/contract/normal-form";
import { isFailureReason, type ReservedReason } from "@writ/contract/reason";
import type { Bundle, Category } from "./bundle.ts";
import { type FailedCanary, NotArmed } from "./canary.ts";
import { type Judgement, judge } from "./evaluator.ts";
import { admit } from "./host.ts";
import type { Canary } from "./read-canaries.ts";
import type { EvaluatorAnswer, Identity, Question, Verdict } from "./verdict.ts";

export { NotArmed } from "./canary.ts";

/**
 * A policy that decides. A pure function of the bundle and what it is given (contract §2): no
 * clock, no randomness, nothing remembered from one call to the next. All functions are total:
 * they never throw, whatever they are given.
 */
export interface Engine {
  /** `3.0.0+<bundle digest>`: the engine_version of everything it decides. */
  readonly version: string;
  /** 64 lowercase hex digits. */
  readonly bundleDigest: string;
  /** `host` is what enforcement knows of the attempt: caller, validators, facts. */
  decide(received: Received, host?: JsonObject): Verdict;
  /** What `decide`'s trace_id stands for. */
  identify(received: Received, host?: JsonObject): Identity;
  /** Every validator that a category declares, and whether one of them cannot do without it. */
  readonly validators: ReadonlyMap<string, { readonly mandatory: boolean }>;
  /**
   * What to ask the validators before deciding, so that their verdicts can stand in `host`; null
   * where there is none to ask or the input is refused whatever they say.
   */
  questionOn(received: Received): Question | null;
}

/**
 * Puts a bundle to work after each of its canaries has given the answer it must.
 *
 * @throws NotArmed if one has not
 */
export function arm(bundle: Bundle): Engine {
  const engine = new BundleEngine(bundle);
  const failed = bundle.canaries.flatMap((canary) => failureOf(canary, engine));
  if (failed.length > 0) throw new NotArmed(failed);
  return engine;
}

function failureOf(canary: Canary, engine: Engine): readonly FailedCanary[] {
  const { category, input, host, expected } = canary;
  const verdict = engine.decide({ category, input }, host);
  // A known-bad input that is merely malformed would prove nothing about the policy.
  if (verdict.outcome === expected && !verdict.failed) return [];
  return [{ ...canary, outcome: verdict.outcome, reason: verdict.reason_code }];
}

const NOBODY: readonly EvaluatorAnswer[] = Object.freeze([]);
const NO_VERDICTS: Verdict["validators"] = Object.freeze({});

/** What became of the input before any evaluator: its identity, and why it goes no further. */
type Opened = {
  readonly form: string;
  readonly name: string;
  readonly verdicts?: Verdict["validators"];
} & (
  | { readonly refusal: ReservedReason }
  | { readonly category: Category; readonly value: JsonObject }
);

/**
 * No input has the empty list for its form: it stands for one whose form could not be computed, so
 * that even then the attempt has an identity, and the same one everywhere.
 */
const NO_FORM = "[]";

class BundleEngine implements Engine {
  readonly version: string;
  readonly bundleDigest: string;
  readonly validators: Engine["validators"];
  readonly #categories: ReadonlyMap<string, Category>;
  /** Made while arming: should hashing itself fail later, there is still an identity to give. */
  readonly #unidentified: Identity;

  constructor(bundle: Bundle) {
    this.bundleDigest = bundle.digest;
    this.version = engineVersion(bundle.digest);
    this.#categories = bundle.categories;
    this.validators = validatorsOf(bundle);
    this.#unidentified = this.#identity(NO_FORM, UNRECOGNIZED);
  }

  /** The edge of the engine: every throw below it ends here, as BLOCK (contract §4). */
  decide(received: Received, host?: JsonObject): Verdict {
    let identity = this.#unidentified;
    let verdicts = NO_VERDICTS;
    try {
      const opened = this.#open(received, host);
      verdicts = opened.verdicts ?? NO_VERDICTS;
      identity = this.#identity(opened.form, opened.name);
      if ("refusal" in opened) {
        return verdictOf(identity, UNRECOGNIZED, verdicts, refused(opened.refusal));
      }
      const { category, value } = opened;
      const actionType = category.actionType.of(value);
      return verdictOf(identity, actionType, verdicts, conclude(category, value));
    } catch {
      return verdictOf(identity, UNRECOGNIZED, verdicts, refused("INTERNAL_ERROR"));
    }
  }

  identify(received: Received, host?: JsonObject): Identity {
    try {
      const { form, name } = this.#open(received, host);
      return this.#identity(form, name);
    } catch {
      return this.#unidentified;
    }
  }

  questionOn(received: Received): Question | null {
    try {
      if ("refusedDigest" in received) return null;
      const category = this.#categories.get(received.category);
      const normalized = category?.received?.normalize(received.input);
      if (category === undefined || normalized?.ok !== true) return null;
      const { name, declared } = category;
      return { category: name, form: normalized.form, validators: declared };
    } catch {
      // Nobody is asked; the decision then says what is wrong.
      return null;
    }
  }

  /** Refusals in their order of precedence (SPEC: refusals). */
  #open(received: Received, host: JsonObject | undefined): Opened {
    const name = isCategory(received.category) ? received.category : UNRECOGNIZED;
    if ("refusedDigest" in received) {
      return { name, form: digestForm(received.refusedDigest), refusal: "MALFORMED_INPUT" };
    }
    const { input } = received;
    const category = this.#categories.get(name);
    if (category === undefined) return refusedAs("UNKNOWN_CATEGORY", name, input);
    const { host: admitted, verdicts } = admit(category.declared, host);
    const normalized = category.shape.normalize(input, admitted);
    const { form } = normalized;
    if (!category.validators.every((each) => Object.hasOwn(verdicts, each))) {
      // An input that is refused anyway was put to no validator: that they are silent is no news.
      const alone = category.received?.normalize(input);
      if (alone?.ok === false) return { name, form, refusal: alone.refusal, verdicts };
      return { ...refusedAs("VALIDATOR_UNAVAILABLE", name, input), verdicts };
    }
    return normalized.ok
      ? { name, form, category, value: normalized.value, verdicts }
      : { name, form, refusal: normalized.refusal, verdicts };
  }

  #identity(form: string, category: string): Identity {
    return Object.freeze({
      normal_form: form,
      enforcement_category: category,
      engine_version: this.version,
      trace_id: traceId(form, category, this.version),
    });
  }
}

function validatorsOf({ categories }: Bundle): Engine["validators"] {
  const all = new Map<string, { readonly mandatory: boolean }>();
  for (const { declared, validators } of categories.values()) {
    for (const name of declared) {
      all.set(name, { mandatory: validators.includes(name) || all.get(name)?.mandatory === true });
    }
  }
  return all;
}

function refusedAs(refusal: ReservedReason, name: string, input: JsonObject): Opened {
  return { name, form: bracketForm(genericForm(input)), refusal };
}

function conclude(category: Category, value: JsonObject): Judgement {
  if (category.always === null) return judge(category.panel, value);
  return { outcome: "BLOCK", reason: category.always, rewriteClass: null, answers: NOBODY };
}

function refused(reason: ReservedReason): Judgement {
  return { outcome: "BLOCK", reason, rewriteClass: null, answers: NOBODY };
}

function verdictOf(
  identity: Identity,
  actionType: string,
  verdicts: Verdict["validators"],
  judgement: Judgement,
): Verdict {
  return Object.freeze({
    outcome: judgement.outcome,
    trace_id: identity.trace_id,
    reason_code: judgement.reason,
    rewrite_class: judgement.rewriteClass,
    action_type: actionType,
    evaluators: judgement.answers,
    validators: verdicts,
    engine_version: identity.engine_version,
    category: identity.enforcement_category,
    failed: isFailureReason(judgement.reason),
  });
}
