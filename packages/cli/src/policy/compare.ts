import { createHash } from "node:crypto";
import { openEnvelope, type Received } from "@writ/contract/envelope";
import { digestForm } from "@writ/contract/identity";
import { genericForm } from "@writ/contract/normal-form";
import { REFUSALS } from "@writ/contract/reason";
import type { Engine } from "@writ/engine/engine";
import type { Verdict } from "@writ/engine/verdict";

/** Where an input went. `REFUSED`: its shape, category or form let no evaluator see it; a BLOCK. */
export type Standing = "BLOCK" | "REFUSED" | "REWRITE" | "EXECUTE";

/** An input that the two policies treat differently. */
export interface Change {
  /** SHA-256 of category, LF, and the input's form before any shape: the same under every policy. */
  readonly input: string;
  readonly category: string;
  readonly from: Standing;
  readonly to: Standing;
  readonly old_reason: string;
  readonly new_reason: string;
  /** The evaluator that makes the difference: the new one that now decides, else the old one that no longer does. Null where a refusal does. */
  readonly rule: string | null;
}

/** What the new policy makes of a recorded input that the old one did not, if anything. */
export function compare(old: Engine, next: Engine, line: Uint8Array): Change | undefined {
  const received = openEnvelope(line);
  const before = old.decide(received);
  const after = next.decide(received);
  const [from, to] = [standing(before), standing(after)];
  if (from === to && before.rewrite_class === after.rewrite_class) return undefined;
  return {
    input: fingerprint(received),
    category: received.category,
    from,
    to,
    old_reason: before.reason_code,
    new_reason: after.reason_code,
    rule: to === "REFUSED" ? null : (decider(after) ?? decider(before)),
  };
}

const refusals: ReadonlySet<string> = new Set(REFUSALS);

function standing({ outcome, reason_code }: Verdict): Standing {
  return refusals.has(reason_code) ? "REFUSED" : outcome;
}

function decider({ outcome, reason_code, evaluators }: Verdict): string | null {
  const found = evaluators.find(
    ([, answer, reason]) => answer === outcome && reason === reason_code,
  );
  return outcome === "EXECUTE" ? null : (found?.[0] ?? null);
}

function fingerprint(received: Received): string {
  const form =
    "input" in received ? genericForm(received.input) : digestForm(received.refusedDigest);
  return createHash("sha256").update(`${received.category}\n${form}`).digest("hex");
}
