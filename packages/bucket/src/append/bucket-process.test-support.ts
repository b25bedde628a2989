/** A Bucket in a process of its own: `node <this> DIRECTORY SOCKET`. Prints a line when it listens. */
import { join } from "node:path";
import { parseVerifierKey } from "@writ/tlog/note-key";
import { constitutionDigest, formatConstitution } from "../constitution.ts";
import { constitutionWith, LOG_KEY, ORIGIN, signer } from "./bucket.test-support.ts";
import { openLog } from "./open-log.ts";
import { serveAppends } from "./server.ts";

const [, , directory = "", socketPath = ""] = process.argv;
const constitution = constitutionWith();
const log = openLog({
  directory: join(directory, "bucket"),
  guard: join(directory, "guard"),
  key: { origin: ORIGIN, signer: signer(1, ORIGIN), verifier: parseVerifierKey(LOG_KEY) },
  constitution: constitutionDigest(formatConstitution(constitution)),
});
const server = await serveAppends({
  writer: log,
  constitution,
  socketPath,
  onFatal: (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
  onDenial: (denial) => process.stderr.write(`${JSON.stringify(denial)}\n`),
});
process.on("SIGTERM", async () => {
  await server.close();
  await log.close();
});
process.stdout.write("listening\n");
