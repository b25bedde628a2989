import type { AgentsDoor, ToolBook } from "./agents-door.ts";
import { answerPost } from "./http-visit.ts";
import { converse } from "./stream-visit.ts";

/**
 * The door for agents, over the MCP SDK, to the tools of a book.
 *
 * @param nobody the caller's name where nobody is asked for a key
 */
export function openAgentsDoor(book: ToolBook, nobody: string | null = null): AgentsDoor {
  return {
    answerPost(house, caller, request, response) {
      const named = caller.name === null ? { ...caller, name: nobody } : caller;
      return answerPost(book, house, named, request, response);
    },
    converse: (house, caller, stream) => converse(book, house, caller, stream),
  };
}
