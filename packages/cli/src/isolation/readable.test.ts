import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { mayChange, mayRead, person } from "./readable.ts";
import { tryReaching } from "./try-reaching.ts";

const SOMEBODY = { uid: 61_011, gid: 61_012 };
const SECOND_GROUP = 61_013;
const PASSWD = `somebody:x:${SOMEBODY.uid}:${SOMEBODY.gid}::/:/bin/false\n`;
const GROUPS = `others:x:1:other\nsecond:x:${SECOND_GROUP}:x,somebody\n`;

test("somebody's groups are those of both tables", () => {
  const found = person({ uid: SOMEBODY.uid, gid: 5 }, PASSWD, GROUPS);
  assert.deepEqual(found.gids, new Set([5, SOMEBODY.gid, SECOND_GROUP]));
  assert.deepEqual(person({ uid: 3, gid: 5 }, PASSWD, GROUPS).gids, new Set([5]));
});

/** Every class of three folders and a file: what the modes say must be what the system does. */
test("owners and modes are read as the system reads them", {
  skip: process.getuid?.() === 0 ? false : "needs root",
}, (t) => {
  const top = mkdtempSync(join(tmpdir(), "writ-"));
  t.after(() => rmSync(top, { recursive: true }));
  chmodSync(top, 0o711);
  const owners = [
    [SOMEBODY.uid, 0],
    [0, SOMEBODY.gid],
    [0, 0],
  ] as const;
  const paths: string[] = [];
  for (const [i, [uid, gid]] of owners.entries()) {
    for (const folderMode of [0o700, 0o070, 0o007, 0o711, 0o750, 0o077]) {
      for (const mode of [0o600, 0o060, 0o006, 0o640, 0o044, 0o604]) {
        const folder = join(top, `${i}-${folderMode}-${mode}`);
        mkdirSync(folder);
        const file = join(folder, "file");
        writeFileSync(file, "x");
        chownSync(file, uid, gid);
        chmodSync(file, mode);
        chownSync(folder, uid, gid);
        chmodSync(folder, folderMode);
        paths.push(folder, file);
      }
    }
  }
  const { read, changed } = tryReaching(SOMEBODY, paths) ?? { read: new Set(), changed: new Set() };
  const who = person(SOMEBODY, "", "");
  for (const path of paths) {
    assert.equal(mayRead(who, path), read.has(path), path);
    assert.equal(mayChange(who, path), changed.has(path), path);
  }
  for (const { size } of [read, changed]) assert.ok(size > 20 && size < paths.length - 20);
});
