import { join, resolve } from "node:path";
import { type Files, replaceDurably } from "./files.ts";
import { OpenRefused } from "./open-refused.ts";

/**
 * Refuses a Bucket that was copied together with its guard while the original is still there: both
 * would sign the same log and go different ways, and neither would know. The guard therefore keeps
 * the path of the Bucket that it stands beside, in the file `place`.
 *
 * A Bucket that was moved is not there any more at its old path, so it needs no leave. A copy on
 * another machine is not seen: witnesses and kept checkpoints show that one.
 *
 * Writes nothing. Throws `OpenRefused` (BUCKET_COPIED).
 */
export function requireOriginal(files: Files, guard: string, bucket: string): void {
  const place = readPlace(files, guard);
  if (place === undefined || place === resolve(bucket)) return;
  const original = files.identity(place);
  if (original === undefined || original === files.identity(bucket)) return;
  if (files.list(join(place, "log")).length === 0) return;
  throw new OpenRefused(
    "BUCKET_COPIED",
    `the guard in ${guard} belongs to the Bucket in ${place}, which is still there, and ${bucket} is a copy of it: two Buckets with one key would contradict each other. Serve the original; to go on with the copy instead, move the original elsewhere and never serve it again`,
  );
}

/** Notes durably whose guard this is. Throws the system's error. */
export function storePlace(files: Files, guard: string, bucket: string): void {
  const place = resolve(bucket);
  if (readPlace(files, guard) === place) return;
  replaceDurably(files, placePath(guard), Buffer.from(`${place}\n`));
}

function readPlace(files: Files, guard: string): string | undefined {
  const bytes = files.read(placePath(guard));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString().replace(/\n$/, "");
}

function placePath(guard: string): string {
  return join(guard, "place");
}
