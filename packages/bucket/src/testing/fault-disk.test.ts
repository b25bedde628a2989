import assert from "node:assert/strict";
import { test } from "node:test";
import type { Contents } from "./disk-file.ts";
import { FaultDisk } from "./fault-disk.ts";
import { powerLosses } from "./power-losses.ts";

const PATH = "/file";

/** A disk with one synced file of 4 sectors of `a`. */
function disk(): { readonly disk: FaultDisk; readonly handle: number } {
  const made = new FaultDisk();
  const handle = made.create(PATH);
  made.write(handle, Buffer.alloc(2048, "a"), 0);
  made.sync(handle);
  made.syncDirectory("/");
  return { disk: made, handle };
}

function textOf(contents: ReadonlyMap<string, Uint8Array>, path = PATH): string | undefined {
  const bytes = contents.get(path);
  return bytes && Buffer.from(bytes).toString().replaceAll("\0", ".");
}

/** The first letter of each sector. */
function sectorsAfter(one: FaultDisk, contents: Contents): string | undefined {
  return textOf(one.afterPowerLoss(contents, "kept").contents())
    ?.match(/.{1,512}/gs)
    ?.map((sector) => sector[0])
    .join("");
}

test("a failed sync loses what it was for, reads back all the same, and the next one succeeds", () => {
  const { disk: one, handle } = disk();
  one.write(handle, Buffer.alloc(512, "b"), 2048);
  one.failAt(one.calls.length, "EIO");
  assert.throws(() => one.sync(handle), { code: "EIO" });
  assert.equal(textOf(one.contents())?.length, 2560);
  one.sync(handle);
  assert.equal(textOf(one.stableContents()), "a".repeat(2048));
  one.write(handle, Buffer.alloc(512, "b"), 2048);
  one.sync(handle);
  assert.equal(textOf(one.stableContents())?.length, 2560);
});

test("a sync that fails halfway leaves every other sector", () => {
  const { disk: one, handle } = disk();
  one.write(handle, Buffer.alloc(2048, "b"), 0);
  one.failAt(one.calls.length, "EIO_HALF");
  assert.throws(() => one.sync(handle), { code: "EIO" });
  assert.equal(sectorsAfter(one, { kind: "kept" }), "abab");
});

test("a short write takes nothing, half, or all but the last byte", () => {
  for (const [fault, taken] of [
    ["SHORT_NONE", 0],
    ["SHORT", 50],
    ["SHORT_LAST", 99],
  ] as const) {
    const { disk: one, handle } = disk();
    one.failAt(one.calls.length, fault);
    assert.equal(one.write(handle, Buffer.alloc(100, "b"), 2048), taken);
    assert.equal(textOf(one.contents())?.length, 2048 + taken);
  }
});

test("what was written and not synced is torn at any sector of the file", () => {
  const { disk: one, handle } = disk();
  one.write(handle, Buffer.alloc(1300, "b"), 2048 - 10);
  assert.deepEqual(one.pending(), { files: [{ path: PATH, sectors: 4 }], names: [] });
  const lengths = [0, 1, 2, 3, 4].map(
    (sectors) => textOf(one.afterPowerLoss({ kind: "torn", sectors }, "kept").contents())?.length,
  );
  assert.deepEqual(lengths, [2048, 2048, 2560, 3072, 3338]);
});

test("names made, renamed and removed are lost by themselves unless their directory is synced", () => {
  const { disk: one } = disk();
  const handle = one.create("/new");
  one.write(handle, Buffer.from("new"), 0);
  one.sync(handle);
  one.rename("/new", PATH);
  assert.deepEqual(one.pending().names, [PATH]);
  const [old, fresh] = (["dropped", "kept"] as const).map((names) =>
    textOf(one.afterPowerLoss({ kind: "kept" }, names).contents()),
  );
  assert.deepEqual([old?.length, fresh], [2048, "new"]);
  one.syncDirectory("/");
  assert.deepEqual(one.pending(), { files: [], names: [] });
  one.remove(PATH);
  assert.equal(textOf(one.afterPowerLoss({ kind: "kept" }, "dropped").contents()), "new");
  assert.equal(textOf(one.afterPowerLoss({ kind: "kept" }, "kept").contents()), undefined);
});

test("few unsynced things are lost in every combination, many one by one", () => {
  const one = new FaultDisk();
  for (const name of ["/a", "/b"]) one.write(one.create(name), Buffer.from(name), 0);
  const states = powerLosses(one.pending()).map((loss) => {
    const contents = one.afterLoss(loss).contents();
    return ["/a", "/b"].map((path) => textOf(contents, path) ?? "none").join();
  });
  const each = ["none", "", "/a"].flatMap((a) => ["none", "", "/b"].map((b) => `${a},${b}`));
  assert.deepEqual([...new Set(states)].sort(), each.sort());
  for (const name of ["/c", "/d"]) one.write(one.create(name), Buffer.alloc(1024, name), 0);
  const many = powerLosses(one.pending());
  assert.equal(many.length, 4 + 2 * 8 + 2 * 3);
  assert.equal(new Set(many.map(({ name }) => name)).size, many.length);
});

test("a process that was killed reaches the disk no more", () => {
  const { disk: one, handle } = disk();
  one.failAt(one.calls.length, "KILL_BEFORE");
  assert.throws(() => one.write(handle, Buffer.from("b"), 0), { name: "Killed" });
  assert.throws(() => one.sync(handle), { name: "Killed" });
  assert.equal(textOf(one.contents()), "a".repeat(2048));
});
