import assert from "node:assert/strict";
import fs, {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { verifyConstitutionChain } from "@writ/bucket/constitution/chain";
import { diskFolder } from "@writ/bucket/read/folder";
import { readConstitutions } from "@writ/bucket/read/log-key";
import { openWriterKey, signerKeyLine } from "@writ/bucket/writer-key";
import { parseSignerKey } from "@writ/tlog/note-key";
import { type Deployment, deploymentAt } from "./deployment.ts";
import { prepareDeployment } from "./first-use.ts";
import { OperatorError } from "./operator-error.ts";
import { temporaryFolder } from "./spawn-writ.test-support.ts";

const fresh = (): Deployment => deploymentAt(join(temporaryFolder(), "data"));

/** Every file of a deployment with its bytes. */
function contents(deployment: Deployment): Map<string, string> {
  const entries = readdirSync(deployment.data, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, readFileSync(path, "latin1")];
    }),
  );
}

/** That all parts fit each other: what each process reads is of the same log and the same writer. */
function assertWhole(deployment: Deployment): void {
  const read = (path: string): string => readFileSync(path, "utf8");
  const [enacted] = verifyConstitutionChain(readConstitutions(diskFolder(deployment.bucket)));
  const { constitution } = enacted;
  const log = parseSignerKey(signerKeyLine(read(deployment.logKey)));
  const writer = openWriterKey(read(deployment.writerKey));
  assert.equal(constitution.log_key, log.verifierKey);
  assert.equal(constitution.origin, log.name);
  assert.equal(read(deployment.vkey), `${log.verifierKey}\n`);
  assert.equal(read(deployment.gatewayVkey), `${log.verifierKey}\n`);
  assert.deepEqual(
    constitution.writers.map(({ name, key }) => [name, key]),
    [[writer.name, writer.verifierKey]],
  );
  assert.equal(read(deployment.epoch), "0\n");
  assert.match(read(deployment.auditorKey), /^[\w-]{43}\n$/);
  assert.ok(existsSync(deployment.auditorKeys));
  const left = [...contents(deployment).keys()].filter((path) => path.endsWith(".new"));
  assert.deepEqual(left, []);
}

/** The files in the order in which a first use makes them. */
function makingOrder(t: TestContext, deployment: Deployment): string[] {
  const order: string[] = [];
  const link = fs.linkSync;
  t.mock.method(fs, "linkSync", (from: string, to: string) => {
    order.push(to);
    link(from, to);
  });
  syncBuiltinESMExports();
  prepareDeployment(deployment);
  t.mock.restoreAll();
  syncBuiltinESMExports();
  return order;
}

test("a first use makes all that the three processes need, and says so", () => {
  const deployment = fresh();
  const said = prepareDeployment(deployment);
  assert.equal(said.length, 2);
  for (const line of said) assert.match(line, /^first use: /);
  assertWhole(deployment);
});

test("a second use makes nothing and says nothing", () => {
  const deployment = fresh();
  prepareDeployment(deployment);
  const before = contents(deployment);
  assert.deepEqual(prepareDeployment(deployment), []);
  assert.deepEqual(contents(deployment), before);
});

test("only the owner may look into it, whatever the umask", () => {
  for (const mask of [0, 0o022, 0o077]) {
    const previous = process.umask(mask);
    const deployment = fresh();
    try {
      prepareDeployment(deployment);
    } finally {
      process.umask(previous);
    }
    const below = readdirSync(deployment.data, { recursive: true, encoding: "utf8" });
    for (const path of ["", ...below]) {
      const stat = lstatSync(join(deployment.data, path));
      assert.equal(stat.mode & 0o777, stat.isDirectory() ? 0o700 : 0o600, path);
    }
  }
});

test("interrupted after any of its files, it goes on where it stopped, with the keys that are there", (t) => {
  const order = makingOrder(t, fresh());
  assert.equal(order.length, 9);
  assert.match(order.at(-1) ?? "", /constitution\/0\.note$/);
  for (let made = 0; made <= order.length; made += 1) {
    const deployment = fresh();
    const files = makingOrder(t, deployment);
    const kept = files.slice(0, made);
    for (const path of files.slice(made)) rmSync(path);
    const before = kept.map((path) => readFileSync(path, "latin1"));
    const said = prepareDeployment(deployment);
    assert.equal(said.length, made === files.length ? 0 : 2);
    assert.deepEqual(
      kept.map((path) => readFileSync(path, "latin1")),
      before,
    );
    assertWhole(deployment);
  }
});

test("an error while a file is made leaves none that is half made, and the next use goes on", (t) => {
  for (const failing of ["writeFileSync", "linkSync", "fsyncSync"] as const) {
    for (const nth of [1, 5, 8]) {
      const deployment = fresh();
      const real = fs[failing] as (...args: unknown[]) => unknown;
      let calls = 0;
      t.mock.method(fs, failing, (path: unknown, ...rest: unknown[]) => {
        calls += 1;
        if (calls !== nth) return real(path, ...rest);
        // A disk that is full takes a part.
        if (failing === "writeFileSync") real(path, "half");
        throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      });
      syncBuiltinESMExports();
      assert.throws(() => prepareDeployment(deployment), OperatorError);
      t.mock.restoreAll();
      syncBuiltinESMExports();
      prepareDeployment(deployment);
      assertWhole(deployment);
    }
  }
});

test("each deployment is a log of its own", () => {
  const [one, other] = [fresh(), fresh()];
  for (const deployment of [one, other]) prepareDeployment(deployment);
  for (const part of ["logKey", "governanceKey", "writerKey", "auditorKey", "vkey"] as const) {
    assert.notEqual(readFileSync(one[part], "utf8"), readFileSync(other[part], "utf8"));
  }
});

test("a key that is there but is none is told and not replaced", () => {
  for (const part of ["logKey", "governanceKey", "writerKey"] as const) {
    const deployment = fresh();
    mkdirSync(dirname(deployment[part]), { recursive: true });
    writeFileSync(deployment[part], "spoiled\n");
    assert.throws(() => prepareDeployment(deployment), OperatorError);
    assert.equal(readFileSync(deployment[part], "utf8"), "spoiled\n");
    assert.equal(existsSync(join(deployment.bucket, "constitution", "0.note")), false);
  }
});

test("once there is a constitution nothing that is lost is made anew", () => {
  const deployment = fresh();
  prepareDeployment(deployment);
  for (const part of ["logKey", "writerKey", "epoch", "auditorKey"] as const) {
    rmSync(deployment[part]);
    assert.deepEqual(prepareDeployment(deployment), []);
    assert.equal(existsSync(deployment[part]), false, part);
  }
});

test("a data folder that cannot be one is the operator's matter", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  assert.throws(
    () => prepareDeployment(deploymentAt(join(file, "data"))),
    (error) => error instanceof OperatorError && error.message.includes("data folder"),
  );
});
