import type { CallToolResult } from "@modelcontextprotocol/server";
import type { ExecuteAnswer } from "@writ/enforce/answer";
import { answerText } from "../answer-text.ts";

/**
 * What an agent is told of its call. What the tool answered, where it was done and is recorded;
 * otherwise the very text that /v1/execute answers with, in one shape for every cause (contract §5).
 */
export function callResult(answer: ExecuteAnswer): CallToolResult {
  const { decision, status, result } = answer;
  if (decision === "EXECUTE" && status === "success" && result !== undefined) {
    return result as CallToolResult;
  }
  return { content: [{ type: "text", text: answerText(answer) }], isError: true };
}
