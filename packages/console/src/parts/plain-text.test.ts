import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "@writ/contract/event";
import { headline, inWords } from "../event/words.ts";
import { Report } from "../proof/check.ts";
import { plainLines, plainText } from "./plain-text.ts";

const NAMES = "a\u202eb\u200bc\u0085d\u2028e\ud800f\u{e0041}g";

test("what acts on the eye is named in its place, and everything else stays", () => {
  const shown = "a⟨U+202E⟩b⟨U+200B⟩c⟨U+0085⟩d⟨U+2028⟩e⟨U+D800⟩f⟨U+E0041⟩g";
  assert.equal(plainText(NAMES), shown);
  assert.equal(plainText("Zoë \\ עברית 漢字 🙂"), "Zoë \\ עברית 漢字 🙂");
  assert.equal(plainLines(`x\n${NAMES}\n`), `x\n${shown}\n`);
});

test("no name in a record, and no word of a note, turns what is read round", () => {
  const name = "\u202eknup\u202c\u2066\n";
  const event: Event = {
    trace_id: "0".repeat(64),
    enforcement_decision_id: "0123456789abcdef.1.1",
    action_type: name,
    decision: "BLOCK",
    reason_code: "NOT_ALLOWED",
    evaluator_trace: {
      engine_version: `3.0.0+${"0".repeat(64)}`,
      caller: name,
      rewrite_class: name,
      validators: {},
      evaluators: [],
    },
    timestamp: "2026-11-22T00:00:00.000Z",
    adapter_name: name,
    status: "success",
  };
  const report = new Report();
  report.ask("origin", () => [`It names the log ${name}.`, undefined]);
  const read = [
    headline(event),
    ...inWords(event).flatMap(({ value, words }) => [value, words]),
    ...report.checks.map(({ sentence }) => sentence),
  ];
  for (const text of read) assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
});
