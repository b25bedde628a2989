import { writeSync } from "node:fs";
import { openLog } from "../append/open-log.ts";
import { KEY, submissionOf, WRITER } from "./log-fixture.ts";

/**
 * A process of its own: opens the log in the directory given, appends without end, and writes the
 * number of each entry to standard output once it was acknowledged. Ends by being killed.
 */
const [directory = "."] = process.argv.slice(2);
const log = openLog({
  directory: `${directory}/bucket`,
  guard: `${directory}/guard`,
  key: KEY,
  constitution: new Uint8Array(32),
  limits: { segmentBytes: 100_000, tileSyncLeaves: 256 },
});
log.raiseEpoch(WRITER, Date.now());
writeSync(1, `open ${log.size}\n`);

let next = log.size;
async function append(): Promise<void> {
  for (;;) {
    const first = next;
    next += 3;
    await log.submit(submissionOf(first, 3, 40));
    writeSync(1, `${first} ${first + 1} ${first + 2}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, append));
