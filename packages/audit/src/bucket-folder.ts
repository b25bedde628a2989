import { statSync } from "node:fs";
import { join } from "node:path";
import { diskFolder, type Folder } from "@writ/bucket/read/folder";
import { CONSTITUTION_FOLDER } from "@writ/bucket/read/log-key";

/** There is no Bucket at the path given. */
export class NotABucket extends Error {
  readonly code = "NOT_A_BUCKET";

  constructor(directory: string) {
    super(`${directory} holds no Bucket: give the data folder, or the folder \`bucket\` in it`);
    this.name = "NotABucket";
  }
}

/** Path of the Bucket folder at `directory`: itself, or its `bucket` if it is a DATA folder. Throws NotABucket. */
export function bucketPath(directory: string): string {
  const candidates = [directory, join(directory, "bucket")];
  const found = candidates.find((path) => isFolder(join(path, CONSTITUTION_FOLDER)));
  if (found === undefined) throw new NotABucket(directory);
  return found;
}

/** The Bucket folder at `directory`, to read. Throws NotABucket. */
export function openBucketFolder(directory: string): Folder {
  return diskFolder(bucketPath(directory));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
