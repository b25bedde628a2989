// Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or later), so it is
// plain JavaScript with no dependency. It makes node_modules equal to the lockfile, which also
// brings the pinned Node 24 that every other script runs on, and makes the auditor's page of its
// sources.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".writ-lock");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

function installed() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

/** `npm ci` is silent without a terminal; a line every few seconds shows that it lives. */
function install() {
  return new Promise((resolve, reject) => {
    process.stderr.write("writ: installing dependencies (once, about half a minute) ");
    const dots = setInterval(() => process.stderr.write("."), 2000);
    const npm = spawn("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
    npm.on("error", reject);
    npm.on("exit", (code) => {
      clearInterval(dots);
      process.stderr.write(code === 0 ? " done\n" : "\n");
      code === 0
        ? resolve()
        : reject(new Error(`npm ci ended with ${code}; run it by hand to see why`));
    });
  });
}

/** The packages that carry Node exist for some platforms only; elsewhere the system's must do. */
function checkNode() {
  const bin = join(root, "node_modules", ".bin");
  const path = `${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}`;
  const run = spawnSync("node", ["--version"], {
    env: { ...process.env, PATH: path },
    encoding: "utf8",
  });
  const major = Number(/^v(\d+)\./.exec(run.stdout ?? "")?.[1] ?? 0);
  if (major >= 24) return;
  process.stderr.write(
    `writ: needs Node 24 or later and found ${run.stdout?.trim() || "none"}; install it and run again\n`,
  );
  process.exit(2);
}

try {
  if (!installed()) {
    await install();
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, wanted);
  }
  checkNode();
  // Not before: what it is made with has only now been installed.
  const { buildConsole } = await import("./console.mjs");
  await buildConsole();
} catch (error) {
  process.stderr.write(`writ: ${error.message}\n`);
  process.exit(2);
}
