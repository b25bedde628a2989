import { bareInput, openEnvelope } from "@writ/contract/envelope";
import type { EvaluatorTrace, Event } from "@writ/contract/event";
import { traceId } from "@writ/contract/identity";
import { type Json, JsonObject } from "@writ/contract/json";
import { recorded } from "@writ/contract/outcome";
import { NotStrictJson, parseStrictJson } from "@writ/contract/strict-json";
import { type BundleFile, loadBundle, namesCedar } from "@writ/engine/bundle";
import { arm, type Engine, NotArmed } from "@writ/engine/engine";

/** How one line of input is judged now. Plain data: it passes between threads. */
export interface Judged {
  /** By the bundle's own version: what a record has if this very policy made it. */
  readonly traceId: string;
  /** By the other versions asked about, in their order: the same form, judged by another policy. */
  readonly otherTraceIds: readonly string[];
  readonly category: string;
  readonly decision: Event["decision"];
  readonly actionType: string;
  readonly reason: string;
  readonly rewriteClass: string | null;
  readonly evaluators: EvaluatorTrace["evaluators"];
}

/** A bundle that was armed, or all that stands in its way, in sentences. */
export type Arming = { readonly engine: Engine } | { readonly faults: readonly string[] };

/** Loads a bundle and tries its canaries. */
export function armBundle(files: readonly BundleFile[]): Arming {
  if (files.length === 0) return { faults: ["There is no .yaml, .yml or .json file in it."] };
  if (namesCedar(files)) return { faults: [CEDAR] };
  const loaded = loadBundle(files);
  if ("faults" in loaded) {
    return {
      faults: loaded.faults.map(
        ({ path, line, column, message }) => `${path}:${line}:${column}: ${message}`,
      ),
    };
  }
  try {
    return { engine: arm(loaded.bundle) };
  } catch (error) {
    if (error instanceof NotArmed) return { faults: [error.message] };
    throw error;
  }
}

const CEDAR =
  "This bundle has judges in Cedar, whose code is not run in the browser: replay it with writ replay in a terminal.";

/** What enforcement added to the inputs, and how lines are read. */
export interface Judging {
  /** For every line that has no `host` of its own. */
  readonly host: JsonObject | undefined;
  /** Every line is the bare input of this category; empty for envelopes. */
  readonly category: string;
  /** Versions under which the inputs may have been recorded besides the bundle's own. */
  readonly otherVersions: readonly string[];
}

/** Judges one line, as the gateway would have. Never throws. */
export function judgeLine(engine: Engine, line: Uint8Array, judging: Judging): Judged {
  const { category, otherVersions } = judging;
  const received = category === "" ? openEnvelope(line) : bareInput(line, category);
  const host = (category === "" ? hostOf(line) : undefined) ?? judging.host;
  const verdict = engine.decide(received, host);
  const { normal_form, enforcement_category } = engine.identify(received, host);
  return {
    traceId: verdict.trace_id,
    otherTraceIds: otherVersions.map((version) =>
      traceId(normal_form, enforcement_category, version),
    ),
    category: verdict.category,
    decision: recorded(verdict.outcome),
    actionType: verdict.action_type,
    reason: verdict.reason_code,
    rewriteClass: verdict.rewrite_class,
    evaluators: verdict.evaluators,
  };
}

/** What a person wrote for `host`: an object, nothing, or a sentence why it is neither. */
export function readHost(
  text: string,
): { readonly host: JsonObject | undefined } | { readonly fault: string } {
  if (text.trim() === "") return { host: undefined };
  const value = strictJson(new TextEncoder().encode(text));
  if (value instanceof JsonObject) return { host: value };
  return {
    fault: "What enforcement added has to be one JSON object of caller, validators, facts.",
  };
}

/**
 * The member `host` beside a line's input: what enforcement added when it was recorded. An envelope
 * knows no such member, so the gateway never takes one from a sender.
 */
function hostOf(line: Uint8Array): JsonObject | undefined {
  const value = strictJson(line);
  const host = value instanceof JsonObject ? value.get("host") : undefined;
  return host instanceof JsonObject ? host : undefined;
}

function strictJson(bytes: Uint8Array): Json | undefined {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof NotStrictJson) return undefined;
    throw error;
  }
}
