import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import {
  airline,
  enforce,
  inParallel,
  program,
  type ServingProcess,
  serve,
  temporaryFolder,
  writ,
} from "./serving.ts";

const isTraceable = spawnSync("strace", ["-V"]).status === 0;
const sample = readFileSync(join(airline, "sample.jsonl"), "utf8").trimEnd().split("\n");

/** The one process below `parent` that was started for this role. */
function pidOf(parent: number, role: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8")
    .trim()
    .split(" ");
  const found = children.map(Number).filter((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words[words.indexOf("--only") + 1] === role;
  });
  assert.equal(found.length, 1);
  return found[0] ?? 0;
}

/** Sends calls while the gateway process is traced, stops all, and fails if it opened what is the Bucket's. */
async function requireNoneOpened(serving: ServingProcess, data: string): Promise<void> {
  const gateway = pidOf(serving.pid, "gateway");
  const trace = join(temporaryFolder(), "trace");
  const calls = "trace=open,openat,openat2,creat,stat,lstat,newfstatat,readlink,connect";
  const strace = spawn("strace", ["-f", "-e", calls, "-o", trace, "-p", String(gateway)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const traced = new Promise((resolve) => strace.once("exit", resolve));
  await new Promise((resolve) => strace.stderr.once("data", resolve));
  const many = Array.from({ length: 10 }, () => sample).flat();
  const answers = await inParallel(many, 32, (line) => enforce(serving.gateway, line));
  assert.ok(answers.some(({ body }) => body.decision === "EXECUTE"));
  assert.equal(await serving.stop(), 0);
  await traced;
  const seen = readFileSync(trace, "utf8");
  // The trace was really on: leaving, the process closes down with at least one traced call.
  assert.match(seen, /exited with 0/);
  const touched = seen.split("\n").filter((line) => line.includes(join(data, "bucket")));
  assert.deepEqual(touched, []);
}

/** The flags of Node that a running process was started with. */
function nodeFlagsOf(pid: number): string[] {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return words.slice(
    1,
    words.findIndex((word) => word.endsWith("writ.js")),
  );
}

/** Tries what a process could try; gives each try's name with what became of it. */
const PROBE = `
const fs = require("node:fs");
const net = require("node:net");
const { gateway, bucketFile, folder, other } = JSON.parse(process.argv[1]);
const up = gateway + "/../" + bucketFile.slice(folder.length + 1);
const tries = {
  "own part": () => fs.readFileSync(gateway + "/epoch"),
  "own part, to write": () => fs.writeFileSync(gateway + "/probe", ""),
  "by its path": () => fs.readFileSync(bucketFile),
  "by ..": () => fs.readFileSync(up),
  "by /proc/self/root": () => fs.readFileSync("/proc/self/root" + bucketFile),
  "by /proc/self/cwd": () => fs.readFileSync("/proc/self/cwd/" + bucketFile.slice(folder.length + 1)),
  "as a relative path": () => fs.readFileSync(bucketFile.slice(folder.length + 1)),
  "as a buffer": () => fs.readFileSync(Buffer.from(bucketFile)),
  "as a URL": () => fs.readFileSync(require("node:url").pathToFileURL(up)),
  "opened": () => fs.openSync(bucketFile, "r"),
  "copied": () => fs.copyFileSync(bucketFile, gateway + "/probe"),
  "linked": () => fs.linkSync(bucketFile, gateway + "/probe.link"),
  "symlinked": () => fs.symlinkSync(bucketFile, gateway + "/probe.symlink"),
  "listed": () => fs.readdirSync(folder + "/bucket"),
  "seen": () => fs.statSync(bucketFile),
  "written": () => fs.appendFileSync(bucketFile, "x"),
  "removed": () => fs.rmSync(bucketFile),
  "moved": () => fs.renameSync(bucketFile, gateway + "/probe"),
  "guard": () => fs.readFileSync(folder + "/guard/head"),
  "log key": () => fs.readFileSync(folder + "/keys/log.key"),
  "auditors": () => fs.readFileSync(folder + "/audit/keys"),
  "data folder": () => fs.readdirSync(folder),
  "another policy": () => fs.readdirSync(other),
  "the system's files": () => fs.readFileSync("/etc/passwd"),
  "a process": () => { const { error } = require("node:child_process").spawnSync("true"); if (error) throw error; },
  "a thread": () => new (require("node:worker_threads").Worker)("", { eval: true }),
  "SQLite": () => require("node:sqlite"),
  "an addon": () => process.dlopen({ exports: {} }, bucketFile),
  "WASI": () => new (require("node:wasi").WASI)({ version: "preview1" }),
  "an inspector": () => require("node:inspector").open(0),
  "itself anew": () => process.execve(process.execPath, [process.execPath, "-e", ""]),
};
const became = {};
for (const [name, attempt] of Object.entries(tries)) {
  try { attempt(); became[name] = "done"; } catch (error) { became[name] = error.code; }
}
process.stdout.write(JSON.stringify(became));
process.exit(0);`;

/** Names of the variables that a running process was started with. */
function variablesOf(pid: number): string[] {
  const words = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return words.flatMap((word) => (word === "" ? [] : (word.split("=", 1)[0] ?? "")));
}

/** Of Node itself, which the parent sets for its own channel to a child or for a whole test run. */
const OF_NODE = /^NODE_(CHANNEL_\w+|COMPILE_CACHE|OPTIONS|V8_COVERAGE)$/;
/** What whoever calls over HTTP goes by, where this machine says it. */
const OF_CALLS = /^(NODE_EXTRA_CA_CERTS|NODE_USE_\w+|SSL_CERT_\w+|\w+_PROXY|OTEL_\w+|TMPDIR)$/i;

/** Fails unless each process has got the variables that it needs, of what a shell may hold. */
function requireOwnVariables(parent: number): void {
  const of = (role: string): string[] =>
    variablesOf(pidOf(parent, role)).filter((name) => !OF_NODE.test(name));
  const beside = (role: string): string[] => of(role).filter((name) => !OF_CALLS.test(name));
  assert.deepEqual(beside("gateway"), ["PAY_AUTHORIZATION"]);
  assert.deepEqual(beside("audit"), []);
  assert.deepEqual(of("bucket"), []);
  assert.ok(variablesOf(parent).includes("SOMEBODYS_TOKEN"));
}

test("under its own flags the gateway gets at its part, and at nothing of the Bucket by any way", {
  skip: process.platform === "linux" ? false : "needs /proc",
}, async (t) => {
  const data = temporaryFolder();
  const config = join(temporaryFolder(), "writ.yaml");
  writeFileSync(
    config,
    "adapters: { pay: { kind: http, url: http://127.0.0.1:9/, authorization_env: PAY_AUTHORIZATION } }",
  );
  Object.assign(process.env, {
    SOMEBODYS_TOKEN: "x",
    WRIT_LOG_LEVEL: "info",
    PAY_AUTHORIZATION: "y",
  });
  const serving = await serve(data, "--config", config);
  for (const name of ["SOMEBODYS_TOKEN", "WRIT_LOG_LEVEL", "PAY_AUTHORIZATION"]) {
    delete process.env[name];
  }
  await enforce(serving.gateway, sample[0] ?? "");
  requireOwnVariables(serving.pid);
  // What a variable said counts all the same.
  assert.match(serving.output(), /"event":"armed"/);
  const flags = nodeFlagsOf(pidOf(serving.pid, "gateway"));
  await t.test(
    "under load the gateway process opens no file of the Bucket",
    {
      skip: isTraceable ? false : "strace is not installed (Debian: apt-get install strace)",
    },
    () => requireNoneOpened(serving, data),
  );
  await serving.stop();
  const gateway = join(data, "gateway");
  const world = {
    gateway,
    folder: data,
    bucketFile: join(data, "bucket", "constitution", "0.note"),
    other: join(airline, "..", "assistant"),
  };
  const run = spawnSync(process.execPath, [...flags, "-e", PROBE, JSON.stringify(world)], {
    cwd: data,
    encoding: "utf8",
  });
  assert.equal(run.status, 0, run.stderr);
  const became = JSON.parse(run.stdout) as Record<string, string>;
  const otherwise: Readonly<Record<string, string>> = {
    "own part": "done",
    "own part, to write": "done",
    SQLite: "ERR_UNKNOWN_BUILTIN_MODULE",
    "an addon": "ERR_DLOPEN_DISABLED",
  };
  for (const [name, code] of Object.entries(became)) {
    assert.equal(code, otherwise[name] ?? "ERR_ACCESS_DENIED", name);
  }
  assert.ok(Object.keys(became).length > 25);
  // Node would follow a link that was there before, so a start refuses one.
  symlinkSync(join(data, "bucket", "constitution"), join(gateway, "planted"));
  const refused = await writ(["serve", "--policy", airline, "--data", data]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /planted is a link: put the file itself there/);
});

test("a policy folder that holds the Bucket, or lies in it, is refused", async () => {
  const data = temporaryFolder();
  cpSync(airline, data, { recursive: true });
  const refused = await writ(["serve", "--policy", data, "--data", data]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /would so be let into \S+bucket: keep them apart/);
});

const users = { gateway: 61_001, bucket: 61_002, audit: 61_003 };

/** Whether somebody else can run this program at all: root, and a clone that others may enter. */
function mayBecomeOthers(): boolean {
  if (process.getuid?.() !== 0) return false;
  const run = spawnSync(process.execPath, [program, "--help"], { uid: 61_001, gid: 61_001 });
  return run.status === 0;
}

test("three users: each has its part, and the gateway's cannot read the Bucket", {
  skip: mayBecomeOthers() ? false : "needs root, and a clone that others may enter",
}, async () => {
  const data = temporaryFolder();
  chmodSync(data, 0o711);
  const said = Object.entries(users).map(([role, uid]) => `${role}=${uid}`);
  const serving = await serve(data, "--users", said.join(","));
  for (const [role, uid] of Object.entries(users)) {
    const status = readFileSync(`/proc/${pidOf(serving.pid, role)}/status`, "utf8");
    assert.match(status, new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, "m"), role);
    assert.match(status, /^Groups:\t\s*$/m, role);
  }
  const answers = await Promise.all(sample.map((line) => enforce(serving.gateway, line)));
  assert.ok(answers.some(({ body }) => body.decision === "EXECUTE"));
  const well = await writ(["doctor", data, "--json"]);
  assert.ok(well.code === 0 || well.code === 1, well.stdout);
  assert.match(
    well.stdout,
    /"reach-gateway","level":"ok","line":"reads [^;]+; changes gateway; nothing else \(tried as that user/,
  );
  assert.equal(await serving.stop(), 0);
  // A second start finds everything as it left it.
  const again = await serve(data, "--users", said.join(","));
  assert.equal((await enforce(again.gateway, sample[0] ?? "")).status, 200);
  assert.equal(await again.stop(), 0);
  const verified = await writ(["verify", data, "--key", join(data, "log.vkey")]);
  assert.equal(verified.code, 0, verified.stderr);
  // One file that everybody may read, in folders that everybody may pass.
  for (const name of ["", "log"]) chmodSync(join(data, "bucket", name), 0o2751);
  const [segment = ""] = readdirSync(join(data, "bucket", "log"));
  chmodSync(join(data, "bucket", "log", segment), 0o644);
  const ill = await writ(["doctor", data]);
  assert.equal(ill.code, 2);
  assert.match(ill.stdout, /fail +reach-gateway +the gateway's user can read \S+frames, of bucket/);
  // What cannot be read, but written to.
  chmodSync(join(data, "bucket", "log", segment), 0o642);
  const open = await writ(["doctor", data]);
  assert.equal(open.code, 2);
  assert.match(
    open.stdout,
    /fail +reach-gateway +the gateway's user can change \S+frames, of bucket/,
  );
});

test("one user for all is a fault, and with --dev a warning", async () => {
  const data = temporaryFolder();
  prepareDeployment(deploymentAt(data));
  const fault = await writ(["doctor", data]);
  assert.equal(fault.code, 2);
  assert.match(fault.stdout, /^fail +users +.*--users/m);
  const warned = await writ(["doctor", data, "--dev"]);
  assert.equal(warned.code, 1);
  assert.match(warned.stdout, /^warn +users +.*--users/m);
});

test("the gateway's files hold nothing of the Bucket but its public key", () => {
  const deployment = readFileSync(
    join(import.meta.dirname, "../packages/cli/src/processes/gateway.ts"),
    "utf8",
  );
  assert.doesNotMatch(deployment, /deployment\.(bucket|guard|logKey|governanceKey|auditorKeys)/);
});
