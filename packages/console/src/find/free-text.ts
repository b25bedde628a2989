/** What was meant by a text typed into the one field for everything that names an event. */
export type Meant =
  | { readonly kind: "nothing" }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "decision_id" | "trace_id"; readonly text: string }
  | { readonly kind: "unclear"; readonly sentence: string };

const INDEX = /^(?:#\s*\d{1,16}|\d{1,7})$/;
const DECISION_ID = /^[0-9a-f]{16}\.\d{1,16}\.\d{1,16}$/;
const TRACE_ID = /^[0-9a-f]{8,64}$/;

/**
 * Reads an index (`17`, or `#17000000`: eight digits and more could begin a trace_id), a decision id,
 * or a trace_id or the beginning of one.
 */
export function meantBy(typed: string): Meant {
  const text = typed.trim().toLowerCase();
  if (text === "") return { kind: "nothing" };
  if (INDEX.test(text)) return { kind: "index", index: Number(text.replace(/^#\s*/, "")) };
  if (DECISION_ID.test(text)) return { kind: "decision_id", text };
  if (TRACE_ID.test(text)) return { kind: "trace_id", text };
  return {
    kind: "unclear",
    sentence:
      "Give 8 or more hex digits of a trace_id, a decision id (writer.epoch.sequence), or an index with # before it.",
  };
}
