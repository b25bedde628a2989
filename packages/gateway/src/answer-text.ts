import type { ExecuteAnswer } from "@writ/enforce/answer";

/**
 * An answer as JSON, its members in the order of the specification. Ids and the two words are of
 * grammars that need no escape, which saves a serializer its look at each.
 */
export function answerText(answer: ExecuteAnswer): string {
  const { decision, trace_id, enforcement_decision_id, status, rewrite_class, result } = answer;
  const text = `{"decision":"${decision}","trace_id":"${trace_id}","enforcement_decision_id":"${enforcement_decision_id}","status":"${status}"`;
  if (rewrite_class !== undefined)
    return `${text},"rewrite_class":${JSON.stringify(rewrite_class)}}`;
  if (result !== undefined) return `${text},"result":${JSON.stringify(result)}}`;
  return `${text}}`;
}
