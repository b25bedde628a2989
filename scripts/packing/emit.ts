import { spawnSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";

/** Everything that TypeScript made of the packages' sources, by path: `contract/src/json.js`. */
export type Emitted = ReadonlyMap<string, string>;

/**
 * Plain JavaScript and declarations of every source file of every package, in `folder`. Types are
 * not checked here: `npm run types` does that, and declarations are written from the text alone
 * (`isolatedDeclarations`).
 */
export function emit(folder: string): Emitted {
  const settings = join(folder, "tsconfig.json");
  writeFileSync(settings, JSON.stringify(settingsOf(folder)));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const run = spawnSync(process.execPath, [tsc, "-p", settings], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`the packages do not compile:\n${run.stdout}${run.stderr}`);
  const out = join(folder, "out");
  const names = globSync("**/*.{js,d.ts}", { cwd: out });
  return new Map(names.map((name) => [name, readFileSync(join(out, name), "utf8")]));
}

function settingsOf(folder: string): object {
  const sources = join(root, "packages", "*", "src");
  return {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: true,
      rootDir: join(root, "packages"),
      outDir: join(folder, "out"),
    },
    include: [sources],
    exclude: [
      ...["test", "test-support"].map((kind) => join(sources, "**", `*.${kind}.ts`)),
      // A page: what is published of it is made by scripts/console.mjs.
      join(root, "packages", "console"),
    ],
  };
}
