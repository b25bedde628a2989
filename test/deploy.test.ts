import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deploymentAt } from "../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../packages/cli/src/first-use.ts";
import { type Owner, PARTS } from "../packages/cli/src/isolation/parts.ts";
import { root } from "./root.ts";
import { program, temporaryFolder, writ } from "./serving.ts";

const ROLES = ["gateway", "bucket", "audit"] as const;
const DATA = "/var/lib/writ";

function text(...path: readonly string[]): string {
  return readFileSync(join(root, "deploy", ...path), "utf8");
}

/** Key and values of a unit file, in order, each time a key stands there. */
function unit(role: string): ReadonlyMap<string, readonly string[]> {
  const lines = text("systemd", `writ-${role}.service`).split("\n");
  const pairs = lines.flatMap((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1, 3) ?? []);
  const found = new Map<string, string[]>();
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i] ?? "";
    found.set(key, [...(found.get(key) ?? []), ...(pairs[i + 1] ?? "").split(" ")]);
  }
  return found;
}

test("tmpfiles.d gives each part to whom writ serve --users gives it", () => {
  const lines = text("systemd", "writ-tmpfiles.conf")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/ +/).join(" "));
  const name = (owner: Owner): string => (owner === "operator" ? "root" : `writ-${owner}`);
  const wanted = PARTS.map(({ path, owner, group, mode, files }) => {
    const digits = mode.toString(8).padStart(4, "0");
    const [kind, how] = files === undefined ? ["z", digits] : ["Z", `~${digits}`];
    return `${kind} ${path(deploymentAt(DATA))} ${how} ${name(owner)} ${name(group)} -`;
  });
  assert.deepEqual(lines, wanted);
});

test("systemd-tmpfiles makes of a fresh data folder one that the doctor finds well", {
  skip: canTryTmpfiles()
    ? false
    : "needs root, systemd-tmpfiles, and a clone that others may enter",
}, async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o711);
  const data = join(folder, "data");
  prepareDeployment(deploymentAt(data));
  mkdirSync(join(data, "guard"));
  const conf = join(folder, "writ.conf");
  const numbered = ROLES.reduce(
    (lines, role, i) => lines.replaceAll(`writ-${role}`, String(61_021 + i)),
    text("systemd", "writ-tmpfiles.conf").replaceAll(DATA, data),
  );
  writeFileSync(conf, numbered);
  const run = spawnSync("systemd-tmpfiles", ["--create", conf], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const { stdout } = await writ(["doctor", data]);
  assert.match(stdout, /^ok +users +gateway uid 61021, bucket uid 61022, audit uid 61023$/m);
  for (const role of ROLES) {
    assert.match(stdout, new RegExp(`^ok +reach-${role} .*tried as that user`, "m"));
  }
});

function canTryTmpfiles(): boolean {
  if (process.getuid?.() !== 0) return false;
  const other = spawnSync(process.execPath, [program, "--help"], { uid: 61_021, gid: 61_021 });
  return other.status === 0 && spawnSync("systemd-tmpfiles", ["--version"]).status === 0;
}

test("the masked mode of tmpfiles.d is that of the files", () => {
  for (const { mode, files, name } of PARTS) {
    // Execute bits go where a file has none, and so does the set-group-id bit.
    if (files !== undefined) assert.equal(mode & 0o666, files, name);
  }
});

/** What every unit says, whatever it runs. */
const HARDENED: Readonly<Record<string, string>> = {
  NoNewPrivileges: "yes",
  CapabilityBoundingSet: "",
  ProtectSystem: "strict",
  ProtectHome: "yes",
  PrivateTmp: "yes",
  PrivateDevices: "yes",
  ProtectKernelTunables: "yes",
  ProtectControlGroups: "yes",
  RestrictNamespaces: "yes",
  RestrictSUIDSGID: "yes",
  SystemCallArchitectures: "native",
  UMask: "0027",
};

