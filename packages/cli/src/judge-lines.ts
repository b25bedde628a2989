import { bareInput, openEnvelope, type Received } from "@writ/contract/envelope";
import type { Engine } from "@writ/engine/engine";
import { LineWriter, readLines } from "./jsonl.ts";
import { armFolder } from "./policy-folder.ts";
import { type Arguments, optional, required } from "./verb.ts";

export const inputOptions = {
  policy: { type: "string" },
  category: { type: "string" },
} as const;

/** Puts every line of the input to the policy and prints what `judge` makes of it. */
export async function judgeLines(
  args: Arguments,
  judge: (engine: Engine, received: Received) => Record<string, unknown>,
): Promise<number> {
  return forEachLine(args, (engine, received) => `${JSON.stringify(judge(engine, received))}\n`);
}

/** Puts every line of the input to the policy and prints the text that `judge` makes of it. */
export async function forEachLine(
  args: Arguments,
  judge: (engine: Engine, received: Received, line: Uint8Array) => string,
): Promise<number> {
  const engine = await armFolder(required(args, "policy"));
  const category = optional(args, "category");
  const out = new LineWriter();
  // Each line is an answer of its own: a reader that has had enough of them is no fault.
  process.exitCode = 0;
  for await (const line of readLines(args.words[0] ?? "-")) {
    const received = category === undefined ? openEnvelope(line) : bareInput(line, category);
    await out.write(judge(engine, received, line));
  }
  await out.flush();
  return 0;
}
