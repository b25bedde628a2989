import assert from "node:assert/strict";
import { test } from "node:test";
import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import type { ShapeType } from "@writ/contract/shape-type";
import fc from "fast-check";
import { runs } from "../runs.node.ts";
import { generated, SHAPE, someInput } from "./generated.node.ts";
import { any, ask } from "./sample.node.ts";

/** The input as the other evaluator takes it: what the shape calls an integer is a bigint there. */
function foreign(value: unknown, type: ShapeType): unknown {
  if (value === null) return null;
  if (type.kind === "integer") return BigInt(value as number);
  if (type.kind === "array") return (value as unknown[]).map((item) => foreign(item, type.items));
  if (type.kind !== "object") return value;
  const members = Object.entries(value as object).map(([name, member]): [string, unknown] => {
    const declared = type.properties.find((property) => property.name === name)?.type;
    return [name, foreign(member, declared ?? type.additional ?? any)];
  });
  return new Map(members);
}

const ENV = celEnv();

function asked(source: string, input: object): unknown {
  const value = plan(ENV, parse(source))({ input: foreign(input, SHAPE) as never });
  if (!isCelError(value) && value !== null) return value;
  // A rule that gives null has no answer either.
  return "error";
}

/** Macros that absorb errors in CEL even where nothing around them does. */
const ABSORBING = /\.(?:exists|all)\(/;

const RUNS = runs(500, 20_000);

test("generated rules answer as another evaluator does, or fail where the language says so", (t) => {
  const counts = { answered: 0, failed: 0, absorbed: 0, range: 0, blank: 0 };
  fc.assert(
    fc.property(
      generated,
      fc.array(someInput, { minLength: 3, maxLength: 3 }),
      (source, inputs) => {
        for (const input of inputs) {
          const our = ask(source.our, SHAPE, input);
          // A fault's offset: what is generated has nothing that may not load.
          assert.doesNotMatch(String(our), / \d/, source.our);
          const strict = asked(source.strict, input);
          if (typeof our === "boolean") {
            assert.equal(strict, our);
            assert.equal(asked(source.our, input), our);
            counts.answered += 1;
          } else if (strict === "error") counts.failed += 1;
          else if (our === "OUT_OF_RANGE") counts.range += 1;
          // The other evaluator reads int('') as 0.
          else if (our === "NOT_A_NUMBER" && source.our.includes("int(")) counts.blank += 1;
          else {
            assert.match(source.our, ABSORBING, our);
            counts.absorbed += 1;
          }
        }
      },
    ),
    { numRuns: RUNS },
  );
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.answered > RUNS / 2, JSON.stringify(counts));
});
