import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { emptyRoot } from "@writ/tlog/hash";
import { parseSignerKey, type Signer } from "@writ/tlog/note-key";
import { formatConstitution } from "../constitution.ts";
import { signConstitution } from "../constitution-chain.ts";
import { generateSignerKey, openWriterKey, signerKeyLine } from "../writer-key.ts";
import type { Layout } from "./layout.ts";

/** What a writer may write unless somebody says otherwise: far beyond a trial, and a bound. */
export const FIRST_QUOTA = { events: 100_000_000, bytes: 1_000_000_000_000 } as const;
export const FIRST_IN_FLIGHT = 4_096;

/** A constitution that first use has signed. */
export interface FirstUse {
  readonly origin: string;
  /** The one writer's name. */
  readonly writer: string;
}

/**
 * Makes what a Bucket needs before it can open: keys, epoch counter, and the constitution last, so
 * what was interrupted goes on where it stopped. What is there is never touched; `undefined` if a
 * constitution is.
 */
export function makeBucket(layout: Layout): FirstUse | undefined {
  mkdirSync(dirname(layout.socket), { recursive: true, mode: 0o700 });
  const first = join(layout.bucket, "constitution", "0.note");
  if (existsSync(first)) return undefined;
  const log = signerAt(layout.logKey, `localhost/writ-${randomBytes(4).toString("hex")}`);
  const governance = signerAt(layout.governanceKey, "governance");
  make(layout.writerKey, () => generateSignerKey("gateway"));
  make(layout.epoch, () => "0\n");
  for (const path of [layout.writerVkey, layout.vkey]) make(path, () => `${log.verifierKey}\n`);
  const writer = openWriterKey(readFileSync(layout.writerKey, "utf8"));
  const text = formatConstitution({
    origin: log.name,
    log_key: log.verifierKey,
    event_schema: 1,
    writers: [{ name: writer.name, key: writer.verifierKey, quota: FIRST_QUOTA }],
    quotas: { ...FIRST_QUOTA, in_flight: FIRST_IN_FLIGHT },
    governance: { keys: [governance.verifierKey], threshold: 1 },
    witnesses: [],
    predecessor: null,
    from: { size: 0, root: Buffer.from(emptyRoot()).toString("hex") },
  });
  make(first, () => signConstitution(text, [governance]));
  return { origin: log.name, writer: writer.name };
}

function signerAt(path: string, name: string): Signer {
  make(path, () => generateSignerKey(name));
  return parseSignerKey(signerKeyLine(readFileSync(path, "utf8")));
}

/** For its owner alone; whole and synced, or not at all, since what is there is never made again. */
function make(path: string, content: () => string | Uint8Array): void {
  if (existsSync(path)) return;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(4).toString("hex")}.new`;
  try {
    writeFileSync(fresh, content(), { mode: 0o600, flag: "wx", flush: true });
    linkSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
  for (const each of [folder, dirname(folder)]) syncFolder(each);
}

/** A name is on disk once its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
