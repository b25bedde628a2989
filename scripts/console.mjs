// Makes packages/console/dist, the page that the audit process serves: one style sheet, scripts cut
// where a view is fetched when it is first shown, all named by their content. The same sources give
// the same bytes. Plain JavaScript, because bootstrap.mjs calls it on whatever Node there is.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { proofPage, sumLines } from "./proof-page.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "packages", "console", "src");
const STAMP = "sources.sha256";

/** Scripts that stand alone, in one file each, under a name that stays. */
const ALONE = {
  "offline-verifier.js": "offline/main.ts",
  "replay-worker.js": "replay/worker.ts",
};

/** Makes the page in `target` unless it is there already, of these very sources. */
export async function buildConsole(target = join(root, "packages", "console", "dist")) {
  const wanted = digestOfSources();
  const stamp = join(target, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const files = await bundle();
  // A reader finds the page as it was, or none, or the new one; never parts of two.
  const fresh = `${target}.${process.pid}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const [path, content] of [...files, [STAMP, wanted]]) {
    mkdirSync(dirname(join(fresh, path)), { recursive: true });
    writeFileSync(join(fresh, path), content);
  }
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(fresh, target);
  } catch (error) {
    // Somebody else has put the same page there meanwhile.
    rmSync(fresh, { recursive: true, force: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
}

/** Every file of the page: path → content. */
async function bundle() {
  const { build } = await import("esbuild");
  const shared = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    target: "es2023",
    platform: "browser",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
    charset: "utf8",
    outdir: "/",
  };
  const page = await build({
    ...shared,
    entryPoints: {
      console: "packages/console/src/main.tsx",
      style: "packages/console/src/design/console.css",
    },
    format: "esm",
    splitting: true,
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    metafile: true,
  });
  const files = new Map(page.outputFiles.map(({ path, contents }) => [nameOf(path), contents]));
  for (const [name, entry] of Object.entries(ALONE)) {
    if (!existsSync(join(source, entry))) continue;
    const entryPoints = [`packages/console/src/${entry}`];
    const alone = await build({ ...shared, entryPoints, format: "iife" });
    files.set(name, alone.outputFiles[0].contents);
  }
  files.set("index.html", pageOf([...files.keys()], page.metafile.outputs));
  for (const [name, content] of await proofFiles(files.get("offline-verifier.js"), shared)) {
    files.set(name, content);
  }
  return files;
}

/** The one-page proof without its data, and the sums that are published with a release. */
async function proofFiles(verifier, { target, charset }) {
  const { transform } = await import("esbuild");
  const part = (name) => readFileSync(join(source, "offline", name), "utf8");
  const options = { loader: "css", minify: true, charset, target };
  const style = (await transform(part("page.css"), options)).code.trim();
  const page = proofPage(part("page.html"), style, Buffer.from(verifier).toString("utf8"));
  const sums = sumLines([
    ["offline-verifier.js", verifier],
    ["proof-page.html", page],
  ]);
  return [
    ["proof-page.html", page],
    ["SHA256SUMS", sums],
  ];
}

/** `C:\assets\x` or `/assets/x` → `assets/x`. */
function nameOf(path) {
  return path.replace(/^([A-Za-z]:)?[\\/]/, "").replaceAll("\\", "/");
}

function pageOf(names, outputs) {
  const find = (form) => names.find((name) => form.test(name)) ?? "";
  const script = find(/^assets\/console-\w+\.js$/);
  // Or the browser would learn of them only after it has read the script that needs them.
  const early = neededBy(script, outputs).map(
    (name) => `<link rel="modulepreload" href="${name}">`,
  );
  return readFileSync(join(source, "page.html"), "utf8")
    .replace("{{style}}", find(/^assets\/style-\w+\.css$/))
    .replace("{{early}}", early.join("\n"))
    .replace("{{script}}", script);
}

/** The scripts that one cannot start without, by their names. */
function neededBy(script, outputs) {
  const importsOf = (name) => {
    const [, output] = Object.entries(outputs).find(([path]) => path.endsWith(name)) ?? [];
    const needed = (output?.imports ?? []).filter(({ kind }) => kind === "import-statement");
    return needed.map(({ path }) => path.slice(path.indexOf("assets/")));
  };
  const found = new Set();
  const queue = importsOf(script);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...importsOf(name));
  }
  return [...found].sort();
}

/** Of all that the page is made of, and of what makes it. */
function digestOfSources() {
  const hash = createHash("sha256");
  const add = (path) => hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  for (const name of ["console", "contract", "engine", "tlog"]) {
    add(`packages/${name}/package.json`);
    const names = readdirSync(join(root, "packages", name, "src"), { recursive: true });
    for (const file of names.map((path) => path.replaceAll("\\", "/")).sort()) {
      if (/\.(ts|tsx|css|html)$/.test(file) && !/\.(test|test-support)\.ts$/.test(file)) {
        add(`packages/${name}/src/${file}`);
      }
    }
  }
  add("package-lock.json");
  add("tsconfig.base.json");
  add("scripts/console.mjs");
  add("scripts/proof-page.mjs");
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole();
