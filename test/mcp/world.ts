import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Event } from "@writ/contract/event";
import { deploymentAt } from "../../packages/cli/src/deployment.ts";
import { root } from "../root.ts";
import { recordsIn } from "../rules/world.ts";

/** npm's filesystem server, as it is installed. */
export const FILESYSTEM_SERVER: string = join(
  root,
  "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
);

/** Stands in every file that no agent may read, and nowhere else. */
export const SECRET = "the-secret-of-the-house";

/** The folder that the sample policy is written for. */
const SAMPLE_FOLDER = "/srv/agent";

/** An agent's folder, what lies around it, and what Writ needs to stand before it. */
export interface World {
  /** Holds all the rest. */
  readonly base: string;
  /** What the agent may read; `out` in it what it may write. */
  readonly folder: string;
  readonly outside: string;
  readonly policy: string;
  readonly data: string;
}

/**
 * Makes one that is gone after the test file. Its path is in lower case, as policies/filesystem asks:
 * mkdtemp would not do.
 */
export function makeWorld(): World {
  const base = join(realpathSync(tmpdir()), `writ-mcp-${randomBytes(6).toString("hex")}`);
  assert.match(base, /^(\/[a-z0-9_-]+)+$/, "set TMPDIR to a folder whose path is in lower case");
  after(() => rmSync(base, { recursive: true, force: true }));
  const world = {
    base,
    folder: join(base, "agent"),
    outside: join(base, "outside"),
    policy: join(base, "policy"),
    data: join(base, "data"),
  };
  fill(world);
  copyPolicy(world);
  return world;
}

function fill({ base, folder, outside }: World): void {
  for (const made of ["deep/er", "out/drafts", ".hidden"]) {
    mkdirSync(join(folder, made), { recursive: true });
  }
  mkdirSync(outside);
  mkdirSync(join(base, "agents"));
  const texts = {
    [join(folder, "notes.txt")]: "first line\nsecond line\nthird line\n",
    [join(folder, "deep/er/plan.txt")]: "a plan\n",
    [join(folder, "plan.png")]: "no picture, and taken for one\n",
    [join(folder, "Capital.txt")]: "not reached by its name\n",
    [join(folder, ".hidden/token")]: `${SECRET}\n`,
    [join(folder, "out/report.txt")]: "a report\n",
    [join(base, "agents/notes.txt")]: `${SECRET}\n`,
    [join(outside, "secret.txt")]: `${SECRET}\n`,
  };
  for (const [path, text] of Object.entries(texts)) writeFileSync(path, text);
  const links = {
    "link-secret": "../outside/secret.txt",
    "link-outside": "../outside",
    "out/link-secret": "../../outside/secret.txt",
    "out/link-outside": "../../outside",
    "out/link-missing": "../../outside/new.txt",
    "out/link-notes": "../notes.txt",
    "out/link-deep": "../deep",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
}

/** What a user does with sed. */
function copyPolicy({ folder, policy }: World): void {
  cpSync(join(root, "policies/filesystem"), policy, { recursive: true });
  for (const name of [
    "folder.yaml",
    ...readdirSync(join(policy, "tests")).map((t) => `tests/${t}`),
  ]) {
    const path = join(policy, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(SAMPLE_FOLDER, folder));
  }
}

/** The tools that write, each a category of the sample policy by the same name. */
const WRITING = ["write_file", "edit_file", "create_directory", "move_file"];
const READING = [
  "read_text_file",
  "read_media_file",
  "list_directory",
  "list_directory_with_sizes",
  "directory_tree",
  "search_files",
  "get_file_info",
  "list_allowed_directories",
];

/** Which server carries a category out: what reads goes to one, what writes to another. */
export const EXECUTE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(READING.map((category) => [category, "files"])),
  ...Object.fromEntries(WRITING.map((category) => [category, "out"])),
};

/** Writes a configuration and returns its path. YAML takes JSON as it is. */
export function writeConfig(world: World, mcp: unknown, execute: unknown = undefined): string {
  const path = join(world.base, "writ.yaml");
  const { policy, data } = world;
  const listen = { listen: "127.0.0.1:0", audit_listen: "127.0.0.1:0" };
  writeFileSync(path, JSON.stringify({ policy, data, ...listen, mcp, execute }));
  return path;
}

/** What stands in the ledger, in its order. */
export function eventsIn({ data }: Pick<World, "data">): readonly Event[] {
  return recordsIn(deploymentAt(data).bucket).map(({ event }) => event);
}
