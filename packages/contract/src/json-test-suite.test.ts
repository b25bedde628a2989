import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bareInput, openEnvelope } from "./envelope.ts";
import { NotStrictJson, parseStrictJson } from "./strict-json.ts";

/** A checkout of github.com/nst/JSONTestSuite. */
const SUITE = process.env.JSON_TEST_SUITE;

/** Valid by RFC 8259 and refused here, by the rule that says so. */
const REFUSED: ReadonlyMap<string, RegExp> = new Map([
  ["y_object_duplicated_key.json", /once/],
  ["y_object_duplicated_key_and_value.json", /once/],
]);

test("JSONTestSuite", { skip: SUITE === undefined && "set JSON_TEST_SUITE to a checkout" }, () => {
  const folder = join(SUITE ?? "", "test_parsing");
  const seen = { y: 0, n: 0, i: 0 };
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file));
    const fault = faultOf(bytes);
    // Neither door may crash, whatever stands behind it.
    openEnvelope(bytes);
    bareInput(bytes, "tool_call");
    const expectation = file.slice(0, 1);
    if (expectation === "y") {
      seen.y++;
      if (fault !== undefined) assert.match(fault.message, REFUSED.get(file) ?? /never/, file);
    } else if (expectation === "n") {
      seen.n++;
      assert(fault !== undefined, file);
    } else {
      seen.i++;
    }
  }
  assert(seen.y >= 95 && seen.n >= 188 && seen.i >= 35, JSON.stringify(seen));
});

function faultOf(bytes: Uint8Array): NotStrictJson | undefined {
  try {
    parseStrictJson(bytes);
    return undefined;
  } catch (error) {
    assert(error instanceof NotStrictJson);
    return error;
  }
}
