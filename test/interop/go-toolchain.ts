import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const X_MOD = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog/tlog.go";
const SOURCE: string = import.meta.dirname;

/** Nothing is downloaded: the one module needed is a Debian package, named in go.mod by its path. */
const OFFLINE = { GOPROXY: "off", GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "" };

const go: string | undefined = ["go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go"].find(
  (command) => spawnSync(command, ["version"]).status === 0,
);

/** Why the Go program cannot be built here, and what to do about it; undefined if it can. */
export function missingGo(): string | undefined {
  if (go === undefined) return "no go command: install Go ≥ 1.18 (apt-get install golang-go)";
  if (!existsSync(X_MOD)) return "no x/mod: apt-get install golang-golang-x-mod-dev";
  return undefined;
}

/** Builds the checker into `folder` and gives the path of the binary. */
export function buildChecker(folder: string): string {
  return build(folder, ".");
}

/** The same of the program that plays a log before a witness. */
export function buildWitnessClient(folder: string): string {
  return build(folder, "./witness");
}

function build(folder: string, program: string): string {
  const binary = join(folder, "interop");
  execFileSync(go ?? "go", ["build", "-o", binary, program], {
    cwd: SOURCE,
    env: { ...process.env, ...OFFLINE },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return binary;
}

/** What the checker says of an exported log, and of a folder of proofs if one is given. */
export interface Judgement {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the checker. */
export function runChecker(binary: string, log: string, proofs?: string): Judgement {
  const args = proofs === undefined ? [log] : [log, proofs];
  return spawnSync(binary, args, { encoding: "utf8" });
}
