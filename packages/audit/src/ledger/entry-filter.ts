import { parseDecisionId } from "@writ/contract/decision-id";
import type { Event } from "@writ/contract/event";
import { indexRow } from "../index/index-row.ts";
import type { Filter } from "../index/question.ts";
import { KIND_FIELDS, type KindField } from "../index/schema.ts";

/** Fields that an event holds in so many words. Who wrote it is told by its decision id. */
const STATED: readonly Exclude<KindField, "writer">[] = KIND_FIELDS.filter(
  (field) => field !== "writer",
);

/**
 * A filter as it is put to the log itself. An event is canonical JSON, so each condition is also a
 * text that stands in the bytes of every event that meets it: what lacks one need not be taken apart.
 */
export class EntryFilter {
  readonly #filter: Filter;
  /** Of each group, one must be there. */
  readonly #marks: readonly (readonly Buffer[])[];

  constructor(filter: Filter) {
    this.#filter = filter;
    this.#marks = marksOf(filter);
  }

  /** Whether the bytes of one or several events may hold one that is taken. */
  mayHold(bytes: Uint8Array): boolean {
    const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#marks.every((group) => group.some((mark) => whole.includes(mark)));
  }

  takes(event: Event): boolean {
    const { fields, traceId = "", decisionId, from = -Infinity, to = Infinity } = this.#filter;
    const { gateway } = parseDecisionId(event.enforcement_decision_id);
    const { kind, decisionId: id, time } = indexRow(event, gateway);
    return (
      KIND_FIELDS.every((field) => fields[field]?.includes(kind[field]) ?? true) &&
      event.trace_id.startsWith(traceId) &&
      (decisionId === undefined ||
        (id.gateway === decisionId.gateway &&
          id.epoch === decisionId.epoch &&
          id.sequence === decisionId.sequence)) &&
      time >= from * 1000 &&
      time < to * 1000
    );
  }
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
    const { gateway, epoch, sequence } = decisionId;
    groups.push([`"enforcement_decision_id":"${gateway}.${epoch}.${sequence}"`]);
  }
  return groups.map((texts) => texts.map((text) => Buffer.from(text)));
}
