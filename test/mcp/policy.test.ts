import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { openEnvelope } from "@writ/contract/envelope";
import type { Verdict } from "@writ/engine/verdict";
import fc from "fast-check";
import { armFolder } from "../../packages/cli/src/policy-folder.ts";
import { root } from "../root.ts";
import { writ } from "../serving.ts";
import { hostileCalls } from "./hostile-calls.ts";
import { makeWorld } from "./world.ts";

const sample = join(root, "policies/filesystem");
const world = makeWorld();
const engine = await armFolder(world.policy);

/** As it would arrive: a JSON text, whatever it holds. */
function decide(category: string, args: unknown): Verdict {
  const text = JSON.stringify({ category, input: { arguments: args } });
  return engine.decide(openEnvelope(new TextEncoder().encode(text)));
}

test("the sample is covered whole, no mutant of it survives, and it checks without a warning", async () => {
  const tested = await writ(["policy", "test", sample, "--coverage", "1", "--mutation", "1"]);
  assert.equal(tested.code, 0, tested.stdout);
  assert.match(tested.stdout, /mutation {2}score 1\.000 .* 0 survived/);
  const checked = await writ(["policy", "check", sample, "--strict", "--allow", "NO_REWRITE"]);
  assert.equal(checked.code, 0, checked.stdout);
});

test("its folder stands in folder.yaml and tests/ alone", () => {
  assert.doesNotMatch(
    readFileSync(join(sample, "bundle.yaml"), "utf8").replaceAll(/^ *#.*$/gm, ""),
    /srv/,
  );
});

test("of the hostile calls the policy lets none through but those that a link makes hostile", () => {
  const through = hostileCalls(world).filter(
    ({ tool, arguments: args }) => decide(tool, args).outcome === "EXECUTE",
  );
  assert.ok(through.length > 20);
  for (const { what, arguments: args } of through)
    assert.match(JSON.stringify(args), /\/link-/, what);
});

const PIECES = [
  ..."/.~\\ -_az0\0\n%*",
  "..",
  "/../",
  "./",
  "//",
  "out",
  "out/",
  "OUT",
  "notes.txt",
  "\u200b",
  "\uff0e",
  "\u2025",
  "\u0430",
  "\u212a",
  "\u0130",
  world.folder,
  `${world.folder}/`,
  `${world.folder}/out/`,
];

const path = fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).chain((pieces) =>
  fc.constantFrom(
    pieces.join(""),
    // Twice, or one run of ten thousand would meet too few of these.
    `${world.folder}/out/${pieces.join("")}`,
    `${world.folder}/out/${pieces.join("")}`,
    `${world.folder}/${pieces.join("")}`,
  ),
);

test("a path that may be read or written is written in the only way, and lies where it seems to", () => {
  const met = { read: 0, written: 0 };
  const requirePlain = (path: string, folder: string): void => {
    assert.equal(posix.resolve(path), path);
    assert.match(path, /^[ -~]+$/);
    assert.equal(path, path.toLowerCase());
    assert.ok(`${path}/`.startsWith(`${folder}/`), path);
  };
  const property = fc.property(path, (path) => {
    if (decide("read_text_file", { path, head: 1 }).outcome === "EXECUTE") {
      met.read += 1;
      requirePlain(path, world.folder);
    }
    if (decide("write_file", { path, content: "" }).outcome === "EXECUTE") {
      met.written += 1;
      requirePlain(path, `${world.folder}/out`);
      assert.notEqual(path, `${world.folder}/out`);
    }
  });
  fc.assert(property, { numRuns: 2000 });
  assert.ok(met.read > 25 && met.written > 10, JSON.stringify(met));
});
