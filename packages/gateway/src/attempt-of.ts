import { openEnvelope, type Received } from "@writ/contract/envelope";
import { type Answer, type ExecuteAnswer, TooManyInFlight } from "@writ/enforce/enforcement";
import type { Caller } from "./callers.ts";
import type { AttemptVerb, House } from "./house.ts";
import type { RefusalCause } from "./refusal.ts";

/**
 * Makes one attempt of an envelope's bytes, or says why there is none: the last checks before it
 * takes its number. Throws what is a fault of our own, before an attempt has begun.
 */
export function attemptOf(
  house: House,
  verb: AttemptVerb,
  caller: Caller,
  bytes: Uint8Array,
): Promise<Answer> | RefusalCause {
  // To read what will be refused would be work for the one who sends too much.
  if (!caller.attempts.has(house.enforcement.free)) return "SHARE";
  return attemptAt(house, verb, caller, openEnvelope(bytes));
}

/** The same of what came in no envelope. */
export function attemptAt(
  house: House,
  verb: AttemptVerb,
  caller: Caller,
  received: Received,
): Promise<ExecuteAnswer> | RefusalCause {
  if (!caller.mayUse(received.category)) return "CATEGORY";
  const { enforcement } = house;
  const { attempts } = caller;
  if (!attempts.take(enforcement.free)) return "SHARE";
  const give = (): void => attempts.give();
  try {
    const answer = enforcement.begin()[verb](received, caller.name);
    answer.then(give, give);
    return answer;
  } catch (error) {
    give();
    if (error instanceof TooManyInFlight) return "IN_FLIGHT";
    throw error;
  }
}
