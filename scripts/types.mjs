// Type-checks every package under its own settings (the pure ones see no Node types), then the rest.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const projects = [...readdirSync(join(root, "packages")).map((name) => `packages/${name}`), "."];

function check(project) {
  return new Promise((resolve) => {
    const run = spawn(process.execPath, [tsc, "-p", project], { cwd: root, stdio: "inherit" });
    run.on("exit", (code) => resolve(code ?? 1));
  });
}

const queue = [...projects];
let failed = 0;
async function worker() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if ((await check(next)) !== 0) failed += 1;
  }
}
await Promise.all([worker(), worker()]);
if (failed === 0) process.stdout.write(`types: ${projects.length} projects hold\n`);
process.exit(failed === 0 ? 0 : 1);
