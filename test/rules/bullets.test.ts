import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BULLETS } from "./bullets.ts";

test("every bullet of the rules has exactly one test, and it quotes the bullet", () => {
  const files = globSync("*.test.ts", { cwd: import.meta.dirname });
  const texts = files.map((name) => readFileSync(join(import.meta.dirname, name), "utf8"));
  const quoted = texts.flatMap((text) =>
    [...text.matchAll(/^rule\(\s*"([^"]+)",\s*"([^"]+)"/gm)].map(([, section, bullet]) =>
      [section, bullet].join(": "),
    ),
  );
  const bullets = Object.entries(BULLETS).flatMap(([section, ones]) =>
    ones.map((bullet) => `${section}: ${bullet}`),
  );
  assert.deepEqual(quoted.toSorted(), bullets.toSorted());
});
