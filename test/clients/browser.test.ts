import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../root.ts";
import { cases, differences, KEY } from "./client-cases.ts";
import { type ClientCase, serveHostile } from "./hostile-server.ts";

const program = process.env.WRIT_CHROMIUM ?? "/usr/bin/chromium";
const skip: false | string =
  process.env.WRIT_BROWSER !== "all"
    ? "asked with WRIT_BROWSER=all"
    : !existsSync(program) && `no Chromium at ${program}: set WRIT_CHROMIUM`;

/** Asks for every case at once, as the page of the server itself. */
const SCRIPT = `import { createClient } from "./client.ts";
globalThis.askAll = (cases, key) => Promise.all(cases.map(({ verb, deadline_ms = 60000 }, i) =>
  createClient({ url: location.origin + "/" + i, key, deadlineMs: deadline_ms, maxAnswerBytes: 2 ** 20 })
    [verb]("say", { text: "hello" })));`;

function redirectOf(asked: ClientCase | undefined): number {
  return Number(/^status-(3\d\d)$/.exec(asked?.name ?? "")?.[1]);
}

test("the TypeScript client takes the same for the same in a browser", { skip }, async (t) => {
  // Both take longer to load than most runs of this file, which only pass it over.
  const { build } = await import("esbuild");
  const { chromium } = await import("playwright-core");
  const bundled = await build({
    stdin: {
      contents: SCRIPT,
      resolveDir: join(root, "packages", "client", "src"),
      loader: "ts",
    },
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  const page = `<!doctype html><script>${bundled.outputFiles[0]?.text}</script>`;
  const server = await serveHostile(t, cases, page);
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
  t.after(() => browser.close());
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${server.port}/`);
  const ask = `askAll(${JSON.stringify(cases)}, ${JSON.stringify(KEY)})`;
  const answers = await tab.evaluate<Record<string, unknown>[]>(ask);
  // A browser does not show the status of a redirect that it was told not to follow.
  const shown = answers.map((answer, i) =>
    answer.http_status === 0 ? { ...answer, http_status: redirectOf(cases[i]) } : answer,
  );
  assert.deepEqual(differences(shown), []);
  assert.equal(server.paths.filter((path) => path.includes("redirected")).length, 0);
});