for (const role of ROLES) {
  test(`the ${role}'s unit runs as its user, and reaches what the plan gives it`, () => {
    const keys = unit(role);
    assert.deepEqual([keys.get("User"), keys.get("Group")], [[`writ-${role}`], [`writ-${role}`]]);
    for (const [key, value] of Object.entries(HARDENED)) assert.deepEqual(keys.get(key), [value]);
    const start = (keys.get("ExecStart") ?? []).join(" ");
    assert.match(start, new RegExp(`^/usr/bin/writ serve --only ${role} .*--data ${DATA}$`));
    const folders = PARTS.filter(({ name }) => !["data", "log.vkey"].includes(name));
    const hidden = (keys.get("InaccessiblePaths") ?? []).map((path) => path.replace(/^-/, ""));
    const written = keys.get("ReadWritePaths") ?? [];
    for (const { path, readers, owner } of folders) {
      const at = path(deploymentAt(DATA));
      const isHidden = hidden.some((each) => at === each || at.startsWith(`${each}/`));
      if (readers.includes(role)) assert.ok(!isHidden, `${role} ${at}`);
      if (written.includes(at)) assert.equal(owner, role, at);
      if (role === "gateway") assert.equal(isHidden, !readers.includes(role), at);
    }
  });
}

test("the Bucket has no network", () => {
  const keys = unit("bucket");
  assert.deepEqual(keys.get("PrivateNetwork"), ["yes"]);
  assert.deepEqual(keys.get("RestrictAddressFamilies"), ["AF_UNIX"]);
});

test("systemd finds nothing amiss in the units", {
  skip: spawnSync("systemd-analyze", ["--version"]).status === 0 ? false : "no systemd-analyze",
}, () => {
  const folder = temporaryFolder();
  const files = ROLES.map((role) => join(folder, `writ-${role}.service`));
  for (const [i, role] of ROLES.entries()) {
    // What they start is not installed here.
    const there = text("systemd", `writ-${role}.service`)
      .replace("/usr/bin/writ", process.execPath)
      .replace(/^Documentation=.*\n/m, "");
    writeFileSync(files[i] ?? "", there);
  }
  const run = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], { encoding: "utf8" });
  const said = run.stderr.split("\n").filter((line) => line.includes(folder));
  assert.deepEqual(said, []);
});

test("the image has the same three users, and starts each process as its own", () => {
  const dockerfile = text("Dockerfile");
  const [, names = ""] = /for name in ([a-z ]+); do/.exec(dockerfile) ?? [];
  assert.deepEqual(names.split(" "), [...ROLES]);
  const users = ROLES.map((role) => `${role}=writ-${role}`).join(",");
  assert.ok(dockerfile.includes(`"--users", "${users}"`));
  const known = text("systemd", "writ-sysusers.conf").match(/^u writ-\w+/gm);
  assert.deepEqual(
    known,
    ROLES.map((role) => `u writ-${role}`),
  );
});

/** Runs `docker`; gives what it printed, and fails where it did. */
function docker(...args: readonly string[]): string {
  const run = spawnSync("docker", args, { cwd: root, encoding: "utf8" });
  assert.equal(run.status, 0, `docker ${args.join(" ")}: ${run.stderr}`);
  return run.stdout.trim();
}

test("the image builds, and serves by three users with the rights that it says it needs", {
  skip: process.env.WRIT_DOCKER === "1" ? false : "WRIT_DOCKER=1 builds it; needs Docker",
  timeout: 900_000,
}, async (t) => {
  const network = ["--network", "host"];
  const image = docker("build", "-q", ...network, "-f", "deploy/Dockerfile", ".");
  assert.match(docker("run", "--rm", image, "--help"), /^usage: writ VERB/m);
  const said = text("Dockerfile").match(/--cap-add \w+|--security-opt [\w-]+|--read-only/g) ?? [];
  const rights = ["--cap-drop", "ALL", ...said.flatMap((words) => words.split(" "))];
  const users = ROLES.map((role) => `${role}=writ-${role}`).join(",");
  const policy = `${join(root, "policies", "airline")}:/etc/writ/policy:ro`;
  const serve = ["serve", "--policy", "/etc/writ/policy", "--data", DATA, "--users", users];
  const free = ["--listen", "127.0.0.1:0", "--audit-listen", "127.0.0.1:0"];
  const own = ["-v", policy, "--tmpfs", `${DATA}:mode=755`];
  const id = docker("run", "-d", ...network, ...rights, ...own, image, ...serve, ...free);
  t.after(() => docker("rm", "-f", id));
  while (!docker("logs", id).includes("serving until Ctrl-C")) {
    assert.equal(docker("inspect", "-f", "{{.State.Running}}", id), "true");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const looked = spawnSync("docker", ["exec", id, "writ", "doctor", DATA], { encoding: "utf8" });
  for (const role of ROLES) {
    assert.match(looked.stdout, new RegExp(`^ok +reach-${role} .*tried as that user`, "m"));
  }
  docker("stop", "-t", "20", id);
  assert.equal(docker("inspect", "-f", "{{.State.ExitCode}}", id), "0");
});
