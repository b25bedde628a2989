import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Deployment, deploymentAt } from "../../packages/cli/src/deployment.ts";
import { prepareDeployment } from "../../packages/cli/src/first-use.ts";
import { openDeployed } from "../../packages/cli/src/processes/bucket.ts";
import { program, temporaryFolder, writ } from "../serving.ts";
import { BucketProcess, Customer } from "./bucket-run.ts";
import { loggedIds } from "./ledger.ts";

const PAUSE_MS = 150;

/** Lets a Bucket process append so many events under this epoch, and end well. */
async function append(at: Deployment, epoch: number, counts: readonly number[]): Promise<void> {
  const words = ["serve", "--only", "bucket", "--data", at.data, "--guard", at.guard];
  const bucket = new BucketProcess(process.execPath, [program, ...words]);
  assert.ok(await bucket.ready, bucket.reason);
  const customer = new Customer(at, epoch);
  await customer.append(counts, PAUSE_MS);
  bucket.stop();
  assert.equal(await bucket.ended, 0, bucket.reason);
  const total = counts.reduce((sum, count) => sum + count, 0);
  assert.equal(customer.acknowledged.size, total);
}

/** All files below a folder, with their digests; locks left out. */
function contentsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/lock"))
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return `${path} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
    })
    .sort();
}

/** Opening is refused with this code, in one line that says more than that, and changes no file. */
function refuses(at: Deployment, code: string, says: RegExp, adopt?: Uint8Array): void {
  const before = [...contentsOf(at.data), ...contentsOf(at.guard)];
  assert.throws(
    () => openDeployed(at, adopt),
    (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, new RegExp(`^[^A-Z\\n][^\\n]+ \\(${code}\\)$`));
      assert.match(error.message, says);
      return true;
    },
  );
  assert.deepEqual([...contentsOf(at.data), ...contentsOf(at.guard)], before);
}

function replace(folder: string, by: string): void {
  rmSync(folder, { recursive: true });
  cpSync(by, folder, { recursive: true });
}

test("a guard kept elsewhere refuses backups, forks, copies and strangers, each by its name", async () => {
  const folder = temporaryFolder();
  const at = deploymentAt(join(folder, "data"), join(folder, "elsewhere", "guard"));
  prepareDeployment(at);
  await append(at, 1, [3]);
  const backup = join(folder, "backup");
  cpSync(at.bucket, backup, { recursive: true });

  // A copy of all, guard too, while the original was out of reach, that goes its own way.
  const copy = deploymentAt(join(folder, "copy"));
  cpSync(at.data, copy.data, { recursive: true });
  cpSync(at.guard, copy.guard, { recursive: true });
  renameSync(at.data, join(folder, "away"));
  await append(copy, 2, [4, 2]);
  renameSync(join(folder, "away"), at.data);
  await append(at, 3, [4]);
  const kept = readFileSync(join(at.bucket, "tiles", "checkpoint"));
  const latest = join(folder, "latest");
  cpSync(at.bucket, latest, { recursive: true });

  replace(at.bucket, backup);
  refuses(at, "LOG_BEHIND_HEAD", /restored from an older copy/);
  replace(at.bucket, copy.bucket);
  refuses(at, "LOG_FORKED", /went its own way/);
  replace(at.bucket, latest);
  const sharing = deploymentAt(copy.data, at.guard);
  refuses(sharing, "BUCKET_COPIED", /which is still there/);

  const stranger = deploymentAt(join(folder, "stranger"), at.guard);
  prepareDeployment(stranger);
  renameSync(at.data, join(folder, "away"));
  refuses(stranger, "GUARD_INVALID", /another log's guard/);
  renameSync(join(folder, "away"), at.data);

  await lostGuard(at, { kept, backup, latest });
});

/** Without its guard a Bucket is refused; what was kept outside decides whether it may go on. */
async function lostGuard(
  at: Deployment,
  from: { readonly kept: Uint8Array; readonly backup: string; readonly latest: string },
): Promise<void> {
  rmSync(join(at.guard, "head"));
  refuses(at, "GUARD_MISSING", /--guard.*writ bucket adopt/);
  replace(at.bucket, from.backup);
  refuses(at, "GUARD_MISSING", /writ bucket adopt/);
  refuses(at, "LOG_BEHIND_HEAD", /Put the newest copy back/, from.kept);
  replace(at.bucket, from.latest);
  refuses(at, "CHECKPOINT_INVALID", /kept outside/, Buffer.from("a checkpoint\n"));
  const file = join(at.data, "kept.checkpoint");
  writeFileSync(file, from.kept);
  const place = ["--data", at.data, "--guard", at.guard];
  const { code, stdout } = await writ(["bucket", "adopt", ...place, "--checkpoint", file]);
  assert.equal(code, 0);
  assert.match(stdout, /^adopted: .* 7 events/);
  await append(at, 4, [1]);
  assert.equal(loggedIds(at).length, 8);
}

test("a second writer is refused with exit code 2, on the same folder and on the same guard", async () => {
  const folder = temporaryFolder();
  const at = deploymentAt(join(folder, "data"), join(folder, "guard"));
  prepareDeployment(at);
  const words = ["serve", "--only", "bucket", "--data", at.data, "--guard", at.guard];
  const first = new BucketProcess(process.execPath, [program, ...words]);
  assert.ok(await first.ready, first.reason);
  const { code, stderr } = await writ(words);
  assert.equal(code, 2);
  assert.match(stderr, /^writ: another process [^\n]+ \(BUCKET_LOCKED\)\n$/);
  const copy = deploymentAt(join(folder, "copy"), at.guard);
  cpSync(at.data, copy.data, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  refuses(copy, "BUCKET_LOCKED", /same guard/);
  first.stop();
  assert.equal(await first.ended, 0);
});

test("a guard is a folder outside of the Bucket, and the log key the one that the constitution names", () => {
  const folder = temporaryFolder();
  const at = deploymentAt(join(folder, "data"));
  prepareDeployment(at);
  const within = deploymentAt(at.data, join(at.bucket, "guard"));
  assert.throws(() => openDeployed(within), /give a folder outside of the Bucket's/);
  const file = join(folder, "file");
  writeFileSync(file, "");
  assert.throws(() => openDeployed(deploymentAt(at.data, file)), /give a folder, not a file/);
  const other = deploymentAt(join(folder, "other"));
  prepareDeployment(other);
  mkdirSync(at.guard, { recursive: true });
  writeFileSync(at.logKey, readFileSync(other.logKey));
  assert.throws(() => openDeployed(at), { code: "LOG_KEY_REFUSED" });
});
