import { type Folder, readWhole } from "@writ/bucket/read/folder";

/** How often the running Bucket has turned something away since its start; news, and no record. */
export const DENIALS_FILE = "denials";

const MOST_BYTES = 4096;
const CAUSE = /^[A-Z][A-Z_]{0,63}$/;

/**
 * What the Bucket has turned away, by cause; `undefined` if it does not say, or what is there is of
 * another form: a JSON object of causes and counts, and LF, at most 4096 bytes. Throws TooLarge.
 */
export function bucketDenials(bucket: Folder): ReadonlyMap<string, number> | undefined {
  const bytes = readWhole(bucket, DENIALS_FILE, MOST_BYTES);
  return bytes === undefined ? undefined : parseDenials(Buffer.from(bytes).toString("utf8"));
}

function parseDenials(text: string): ReadonlyMap<string, number> | undefined {
  const counts = parsed(text);
  if (typeof counts !== "object" || counts === null || Array.isArray(counts)) return undefined;
  // As it is written, and no byte beside: a Bucket's folder is no place to keep other things in.
  if (`${JSON.stringify(counts)}\n` !== text) return undefined;
  const entries = Object.entries(counts);
  return entries.every(isCount) ? new Map(entries) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCount(entry: [string, unknown]): entry is [string, number] {
  const [cause, count] = entry;
  return CAUSE.test(cause) && Number.isSafeInteger(count) && Number(count) >= 0;
}
