import { readFileSync } from "node:fs";
import { deploymentAt } from "../deployment.ts";
import { openDeployed } from "../processes/bucket.ts";
import { optional, required, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ bucket adopt --data DIR --checkpoint FILE [--guard DIR]

Takes a Bucket whose guard or epochs were lost as it is, makes them again, and publishes its head.
The guard was what knew of a lost end of the log; in its stead you give the newest checkpoint of
this log that anybody outside kept: a witness, an auditor, an export. Reads and checks the whole
log first, and changes nothing where it refuses.

It does not accept a log that is behind a guard that is there, behind that checkpoint, or on another
way than either: this log's key has signed what came after, and would contradict itself. Put the
newest copy back. If there is none, keep this one as evidence and begin a new Bucket.

  --data DIR         the data folder, not being served
  --checkpoint FILE  the kept checkpoint, cosigned or not
  --guard DIR        where the guard is to be; default guard in DATA

example: writ bucket adopt --data .writ --checkpoint kept/checkpoint
`,
  options: {
    data: { type: "string" },
    checkpoint: { type: "string" },
    guard: { type: "string" },
  },
  words: [0, 0],
  async run(args) {
    const deployment = deploymentAt(required(args, "data"), optional(args, "guard"));
    const checkpoint = readFileSync(required(args, "checkpoint"));
    const { writer } = openDeployed(deployment, checkpoint);
    const { size } = writer;
    await writer.close();
    process.stdout.write(
      `adopted: the log in ${deployment.bucket} holds ${size} events, and ${deployment.guard} guards them from now on\n` +
        `whatever came after the checkpoint given and is not there is lost without a trace here\n`,
    );
    return 0;
  },
};
