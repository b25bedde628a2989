import { readFileSync } from "node:fs";
import { readDocument } from "@writ/engine/document";
import type { Engine } from "@writ/engine/engine";
import { FaultList } from "@writ/engine/fault";
import { SourceFile } from "@writ/engine/source";
import type { ValidatorAddress } from "@writ/gateway/validator-client";
import { credentials } from "./config/check-together.ts";
import { faultLines } from "./config/fault-lines.ts";
import { type Reading, readNode } from "./config/read.ts";
import { TABLE, type ValidatorSettings } from "./config/table.ts";
import { credentialOf } from "./credential.ts";
import { describe, OperatorError } from "./operator-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type Validators = ReadonlyMap<string, ValidatorSettings>;

/**
 * Reads a file of its own that says where the validators of a policy are asked: what stands under
 * `validators` in writ.yaml, as JSON (or YAML). Paths in it begin where the command is run.
 */
export function readValidatorsFile(path: string): Validators {
  const faults = new FaultList();
  const root = readDocument(new SourceFile(path, textOf(path)), faults);
  const places: Reading["places"] = new Map();
  const reading = { base: process.cwd(), faults, places, given: new Map() };
  // The table's own types say what the walk over it has read.
  const found = readNode(TABLE.validators, root ?? undefined, "validators", reading) as Validators;
  const lines = faults.empty ? credentials({ validators: found }).map(([, line]) => line) : [];
  const wrong = [...faultLines(path, faults), ...lines.map((line) => `${path}: ${line}`)];
  if (wrong.length > 0) throw new OperatorError(wrong.join("\n"));
  return found;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new OperatorError(`cannot read the validators: ${describe(error)}`);
  }
}

/** Where they are asked, each with its credential, which stands in no file of settings and no argv. */
export function validatorAddresses(
  validators: Validators,
  environment: Environment,
): ReadonlyMap<string, ValidatorAddress> {
  return new Map(
    [...validators].map(([name, settings]) => {
      const { url, timeout_ms } = settings;
      const authorization = credentialOf(settings, `validators.${name}`, environment);
      return [name, { url, timeoutMs: timeout_ms, authorization }] as const;
    }),
  );
}

/**
 * Throws OperatorError where the policy cannot do without a validator that nobody says how to ask:
 * all of its categories would be BLOCK.
 */
export function requireValidators(engine: Engine, known: ReadonlyMap<string, unknown>): void {
  const missing = [...engine.validators].filter(
    ([name, { mandatory }]) => mandatory && !known.has(name),
  );
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(", ");
  throw new OperatorError(
    `the policy cannot do without the validator ${names}: add it to validators in writ.yaml, or to the file of --validators`,
  );
}
