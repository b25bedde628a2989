import { startWitnessServer, type WitnessServer } from "@writ/audit/witness/server";
import { url } from "../deployment.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { addressOf } from "../serving.ts";
import { type Arguments, optional, repeated, required, UsageError, type Verb } from "../verb.ts";
import { ViolationLog } from "../violation-log.ts";
import { openWitnessKey, verdictJson, verdictLine, watchedLogs } from "../witnessing.ts";

const LISTEN = "127.0.0.1:8422";

export const verb: Verb = {
  help: `writ witness --data DIR --log VKEY[=ORIGIN]… [--name NAME] [--listen HOST:PORT] [--json]

Runs a witness (C2SP tlog-witness) until Ctrl-C: whoever shows it a checkpoint of a log that it
watches, and the proof that it extends the one before, gets a cosignature. It never cosigns two
histories of one log, so a log that its witnesses cosigned is the same for everybody.

  --data DIR           the witness's key and memory, made at the first start. Nothing else may
                       write there, and it must never be restored from a backup: a witness that
                       has lost its memory is replaced by a new one with a key of its own
  --log VKEY[=ORIGIN]  a log to watch: its verifier key, or a file that holds it; ORIGIN if the
                       log is not named as its key is. May be given again, also for a log's next key
  --name NAME          name of the key made at the first start, such as witness.example.org/w1;
                       localhost/witness- and eight hex digits unless given
  --listen HOST:PORT   default ${LISTEN}. It speaks plain HTTP: put a proxy with TLS before it
                       for others to reach it
  --json               a JSON line for each request on standard output, instead of words

What others need of it is printed at the start, stands in DIR/witness.vkey, and is served at /:
its verifier key. The log's operator puts it with this witness's URL into the constitution.

example: writ witness --data witness --log ledger.example/a+1a2b3c4d+AbCd…
`,
  options: {
    data: { type: "string" },
    log: { type: "string", multiple: true },
    name: { type: "string" },
    listen: { type: "string", default: LISTEN },
    json: { type: "boolean" },
  },
  words: [0, 0],
  async run(args) {
    const stopping = toldToStop();
    const fatal = Promise.withResolvers<Error>();
    const server = await start(args, fatal.resolve);
    const failure = await Promise.race([stopping, fatal.promise]);
    await server.close();
    if (failure === undefined) return 0;
    process.stderr.write(`writ: ${describe(failure)}; find out why, then start it again\n`);
    return 1;
  },
};

async function start(args: Arguments, onFatal: (error: Error) => void): Promise<WitnessServer> {
  const folder = required(args, "data");
  const logs = watchedLogs(repeated(args, "log"));
  if (logs.length === 0) throw new UsageError("--log is missing");
  const address = addressOf("--listen", required(args, "listen"));
  const { cosigner, isNew } = openWitnessKey(folder, optional(args, "name"));
  const asJson = args.flags.json === true;
  const violations = new ViolationLog({
    process: "witness",
    now: Date.now,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const server = await listening(`${address.host}:${address.port}`, () =>
    startWitnessServer({
      folder,
      cosigner,
      logs,
      ...address,
      onVerdict: (verdict) => {
        if (asJson) process.stdout.write(`${verdictJson(verdict, new Date())}\n`);
        else process.stderr.write(`writ: ${verdictLine(verdict)}\n`);
      },
      onViolation: (violation) => violations.take(violation),
      onFatal,
    }),
  );
  if (isNew) process.stderr.write(`writ: first start: made the key of ${cosigner.name}\n`);
  const at = url({ ...address, port: server.port });
  const lines = [`witness  ${at}`, `vkey     ${cosigner.verifierKey}`, "witnessing until Ctrl-C"];
  (asJson ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
  return server;
}

async function listening<T>(address: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EADDRNOTAVAIL" && code !== "EACCES") throw error;
    throw new OperatorError(`cannot listen on ${address}: ${describe(error)}`);
  }
}

function toldToStop(): Promise<undefined> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve(undefined));
    process.once("SIGTERM", () => resolve(undefined));
  });
}
