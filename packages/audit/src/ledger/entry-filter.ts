import { type DecisionId, formatDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";
import type { Filter } from "../index/question.ts";
import { KIND_FIELDS, type KindField } from "../index/schema.ts";

/** Fields that an event holds in so many words. Who wrote it is told by its decision id. */
const STATED: readonly Exclude<KindField, "writer">[] = KIND_FIELDS.filter(
  (field) => field !== "writer",
);

type Test = (event: Event) => boolean;

/**
 * A filter as it is put to the log itself. An event is canonical JSON, so each condition is also a
 * text that stands in the bytes of every event that meets it: what lacks one need not be taken apart.
 */
export class EntryFilter {
  /** Of each group, one must be there. */
  readonly #marks: readonly (readonly Buffer[])[];
  readonly #tests: readonly Test[];

  constructor(filter: Filter) {
    this.#marks = marksOf(filter);
    this.#tests = testsOf(filter);
  }

  /** Whether the bytes of one or several events may hold one that is taken. */
  mayHold(bytes: Uint8Array): boolean {
    if (this.#marks.length === 0) return true;
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#marks.every((group) => group.some((mark) => whole.includes(mark)));
  }

  takes(event: Event): boolean {
    return this.#tests.every((test) => test(event));
  }
}

/** The fields of an event that a question can be about. */
export function kindOf(event: Event): Readonly<Record<KindField, string | null>> {
  const { decision, action_type, reason_code, adapter_name, status } = event;
  const { engine_version, caller } = event.evaluator_trace;
  const writer = writerOf(event);
  return {
    ...{ decision, action_type, reason_code, adapter_name, status },
    ...{ engine_version, caller, writer },
  };
}

/** A Bucket takes no event but under the name of the gateway that sends it. */
function writerOf({ enforcement_decision_id: id }: Event): string {
  return id.slice(0, id.indexOf("."));
}

function testsOf({ fields, traceId, decisionId, from, to }: Filter): Test[] {
  const tests: Test[] = KIND_FIELDS.flatMap((field) => {
    const values = fields[field];
    return values === undefined ? [] : [(event) => values.includes(kindOf(event)[field])];
  });
  if (traceId !== undefined) tests.push((event) => event.trace_id.startsWith(traceId));
  if (decisionId !== undefined) {
    const id = textOf(decisionId);
    tests.push((event) => event.enforcement_decision_id === id);
  }
  if (from !== undefined) tests.push((event) => Date.parse(event.timestamp) >= from * 1000);
  if (to !== undefined) tests.push((event) => Date.parse(event.timestamp) < to * 1000);
  return tests;
}

function textOf({ gateway, epoch, sequence }: DecisionId): string {
  return formatDecisionId(gateway, epoch, sequence);
}

function marksOf({ fields, traceId, decisionId }: Filter): Buffer[][] {
  const groups = STATED.flatMap((field) => {
    const values = fields[field];
    return values === undefined
      ? []
      : [values.map((value) => `${JSON.stringify(field)}:${JSON.stringify(value)}`)];
  });
  if (fields.writer !== undefined) {
    groups.push(fields.writer.map((writer) => `"enforcement_decision_id":"${writer ?? ""}.`));
  }
  if (traceId !== undefined) groups.push([`"trace_id":"${traceId}`]);
  if (decisionId !== undefined) {
    groups.push([`"enforcement_decision_id":"${textOf(decisionId)}"`]);
  }
  return groups.map((texts) => texts.map((text) => Buffer.from(text)));
}
