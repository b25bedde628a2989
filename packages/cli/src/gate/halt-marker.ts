import { readFileSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * A file whose being there keeps a gateway halted, over restarts too. What stands in it is for
 * people: when it was made.
 */
export function markerPath(gatewayFolder: string): string {
  return join(gatewayFolder, "halted");
}

/** When the gateway was halted, as the marker says; null where there is none. */
export function haltedSince(path: string): string | null {
  try {
    const since = readFileSync(path, "utf8").trim();
    // Whatever it holds, it is there.
    return /^[\w:.-]{1,40}$/.test(since) ? since : "an unknown time";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** On disk when it resolves; one that is there stays as it is. */
export async function markHalted(path: string, now: string): Promise<void> {
  if (haltedSince(path) !== null) return;
  const folder = dirname(path);
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  // Never through a link: the folder is the gateway's, and whoever halts may be root.
  const file = await open(fresh, "wx", 0o600);
  try {
    await file.writeFile(`${now}\n`);
    const { uid, gid } = await stat(folder);
    // The gateway must be able to read what root wrote; of its own it may not change the owner.
    if (uid !== process.getuid?.()) await file.chown(uid, gid);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  await syncFolder(folder);
}

/** Gone from disk when it resolves. */
export async function unmarkHalted(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** By a handle: Node's permission model, which the gateway runs under, knows no other way. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
