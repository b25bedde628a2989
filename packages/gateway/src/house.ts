import type { Enforcement } from "@writ/enforce/enforcement";
import type { Authzen } from "./authzen/authzen.ts";
import type { Caller, Callers } from "./callers.ts";
import type { CoolDowns } from "./cool-down.ts";
import type { Deadlines } from "./deadlines.ts";
import type { BodyBudget } from "./held-bytes.ts";
import type { GatewayLimits } from "./limits.ts";
import type { AgentsDoor, Talk } from "./mcp/agents-door.ts";
import { REFUSALS, type Refusal, type RefusalCause } from "./refusal.ts";

/** Which of the two guarantees is asked for. */
export type AttemptVerb = "enforce" | "execute";

/** What every request of one gateway works with. */
export interface House {
  readonly enforcement: Enforcement;
  readonly callers: Callers;
  readonly limits: GatewayLimits;
  readonly deadlines: Deadlines;
  readonly budget: BodyBudget;
  readonly coolDowns: CoolDowns;
  readonly onRefusal: (refusal: Refusal) => void;
  readonly onFault: (error: unknown) => void;
  /** Where agents come in by MCP; null where they do not. */
  readonly agents: AgentsDoor | null;
  /** Agents on streams; told when the gateway closes. */
  readonly talks: Set<Talk>;
  /** How this is a decision point of AuthZEN; null where it is none. */
  readonly authzen: Authzen | null;
  /** From the call of `close` no attempt begins. */
  isClosing: boolean;
  /** Batches under way; told when the gateway closes. */
  readonly batches: Set<{ stop(): void }>;
}

/** Tells the operator of a refusal; what their books throw is no reason to answer otherwise. */
export function tellRefusal(house: House, cause: RefusalCause, caller: Caller | null): void {
  try {
    house.onRefusal({ cause, status: REFUSALS[cause], caller: caller?.name ?? null });
  } catch (error) {
    tellFault(house, error);
  }
}

export function tellFault(house: House, error: unknown): void {
  try {
    house.onFault(error);
  } catch {
    // There is nobody left to tell.
  }
}
