import type { Received } from "@writ/contract/envelope";
import { type Json, JsonObject } from "@writ/contract/json";
import type { Engine } from "@writ/engine/engine";
import type { Question } from "@writ/engine/verdict";
import type { ValidatorAsker, ValidatorVerdict } from "./validators.ts";

/** What enforcement knows of an attempt besides its input; none of it is the agent's word. */
export interface Known {
  /** The name that authentication gave, null where there is none. */
  readonly caller: string | null;
  /** What the embedder vouches for; a category sees of it what its shape declares. */
  readonly facts?: JsonObject;
}

const NOTHING_KNOWN = new JsonObject([], []);

/**
 * The member `host` of an input; a promise only where its validators must be heard first, because to
 * wait for nothing costs each attempt as much as some of its rules. Never rejects.
 */
export function hostOf(
  received: Received,
  { caller, facts }: Known,
  engine: Engine,
  asker: ValidatorAsker | undefined,
): JsonObject | Promise<JsonObject> {
  const question = asker === undefined ? null : engine.questionOn(received);
  if (caller === null && facts === undefined && question === null) return NOTHING_KNOWN;
  const members: [string, Json][] = [];
  if (caller !== null) members.push(["caller", caller]);
  if (facts !== undefined) members.push(["facts", facts]);
  if (asker === undefined || question === null) return objectOf(members);
  return heard(asker, question).then((verdicts) =>
    objectOf([...members, ["validators", verdicts]]),
  );
}

/** The verdicts of those who gave one; none where the asker fails. */
async function heard(asker: ValidatorAsker, question: Question): Promise<JsonObject> {
  try {
    const verdicts = await asker.ask(question);
    return objectOf([...verdicts].map(verdictMember));
  } catch {
    return objectOf([]);
  }
}

function verdictMember([name, { outcome, reason }]: readonly [string, ValidatorVerdict]): [
  string,
  Json,
] {
  return [name, new JsonObject(["outcome", "reason"], [outcome, reason])];
}

function objectOf(members: readonly (readonly [string, Json])[]): JsonObject {
  return new JsonObject(
    members.map(([name]) => name),
    members.map(([, value]) => value),
  );
}
