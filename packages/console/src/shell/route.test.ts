import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashOf, parseRoute, VIEWS } from "./route.ts";

test("every route is read from its own address", () => {
  const text = fc.string({ unit: "binary", maxLength: 12 }).filter((each) => each.isWellFormed());
  const query = fc.array(fc.tuple(text, text), { maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...VIEWS), text, query, (view, of, pairs) => {
      const asked = new URLSearchParams(pairs);
      const route = parseRoute(hashOf(view, of, asked));
      assert.equal(route.view, view);
      assert.equal(route.of, of);
      assert.equal(route.query.toString(), asked.toString());
    }),
  );
});

test("what is no address is that of Now", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#key=abc", "#now/%", "#/NOW"]) {
    assert.equal(parseRoute(hash).view, "now");
  }
  assert.equal(parseRoute("#/event/%E0%A4%A").of, "%E0%A4%A");
});
