import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isListening } from "@writ/bucket/append/is-listening";
import { OperatorError } from "../operator-error.ts";

const NUMBERED = /^control\.([1-9]\d{0,8})\.sock$/;
const FRESH = /^control\.new\.[0-9a-f]{16}\.sock$/;
/** A socket that was made and never became anybody's claim is taken away after this time. */
const STALE_MS = 60_000;
const TRIES = 32;
const LONGEST_PAUSE_MS = 20;

/** A folder that is this process's alone, and the socket by which it hears its operator. */
export interface Claim {
  /** Of the socket. Ends the claim with the process, however that ends. */
  release(): Promise<void>;
}

/**
 * Takes `folder` for this process: at most one claim is in force. What claims is a listening socket,
 * so the system ends it with the process, and nothing goes by process numbers or ages.
 *
 * Claims are numbered. A socket listens before it gets its number, by link(2), which one of several
 * wins: the one after the highest, if that was found dead. Whoever has won looks for others alive,
 * and gives way to them. So a dead claim is passed over, never removed from under one who may just
 * have taken its place.
 *
 * @param folder short: a socket's whole path may have about 100 bytes
 * @param onConnection hears whoever connects: nobody but this user can
 * @throws OperatorError if another process holds the folder
 */
export async function claimFolder(
  folder: string,
  onConnection: (socket: Socket) => void,
): Promise<Claim> {
  const fresh = join(folder, `control.new.${randomBytes(8).toString("hex")}.sock`);
  const server = createServer((socket) => {
    // Whoever only looks whether this is alive hangs up at once.
    socket.on("error", () => socket.destroy());
    onConnection(socket);
  });
  try {
    await listening(server, fresh);
    chmodSync(fresh, 0o600);
    // This process may be somewhere else by then.
    const path = resolve(await takeNumber(folder, fresh));
    return {
      async release() {
        rmSync(path, { force: true });
        await closed(server);
      },
    };
  } catch (error) {
    await closed(server);
    throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** The socket of the claim in force; null if there is none. */
export async function claimedSocket(folder: string): Promise<string | null> {
  const highest = numbersIn(folder)[0];
  if (highest === undefined) return null;
  const path = pathOf(folder, highest);
  return (await isListening(path)) ? path : null;
}

async function takeNumber(folder: string, fresh: string): Promise<string> {
  for (let round = 0; round < TRIES; round += 1) {
    const highest = numbersIn(folder)[0] ?? 0;
    if (highest > 0 && (await isListening(pathOf(folder, highest)))) throw held(folder);
    // The one after that which was found dead, whatever has come since.
    const path = pathOf(folder, highest + 1);
    if (!isLinked(fresh, path)) continue;
    if (!(await isAnotherAlive(folder, highest + 1))) {
      clear(folder, highest + 1);
      return path;
    }
    rmSync(path, { force: true });
    await sleep(Math.random() * LONGEST_PAUSE_MS);
  }
  throw held(folder);
}

/** Whoever of two was linked later sees the other here, so never do both go on. */
async function isAnotherAlive(folder: string, own: number): Promise<boolean> {
  const others = numbersIn(folder).filter((number) => number !== own);
  const alive = await Promise.all(others.map((number) => isListening(pathOf(folder, number))));
  return alive.includes(true);
}

function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Takes away what dead processes left. */
function clear(folder: string, number: number): void {
  for (const below of numbersIn(folder)) {
    if (below < number) rmSync(pathOf(folder, below), { force: true });
  }
  for (const name of readdirSync(folder).filter((each) => FRESH.test(each))) {
    const path = join(folder, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - made > STALE_MS) rmSync(path, { force: true });
  }
}

/** Highest first. */
function numbersIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .flatMap((name) => NUMBERED.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => other - one);
}

function pathOf(folder: string, number: number): string {
  return join(folder, `control.${number}.sock`);
}

function held(folder: string): OperatorError {
  return new OperatorError(
    `another gateway holds ${resolve(folder)}: it has this gateway's key and numbers; stop that one first`,
  );
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
