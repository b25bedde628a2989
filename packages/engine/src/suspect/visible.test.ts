import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern } from "../cel/pattern.ts";
import { admitsVisibleOnly } from "./visible.ts";

const SURE = [
  "^[a-z0-9_-]+$",
  "^a$",
  "^(?:ab|c\\.d){1,3}$",
  "^\\d{4}-\\d\\d$",
  "^[\\w.]*$",
  "^/srv/[a-z/]+$",
  "^[ab|]$",
];
const UNSURE = [
  "[a-z]+",
  "^[a-z]+",
  "[a-z]+$",
  "^a|b$",
  "^.*$",
  "^[^/]+$",
  "^\\S+$",
  "^\\D$",
  "^\\pL+$",
  "^(?s)a$",
  "^\u200b$",
  "^[a-\uffff]$",
  "^\\x{200b}$",
  "^a\\$",
  "^[]^a]$|",
];
const INVISIBLE = ["\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u202e", "\u{e0041}"];

test("a pattern that is called safe matches no text with a character that nobody sees", () => {
  const stems = ["", "a", "ab", "c.d", "2026-01", "/srv/x"];
  for (const source of SURE) {
    assert.ok(admitsVisibleOnly(source), source);
    const pattern = compilePattern(source);
    assert.ok(!("fault" in pattern), source);
    for (const stem of stems) {
      for (const hidden of INVISIBLE) {
        for (let at = 0; at <= stem.length; at += 1) {
          const text = stem.slice(0, at) + hidden + stem.slice(at);
          assert.equal(pattern.test(text), false, `${source} ${JSON.stringify(text)}`);
        }
      }
    }
  }
});

test("what might admit one is not called safe", () => {
  for (const source of UNSURE) assert.equal(admitsVisibleOnly(source), false, source);
});
