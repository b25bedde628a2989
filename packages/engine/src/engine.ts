import { isCategory, UNRECOGNIZED } from "@writ/contract/category";
import type { Received } from "@writ/contract/envelope";
import { bracketForm, digestForm, engineVersion, traceId } from "@writ/contract/identity";
import type { JsonObject } from "@writ/contract/json";
import { genericForm } from "@writ/contract/normal-form";
import { isFailureReason, type ReservedReason } from "@writ/contract/reason";
import type { Bundle, Category } from "./bundle.ts";
import { type FailedCanary, NotArmed } from "./canary.ts";
import { type Judgement, judge } from "./evaluator.ts";
import { haveAnswered } from "./host.ts";
import type { Canary } from "./read-canaries.ts";
import type { EvaluatorAnswer, Identity, Verdict } from "./verdict.ts";

export { NotArmed } from "./canary.ts";

/**
 * A policy that decides. A pure function of the bundle and what it is given (contract §2): no
 * clock, no randomness, nothing remembered from one call to the next. Both functions are total:
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

/** What became of the input before any evaluator: its identity, and why it goes no further. */
type Opened = { readonly form: string; readonly name: string } & (
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
  readonly #categories: ReadonlyMap<string, Category>;
  /** Made while arming: should hashing itself fail later, there is still an identity to give. */
  readonly #unidentified: Identity;

  constructor(bundle: Bundle) {
    this.bundleDigest = bundle.digest;
    this.version = engineVersion(bundle.digest);
    this.#categories = bundle.categories;
    this.#unidentified = this.#identity(NO_FORM, UNRECOGNIZED);
  }

  /** The edge of the engine: every throw below it ends here, as BLOCK (contract §4). */
  decide(received: Received, host?: JsonObject): Verdict {
    let identity = this.#unidentified;
    try {
      const opened = this.#open(received, host);
      identity = this.#identity(opened.form, opened.name);
      if ("refusal" in opened) return verdictOf(identity, UNRECOGNIZED, refused(opened.refusal));
      const { category, value } = opened;
      return verdictOf(identity, category.actionType.of(value), conclude(category, value));
    } catch {
      return verdictOf(identity, UNRECOGNIZED, refused("INTERNAL_ERROR"));
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

  /** Refusals in their order of precedence (SPEC: refusals). */
  #open(received: Received, host: JsonObject | undefined): Opened {
    const name = isCategory(received.category) ? received.category : UNRECOGNIZED;
    if ("refusedDigest" in received) {
      return { name, form: digestForm(received.refusedDigest), refusal: "MALFORMED_INPUT" };
    }
    const { input } = received;
    const category = this.#categories.get(name);
    if (category === undefined) return refusedAs("UNKNOWN_CATEGORY", name, input);
    if (!haveAnswered(category.validators, host)) {
      return refusedAs("VALIDATOR_UNAVAILABLE", name, input);
    }
    const normalized = category.shape.normalize(input, host);
    const { form } = normalized;
    return normalized.ok
      ? { name, form, category, value: normalized.value }
      : { name, form, refusal: normalized.refusal };
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

function verdictOf(identity: Identity, actionType: string, judgement: Judgement): Verdict {
  return Object.freeze({
    outcome: judgement.outcome,
    trace_id: identity.trace_id,
    reason_code: judgement.reason,
    rewrite_class: judgement.rewriteClass,
    action_type: actionType,
    evaluators: judgement.answers,
    engine_version: identity.engine_version,
    category: identity.enforcement_category,
    failed: isFailureReason(judgement.reason),
  });
}
