import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./root.ts";

/** Who may import what of whom: the house plan of ARCHITECTURE.md. `bucket/append` names a subpath. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  engine: ["contract"],
  tlog: [],
  bucket: ["contract", "tlog"],
  enforce: ["contract", "engine", "bucket/append"],
  gateway: ["enforce", "contract"],
  adapters: ["enforce/adapter", "enforce/enforcement", "contract"],
  audit: ["contract", "engine", "tlog", "bucket/read", "bucket/constitution"],
  client: [],
  console: ["contract", "engine", "tlog"],
  cli: ["contract", "engine", "tlog", "bucket", "enforce", "gateway", "adapters", "audit"],
};

/** Pure packages decide what an identity or a proof is; nothing of the machine may reach them. */
const pure = new Set(["contract", "engine", "tlog"]);

/** What type checking and lint cannot see in a pure package (contract §2). */
const impure =
  /\bMath\.random\b|\.toLocale\w+\(|\blocaleCompare\b|\bnew Date\b|\bDate\.now\b|\bIntl\./;

type Sources = ReadonlyMap<string, string>;

function readSources(): Map<string, string> {
  const paths = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: root });
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** Every module specifier of a file, static, re-exported or dynamic. */
function imports(text: string): string[] {
  const forms =
    /(?:^|[\n;}])\s*(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']|(?:^|[\n;])\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(forms)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function isTest(path: string): boolean {
  return /\.(test|test-support)\.ts$/.test(path);
}

function crossing(path: string, specifier: string, owner: string): string | undefined {
  const target = specifier.slice("@writ/".length);
  const [name = ""] = target.split("/");
  if (name === owner) return `${path}: imports its own package by name (${specifier})`;
  const allowed = arrows[owner]?.some(
    (arrow) => target === arrow || target.startsWith(`${arrow}/`),
  );
  return allowed ? undefined : `${path}: ${owner} may not import ${specifier}`;
}

function relative(path: string, specifier: string): string | undefined {
  const target = join(path, "..", specifier);
  const inside = path.split("/").slice(0, 3).join("/");
  if (!target.startsWith(`${inside}/`)) return `${path}: reaches out of its package (${specifier})`;
  const doors: readonly (readonly [string, string])[] = [
    ["packages/bucket/src/append/", "packages/bucket/src/read/"],
    ["packages/bucket/src/read/", "packages/bucket/src/append/"],
  ];
  const crossed = doors.some(([from, to]) => path.startsWith(from) && target.startsWith(to));
  return crossed
    ? `${path}: the write door and the read door stay apart (${specifier})`
    : undefined;
}

function violations(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const owner = path.split("/")[1] ?? "";
    if (isTest(path)) continue;
    const atEdge = path.endsWith(".node.ts");
    for (const specifier of imports(text)) {
      const fault = specifier.startsWith("@writ/")
        ? crossing(path, specifier, owner)
        : specifier.startsWith(".")
          ? relative(path, specifier)
          : specifier.startsWith("node:") && pure.has(owner) && !atEdge
            ? `${path}: a pure package may not import ${specifier}`
            : undefined;
      if (fault !== undefined) found.push(fault);
    }
    if (/\bimport\((?!\s*["'])/.test(text)) found.push(`${path}: imports a computed name`);
    if (/\bcreateRequire\b/.test(text))
      found.push(`${path}: goes round imports with createRequire`);
    if (pure.has(owner) && !atEdge && impure.test(text)) found.push(`${path}: reads the world`);
  }
  return found;
}

test("imports run only along the arrows of the house plan", () => {
  assert.deepEqual(violations(readSources()), []);
});

test("every package of the workspace stands in the plan", () => {
  const names = globSync("packages/*/package.json", { cwd: root }).map(
    (path) => path.split("/")[1],
  );
  assert.deepEqual(names.sort(), Object.keys(arrows).sort());
});

const planted: readonly (readonly [string, string])[] = [
  ["packages/contract/src/x.ts", 'import { arm } from "@writ/engine/engine";'],
  ["packages/engine/src/x.ts", 'import { readFileSync } from "node:fs";'],
  ["packages/engine/src/x.ts", "const now = Date.now();"],
  ["packages/tlog/src/x.ts", 'export { Event } from "@writ/contract/event";'],
  ["packages/enforce/src/x.ts", 'const read = await import("@writ/bucket/read");'],
  ["packages/gateway/src/x.ts", 'import type { Door } from "@writ/bucket/append";'],
  ["packages/gateway/src/x.ts", 'import {\n  Door,\n} from "../../bucket/src/read/frames.ts";'],
  ["packages/bucket/src/append/x.ts", 'import "../read/frames.ts";'],
  ["packages/bucket/src/read/x.ts", 'import { a } from "../append/client.ts";'],
  ["packages/audit/src/x.ts", 'import { openWriter } from "@writ/bucket/append/server";'],
  ["packages/cli/src/x.ts", "const name = 'fs'; await import(name);"],
  ["packages/console/src/x.tsx", 'import { verify } from "@writ/bucket/constitution/chain";'],
  ["packages/audit/src/x.ts", 'import { View } from "@writ/console/page";'],
];

for (const [path, text] of planted) {
  test(`a planted import is found: ${path}: ${text.replaceAll("\n", " ")}`, () => {
    const sources = readSources();
    sources.set(path, text);
    assert.equal(violations(sources).length, 1);
  });
}

test("source files stay small", () => {
  const large = [...readSources()]
    .filter(([path]) => !path.endsWith(".generated.ts"))
    .filter(([, text]) => text.split("\n").length > 401)
    .map(([path]) => path);
  assert.deepEqual(large, []);
});
