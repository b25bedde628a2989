import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "./root.ts";
import { temporaryFolder } from "./serving.ts";

interface Published {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const tarballs = temporaryFolder();
const app = temporaryFolder();
const installed = join(app, "node_modules");
const published = new Map<string, Published>();

/** Runs to the end, in the folder of somebody who uses the packages. */
function run(program: string, ...args: readonly string[]): string {
  const ended = spawnSync(program, args, { cwd: app, encoding: "utf8", timeout: 170_000 });
  assert.equal(ended.status, 0, `${program} ${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

/** The first block of this language in a document, if it has one. */
function block(document: string, language: string): string | undefined {
  const text = readFileSync(join(root, document), "utf8");
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(text)?.[1];
}

/** What the README and the guide show, once if they show the same. */
const documents = ["README.md", "docs/embedding.md"];
const programs = [...new Set(documents.flatMap((document) => block(document, "ts") ?? []))];

/** What the auditor's page is packed to: no code for Node is among it. */
const PAGE =
  /^package\/(LICENSE|package\.json|dist\/([\w-]+\.(html|js)|SHA256SUMS|sources\.sha256|assets\/[\w-]+\.(js|css)))$/;

test("every package packs to JavaScript, types and a licence, and to nothing else", () => {
  run(process.execPath, join(root, "scripts", "pack.ts"), tarballs);
  const names = readdirSync(join(root, "packages")).sort();
  assert.deepEqual(
    readdirSync(tarballs).sort(),
    names.map((name) => `writ-${name}-0.1.0.tgz`),
  );
  for (const name of names) {
    const tarball = join(tarballs, `writ-${name}-0.1.0.tgz`);
    const files = run("tar", "-tzf", tarball).trimEnd().split("\n");
    const strange = files.filter((file) =>
      name === "console"
        ? !PAGE.test(file)
        : !/^package\/(LICENSE|package\.json|bin\/writ\.js|dist\/[\w/.-]+(\.js|\.d\.ts)|dist\/files\/bundle\.schema\.json)$/.test(
            file,
          ) || /test|oracle|fixture/.test(file.replace(/^package\/dist\/policy\/test/, "")),
    );
    assert.deepEqual(strange, [], name);
    const text = run(
      "tar",
      "-xzOf",
      tarball,
      "--wildcards",
      "package/dist/*",
      "package/package.json",
    );
    const left = text.match(
      /["'][^"'\n]*(?<!\.d)\.ts["']|"\.\.?\/src\/[^"]*"|"(?:workspace|file):[^"]*"/g,
    );
    if (name !== "console") assert.equal(left, null, `${name}: ${left}`);
    published.set(
      name,
      JSON.parse(run("tar", "-xzOf", tarball, "package/package.json")) as Published,
    );
  }
});

/** Packages of ours that a program needs which decides and records by itself. */
const library = ["contract", "engine", "tlog", "bucket", "enforce", "adapters"];

test("npm installs what a library's user needs into an empty folder, without a network", () => {
  const ours = library.map((name) => [
    `@writ/${name}`,
    `file:${join(tarballs, `writ-${name}-0.1.0.tgz`)}`,
  ]);
  const names = library.flatMap((name) => Object.keys(published.get(name)?.dependencies ?? {}));
  const foreign = names.filter((name) => !name.startsWith("@writ/"));
  // Where the registry would be asked, npm finds here what the lockfile brought.
  const theirs = foreign.map((name) => [name, `file:${join(root, "node_modules", name)}`]);
  const dependencies = Object.fromEntries([...ours, ...theirs]);
  const manifest = { name: "app", private: true, type: "module", dependencies };
  writeFileSync(join(app, "package.json"), JSON.stringify(manifest));
  run("npm", "install", "--install-links", "--offline", "--no-audit", "--no-fund");
  assert.deepEqual(readdirSync(join(installed, "@writ")).sort(), [...library].sort());
});

/** Lays a package beside the others with what it says that it depends on, and no more. */
function unpack(name: string): void {
  const folder = join(installed, "@writ", name);
  mkdirSync(folder);
  const tarball = join(tarballs, `writ-${name}-0.1.0.tgz`);
  run("tar", "-xzf", tarball, "-C", folder, "--strip-components=1");
  for (const dependency of Object.keys(published.get(name)?.dependencies ?? {})) {
    const at = join(installed, dependency);
    if (dependency.startsWith("@writ/") || existsSync(join(installed, dependency))) continue;
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), at);
  }
}

test("every door of every package opens, in JavaScript", () => {
  for (const name of ["gateway", "audit", "client", "cli"]) unpack(name);
  const doors = [...published.values()].flatMap(({ name, exports }) =>
    Object.entries(exports)
      .filter(([, target]) => !String(target).endsWith(".html"))
      .map(([door]) => name + door.slice(1)),
  );
  assert.ok(doors.length > 90);
  const lines = doors.map((door) => `await import("${door}");`);
  const cedar = `import { loadCedar } from "@writ/engine/cedar"; loadCedar();`;
  writeFileSync(join(app, "doors.mjs"), [cedar, ...lines].join("\n"));
  run(process.execPath, "doors.mjs");
  const types = doors.map((door, i) => `export type * as door${i} from "${door}";`);
  writeFileSync(join(app, "doors.ts"), types.join("\n"));
});

test("the documents' program holds under strict TypeScript, the packages' own types included", () => {
  assert.ok(programs.length >= 1);
  for (const [i, program] of programs.entries())
    writeFileSync(join(app, `program${i}.ts`), program);
  const settings = {
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: "ES2024",
      module: "NodeNext",
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
    },
    files: ["doors.ts", ...programs.map((_, i) => `program${i}.ts`)],
  };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify(settings));
  run(process.execPath, join(root, "node_modules", "typescript", "bin", "tsc"), "-p", app);
});

test("the documents' program runs as JavaScript, and leaves a ledger that verifies", () => {
  mkdirSync(join(app, "policy"));
  const policy = block("docs/embedding.md", "yaml") ?? "";
  writeFileSync(join(app, "policy", "refunds.yaml"), policy);
  for (const [i, program] of programs.entries()) {
    writeFileSync(join(app, `program${i}.mjs`), program);
    assert.equal(run(process.execPath, `program${i}.mjs`), block("docs/embedding.md", "text"));
  }
  const verified = writ("verify", "ledger", "--key", "ledger/log.vkey");
  assert.match(verified, new RegExp(`^verified: ${2 * programs.length} events`, "m"));
});

/** The packed program itself. */
function writ(...args: readonly string[]): string {
  return run(process.execPath, join(installed, "@writ", "cli", "bin", "writ.js"), ...args);
}

test("the packed writ says what it does, begins a policy and tests it", () => {
  assert.match(writ("--help"), /^ {2}serve +run gateway, bucket and audit/m);
  writ("policy", "new", "words");
  assert.match(writ("policy", "test", "words"), /mutation/);
});
