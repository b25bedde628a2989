import { basename, dirname } from "node:path";
import { readSettings } from "../config/settings.ts";
import { deploymentAt } from "../deployment.ts";
import { describe, OperatorError } from "../operator-error.ts";
import { type Arguments, optional, UsageError, type Verb } from "../verb.ts";
import { giveOrder, type Order, type Outcome } from "./control.ts";

export interface OrderVerb {
  readonly help: string;
  readonly options: Verb["options"];
  readonly order: (args: Arguments) => Order;
  /** What to do where no gateway runs on the data folder; `again` looks once more. */
  readonly unheard: (data: string, again: () => Promise<Outcome | null>) => Promise<Outcome>;
}

/** A verb that asks something of the running gateway; exit 0 if it was done, 1 if it was refused. */
export function orderVerb({ help, options, order, unheard }: OrderVerb): Verb {
  return {
    help,
    options: { ...options, config: { type: "string" }, data: { type: "string" } },
    words: [0, 0],
    async run(args) {
      const data = dataOf(args);
      const { gateway } = deploymentAt(data);
      const ask = (): Promise<Outcome | null> => orderIn(gateway, order(args));
      const { done, line } = (await ask()) ?? (await unheard(data, ask));
      if (done) process.stdout.write(`${line}\n`);
      else process.stderr.write(`writ: ${line}\n`);
      return done ? 0 : 1;
    },
  };
}

function dataOf(args: Arguments): string {
  const { flags } = args;
  const file = optional(args, "config");
  const { data } = readSettings({ file, flags, environment: process.env });
  if (data === null) throw new UsageError("--data is missing");
  return data;
}

/** From beside the folder: a socket's whole path may have about a hundred bytes. */
async function orderIn(folder: string, order: Order): Promise<Outcome | null> {
  try {
    process.chdir(dirname(folder));
    return await giveOrder(basename(folder), order);
  } catch (error) {
    throw new OperatorError(`cannot reach the gateway: ${describe(error)}`);
  }
}
