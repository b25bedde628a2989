import type { Enforcement } from "@writ/enforce/enforcement";
import { Guard, type GuardOptions, GuardRefused, type GuardVerdict } from "./guard.ts";

export { GuardRefused, type GuardVerdict, type Refusal, Refused } from "./guard.ts";

/** As much of a tool of the Vercel AI SDK as is guarded; everything else of it stays as it is. */
export interface GuardableTool {
  readonly execute?: ((input: never, options: never) => unknown) | undefined;
}

export interface GuardToolsOptions {
  /** By tool name; a tool that is not here is judged by the category of its own name. */
  readonly categories?: Readonly<Record<string, string>>;
  /** Tools that are executed elsewhere, by the model's provider or in a browser; left unguarded. */
  readonly elsewhere?: readonly string[];
  /** Who asks, as your authentication gave it; null if not given. */
  readonly caller?: string | null;
  /** What your program vouches for; the policy reads it as `input.host.facts`. */
  readonly facts?: (input: object, tool: string) => object;
  /** Milliseconds that a tool may take, then it has failed; 60,000 if not given. */
  readonly deadlineMs?: number;
  /**
   * Told of every attempt, with the input as it was judged, when its record is safe and before
   * anything is released; it is waited for, and what it throws is dropped.
   */
  readonly onVerdict?: (
    input: object,
    verdict: GuardVerdict & { readonly tool: string },
  ) => unknown;
}

/** What the SDK hands to a tool beside its input; none of it is judged. */
interface ToolContext {
  readonly abortSignal?: AbortSignal;
}

/**
 * The same tools, each behind an attempt of its own for every call (see `guard`). A refused call
 * throws Refused, which the SDK makes a `tool-error` of: the model reads the decision, its two ids
 * and after REWRITE the class, and may go on. A tool that streams is run to its end, and its last
 * value is released: what it says on the way would leave before the record.
 *
 * Throws GuardRefused for a tool without `execute`, whose effect nothing here could hold back, and
 * for one whose name is no category.
 */
export function guardTools<const Tools extends Readonly<Record<string, GuardableTool>>>(
  tools: Tools,
  enforcement: Enforcement,
  options: GuardToolsOptions = {},
): Tools {
  const guarded = Object.entries(tools).map(([name, tool]) => [
    name,
    options.elsewhere?.includes(name) ? tool : guardedTool(name, tool, enforcement, options),
  ]);
  return Object.fromEntries(guarded) as Tools;
}

function guardedTool(
  name: string,
  tool: GuardableTool,
  enforcement: Enforcement,
  options: GuardToolsOptions,
): GuardableTool {
  if (tool.execute === undefined) {
    throw new GuardRefused(
      `tool ${name} has no execute: guard it where it has, or name it elsewhere`,
    );
  }
  const stand = new Guard<object>(optionsOf(name, enforcement, options));
  const run = tool.execute.bind(tool) as (input: object, context: ToolContext) => unknown;
  const execute = (input: object, context: ToolContext): Promise<unknown> =>
    stand.call((judged, signal) => last(run(judged, within(context, signal)), signal), input);
  // Not by spreading: what the SDK keeps on a tool need not be enumerable.
  return Object.create(Object.getPrototypeOf(tool), {
    ...Object.getOwnPropertyDescriptors(tool),
    execute: { value: execute, enumerable: true, configurable: true, writable: true },
  });
}

function optionsOf(
  tool: string,
  enforcement: Enforcement,
  { categories = {}, elsewhere: _, facts, onVerdict, ...rest }: GuardToolsOptions,
): GuardOptions<object> {
  const category = Object.hasOwn(categories, tool) ? categories[tool] : tool;
  return {
    ...rest,
    enforcement,
    category: category ?? tool,
    ...(facts && { facts: (input: object) => facts(input, tool) }),
    ...(onVerdict && {
      onVerdict: (input: object, verdict: GuardVerdict) => onVerdict(input, { ...verdict, tool }),
    }),
  };
}

function within(context: ToolContext, signal: AbortSignal): ToolContext {
  const { abortSignal } = context;
  return { ...context, abortSignal: abortSignal ? AbortSignal.any([abortSignal, signal]) : signal };
}

/** What a tool returned, or the last that it yielded, as the SDK takes a stream. */
async function last(output: unknown, signal: AbortSignal): Promise<unknown> {
  if (!isAsyncIterable(output)) return output;
  let latest: unknown;
  for await (const value of output) {
    signal.throwIfAborted();
    latest = value;
  }
  return latest;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
