import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { chmodSync, chownSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { freshFolder } from "../world.ts";
import type { Behaviour } from "./behaviours.ts";
import type { FileRequest, Operation } from "./other-user-child.ts";
import type { Scene } from "./scene.ts";
import type { Door } from "./table.ts";

/** The gateway's user: any but the one that the Bucket runs as. */
const GATEWAY_USER = 54_321;

/** What one would do to files for it. */
const FILE_WAYS: Readonly<Record<Behaviour, readonly Operation[]>> = {
  update: ["open for change"],
  delete: ["unlink", "rename away"],
  correct: ["open for change", "copy over"],
  overwrite: ["open anew", "copy over", "rename over"],
  "schema change": ["rename over", "link over"],
  "relaxed validation": ["change mode", "change owner"],
  replay: ["open for more", "copy from"],
  reconciliation: ["read", "open for reading", "link from"],
  "multi-stage update": ["rename over", "symlink beside"],
  "partial write": ["truncate", "open for more"],
  "follow-up write": ["open for more", "change times"],
  backfill: ["copy over", "link over"],
};
const FOLDER_WAYS: Readonly<Record<Behaviour, readonly Operation[]>> = {
  update: ["rename away"],
  delete: ["remove folder", "rename away"],
  correct: ["change owner"],
  overwrite: ["rename away"],
  "schema change": ["make a file in"],
  "relaxed validation": ["change mode", "change owner"],
  replay: ["list"],
  reconciliation: ["list"],
  "multi-stage update": ["make a folder in"],
  "partial write": ["make a file in"],
  "follow-up write": ["change times"],
  backfill: ["make a file in", "make a link in"],
};

/** Where no other user is kept out, there is nothing to show. */
export const whyNoOtherUser: string | undefined =
  process.getuid?.() === 0
    ? undefined
    : "not root: what another user can do to the Bucket's files was not tried";

/** A process of the gateway's user. */
export class OtherUser {
  readonly #child: ChildProcess;
  readonly #own: string;
  readonly #waiting = new Map<number, (said: readonly string[]) => void>();
  #last = 0;

  constructor() {
    const script = join(import.meta.dirname, "other-user-child.ts");
    this.#child = fork(script, [`${GATEWAY_USER}`], { stdio: "inherit" });
    this.#child.on("message", ({ id, said }: { id: number; said: readonly string[] }) => {
      this.#waiting.get(id)?.(said);
      this.#waiting.delete(id);
    });
    process.once("exit", () => this.#child.kill("SIGKILL"));
    const folder = freshFolder();
    this.#own = join(folder, "own");
    writeFileSync(this.#own, "forged");
    for (const path of [folder, this.#own]) chownSync(path, GATEWAY_USER, GATEWAY_USER);
  }

  /** How each ended, in order: `done`, or the system's code. */
  try(...tries: FileRequest["tries"]): Promise<readonly string[]> {
    this.#last += 1;
    const request: FileRequest = { id: this.#last, own: this.#own, tries };
    return new Promise((resolve) => {
      this.#waiting.set(request.id, resolve);
      this.#child.send(request);
    });
  }

  close(): void {
    this.#child.disconnect();
  }
}

/**
 * Every folder of a deployment that is not the gateway's, with the files in it. The way to them is
 * open, as far as the socket needs it: what keeps the gateway out is what the Bucket itself made.
 */
export async function fileDoors(scene: Scene, user: OtherUser): Promise<Door[]> {
  const { data, run, gateway, bucket, guard } = scene.deployment;
  for (const path of [data, run]) chmodSync(path, 0o711);
  chownSync(scene.bucketSocket, 0, GATEWAY_USER);
  chmodSync(scene.bucketSocket, 0o660);
  assert.deepEqual(await user.try(["connect", scene.bucketSocket]), ["done"]);
  const folders = [data, ...foldersBelow(data)].filter((path) => path !== gateway);
  for (const path of [bucket, guard, join(bucket, "log"), join(data, "keys")]) {
    assert.ok(folders.includes(path), path);
  }
  return [...folders.map((folder) => folderDoor(user, data, folder)), ...processDoors(user)];
}

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

function folderDoor(user: OtherUser, data: string, folder: string): Door {
  return {
    name: `files, as the gateway's user: ${relative(data, folder) || "the data folder"}/`,
    async attempt(behaviour) {
      const below = readdirSync(folder).map((name) => join(folder, name));
      const files = below.filter((path) => !statSync(path).isDirectory());
      const tries = [
        ...FOLDER_WAYS[behaviour].map((operation) => [operation, folder] as const),
        ...files.flatMap((path) =>
          FILE_WAYS[behaviour].map((operation) => [operation, path] as const),
        ),
      ];
      return forbidden(user, tries);
    },
  };
}

/** The process that holds the log open: what a user may do to another's process. */
function processDoors(user: OtherUser): Door[] {
  const own = `/proc/${process.pid}`;
  if (process.platform !== "linux") return [];
  return [
    {
      name: "process of the Bucket, as the gateway's user",
      attempt: () =>
        forbidden(user, [
          ["signal", `${process.pid}`],
          ["open for reading", `${own}/mem`],
          ["open for change", `${own}/mem`],
          ["read", `${own}/environ`],
          ["list", `${own}/fd`],
          ["list", `${own}/cwd/`],
        ]),
    },
  ];
}

async function forbidden(user: OtherUser, tries: readonly (readonly [Operation, string])[]) {
  const said = await user.try(...tries);
  for (const [at, code] of said.entries()) {
    // A socket is no file to open, whoever asks.
    assert.match(code, /^(EACCES|EPERM|ENXIO)$/, `${tries[at]?.join(" ")}: ${code}`);
  }
  return { how: "refused", by: [...new Set(said)], probes: said.length, counted: null } as const;
}
