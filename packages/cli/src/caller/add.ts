import type { NewCaller } from "@writ/gateway/caller-file";
import { deploymentAt } from "../deployment.ts";
import { type Arguments, optional, UsageError, type Verb } from "../verb.ts";
import { addCaller } from "./callers-file.ts";

export const verb: Verb = {
  help: `writ caller add DATA NAME [--categories A,B] [--rate N] [--burst N]
                [--certificate | --another]

Makes a key with which its holder calls the gateway, as Authorization: Bearer KEY. The key is
printed and kept nowhere; DATA/gateway/callers holds its SHA-256. It counts within a second,
without a restart. From the first caller on, the gateway asks everybody for a key.

  DATA             the data folder of writ serve
  NAME             who holds it: lower case letters, digits, _ . -; policies see it as host.caller
  --categories A,B the only categories that it may use; default all
  --rate N         attempts a second, fractions allowed; default no bound of its own
  --burst N        attempts at once after a pause; default the rate
  --certificate    no key: a client certificate with this common name says who calls
  --another        a further key for a name that is there, to change keys without a gap

example: writ caller add .writ support-desk --categories refund --rate 20 > support-desk.key
`,
  options: {
    categories: { type: "string" },
    rate: { type: "string" },
    burst: { type: "string" },
    certificate: { type: "boolean" },
    another: { type: "boolean" },
  },
  words: [2, 2],
  async run(args) {
    const [data = ""] = args.words;
    const key = await addCaller(deploymentAt(data).callers, wanted(args));
    if (key !== null) process.stdout.write(`${key}\n`);
    return 0;
  },
};

function wanted(args: Arguments): NewCaller {
  const categories = optional(args, "categories");
  const rate = numberOf(args, "rate");
  const burst = numberOf(args, "burst");
  if (burst !== undefined && rate === undefined) throw new UsageError("--burst goes with --rate");
  return {
    name: args.words[1] ?? "",
    byCertificate: args.flags.certificate === true,
    another: args.flags.another === true,
    ...(categories === undefined ? {} : { categories: categories.split(",") }),
    ...(rate === undefined ? {} : { rate }),
    ...(burst === undefined ? {} : { burst }),
  };
}

function numberOf(args: Arguments, flag: string): number | undefined {
  const text = optional(args, flag);
  if (text === undefined) return undefined;
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw new UsageError(`--${flag} takes a number`);
  return Number(text);
}
