import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodeEvent, type Event } from "@writ/contract/event";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { MockLanguageModelV4, simulateReadableStream } from "ai/test";
import { openBucket, type RecordingLog } from "../../bucket/src/append/bucket.test-support.ts";
import { enforceAt } from "../../enforce/src/enforce.test-support.ts";
import type { Enforcement } from "../../enforce/src/enforcement.ts";
import { GuardRefused, guardTools } from "./ai.ts";

interface Words {
  readonly text: string;
}

const words = jsonSchema<Words>({
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
});

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

type Content = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>["content"][number];

type StreamPart =
  Awaited<ReturnType<MockLanguageModelV4["doStream"]>>["stream"] extends ReadableStream<infer Part>
    ? Part
    : never;

/** Calls these tools at once, in its first step; then says something and ends. */
function modelCalling(...calls: readonly (readonly [string, object])[]): MockLanguageModelV4 {
  const content = calls.map(([toolName, input], i): Content => {
    return { type: "tool-call", toolCallId: `call-${i}`, toolName, input: JSON.stringify(input) };
  });
  const ends = { unified: "stop", raw: undefined } as const;
  const goesOn = { unified: "tool-calls", raw: undefined } as const;
  return new MockLanguageModelV4({
    doGenerate: [
      { content, finishReason: goesOn, usage, warnings: [] },
      { content: [{ type: "text", text: "So be it." }], finishReason: ends, usage, warnings: [] },
    ],
  });
}

interface Desk {
  readonly enforcement: Enforcement;
  readonly log: RecordingLog;
  events(): readonly Event[];
}

async function desk(t: TestContext): Promise<Desk> {
  const { socketPath, log } = await openBucket(t);
  const { enforcement } = await enforceAt(t, socketPath);
  return { enforcement, log, events: () => inOrderBegun(log.entries.map(decodeEvent)) };
}

/** Calls of one step run at once, and their records land in any order. */
function inOrderBegun(events: readonly Event[]): Event[] {
  const sequence = (event: Event): number =>
    Number(event.enforcement_decision_id.split(".").at(-1));
  return events.toSorted((a, b) => sequence(a) - sequence(b));
}

/** What the model was told of each tool call, in its second step. */
function toldTo(model: MockLanguageModelV4): unknown[] {
  const { prompt } = model.doGenerateCalls[1] ?? assert.fail("there was no second step");
  return prompt.flatMap((message) =>
    message.role === "tool"
      ? message.content.map((part) => ("output" in part ? part.output : part))
      : [],
  );
}

test("each call of a tool is an attempt; the model reads what was done and what was refused", async (t) => {
  const { enforcement, events } = await desk(t);
  const said: string[] = [];
  const contexts: unknown[] = [];
  const heard = new Map<unknown, unknown>();
  const tools = guardTools(
    {
      say: tool({
        description: "Says something.",
        inputSchema: words,
        execute({ text }, { toolCallId, messages, abortSignal }) {
          said.push(text);
          contexts.push([toolCallId, messages.length, abortSignal instanceof AbortSignal]);
          return { said: text };
        },
      }),
    },
    enforcement,
    { onVerdict: (input, { tool: name, decision }) => heard.set(input, [name, decision]) },
  );
  const model = modelCalling(
    ["say", { text: "Hello" }],
    ["say", { text: "secret" }],
    ["say", { text: "loud" }],
  );
  const result = await generateText({ model, tools, prompt: "Speak.", stopWhen: isStepCount(3) });
  assert.equal(result.text, "So be it.");
  assert.deepEqual(said, ["Hello"]);
  assert.deepEqual(contexts, [["call-0", 1, true]]);
  const [done, blocked, rewritten] = toldTo(model) as { type: string; value: unknown }[];
  assert.deepEqual(done, { type: "json", value: { said: "Hello" } });
  assert.equal(blocked?.type, "error-text");
  const recorded = events().map(({ trace_id, enforcement_decision_id }) => ({
    trace_id,
    enforcement_decision_id,
  }));
  const told = [blocked, rewritten].map((part) => JSON.parse(String(part?.value)));
  assert.deepEqual(told, [
    { decision: "BLOCK", ...recorded[1], status: "failed" },
    { decision: "REWRITE", ...recorded[2], status: "failed", rewrite_class: "LOWER_VOICE" },
  ]);
  assert.deepEqual(
    heard,
    new Map([
      [{ text: "Hello" }, ["say", "EXECUTE"]],
      [{ text: "secret" }, ["say", "BLOCK"]],
      [{ text: "loud" }, ["say", "REWRITE"]],
    ]),
  );
  assert.deepEqual(
    events().map(({ decision, status, adapter_name }) => [decision, status, adapter_name]),
    [
      ["ALLOW", "success", "say"],
      ["BLOCK", "success", null],
      ["REWRITE", "success", null],
    ],
  );
});

test("a tool that throws is failed, and the model does not read why", async (t) => {
  const { enforcement, events } = await desk(t);
  const tools = guardTools(
    {
      say: tool({
        inputSchema: words,
        execute(): string {
          throw new Error("no such account: 4711");
        },
      }),
    },
    enforcement,
  );
  const model = modelCalling(["say", { text: "hello" }]);
  await generateText({ model, tools, prompt: "Speak.", stopWhen: isStepCount(3) });
  assert.doesNotMatch(JSON.stringify(toldTo(model)), /4711/);
  assert.match(JSON.stringify(toldTo(model)), /\\"decision\\":\\"BLOCK\\"/);
  assert.equal(events()[0]?.status, "failed");
});

test("a tool that streams is run to its end, and nothing of it leaves before the record", async (t) => {
  const { enforcement, log, events } = await desk(t);
  const yielded: string[] = [];
  const tools = guardTools(
    {
      say: tool({
        inputSchema: words,
        async *execute({ text }) {
          for (const letter of text) {
            yielded.push(letter);
            yield letter;
          }
        },
      }),
    },
    enforcement,
  );
  log.hold();
  const seen: unknown[] = [];
  const chunks: StreamPart[] = [
    { type: "stream-start", warnings: [] },
    { type: "tool-call", toolCallId: "call-0", toolName: "say", input: '{"text":"abc"}' },
    { type: "finish", finishReason: { unified: "tool-calls", raw: undefined }, usage },
  ];
  const model = new MockLanguageModelV4({
    doStream: async () => ({ stream: simulateReadableStream({ chunks }) }),
  });
  for await (const part of streamText({ model, tools, prompt: "Speak." }).fullStream) {
    if (part.type !== "tool-result" && part.type !== "tool-call") continue;
    seen.push(part.type === "tool-result" ? [part.output, part.preliminary === true] : part.type);
    if (part.type === "tool-result") assert.equal(events().length, 1);
    else setTimeout(() => log.release(), 30);
  }
  assert.deepEqual(yielded, ["a", "b", "c"]);
  assert.deepEqual(seen, ["tool-call", ["c", false]]);
});

test("a stream that goes on after its deadline is left, and failed", async (t) => {
  const { enforcement, events } = await desk(t);
  let isClosed = false;
  const endless = tool({
    inputSchema: words,
    async *execute() {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield "more";
        }
      } finally {
        isClosed = true;
      }
    },
  });
  const tools = guardTools({ say: endless }, enforcement, { deadlineMs: 30 });
  const model = modelCalling(["say", { text: "hello" }]);
  await generateText({ model, tools, prompt: "Speak.", stopWhen: isStepCount(3) });
  while (!isClosed) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(events()[0]?.status, "failed");
});

test("tools have categories by name, a caller and facts; the rest of a tool stays", async (t) => {
  const { enforcement } = await desk(t);
  const plain = {
    ...tool({
      inputSchema: words,
      title: "Give",
      execute: ({ text }: Words) => text.length,
      toModelOutput: ({ output }: { output: number }) => ({
        type: "text" as const,
        value: `${output} letters`,
      }),
    }),
  };
  Object.defineProperty(plain, "kept", { value: "not enumerable" });
  const asked: string[] = [];
  const tools = guardTools({ giveFlowers: plain }, enforcement, {
    categories: { giveFlowers: "give" },
    caller: "desk",
    facts: (_, name) => {
      asked.push(name);
      return {};
    },
  });
  assert.equal(tools.giveFlowers.title, "Give");
  assert.equal((tools.giveFlowers as unknown as { kept: string }).kept, "not enumerable");
  assert.equal(plain.execute.length, 1);
  const model = modelCalling(["giveFlowers", { text: "roses" }]);
  await generateText({ model, tools, prompt: "Give.", stopWhen: isStepCount(3) });
  assert.deepEqual(toldTo(model), [{ type: "text", value: "5 letters" }]);
  assert.deepEqual(asked, ["giveFlowers"]);
});

test("what cannot be guarded here is refused, unless it is said to be elsewhere", async (t) => {
  const { enforcement } = await desk(t);
  const confirm = tool({ inputSchema: words });
  assert.throws(() => guardTools({ confirm }, enforcement), GuardRefused);
  assert.equal(guardTools({ confirm }, enforcement, { elsewhere: ["confirm"] }).confirm, confirm);
  const say = tool({ inputSchema: words, execute: () => "" });
  assert.throws(() => guardTools({ sayAloud: say }, enforcement), GuardRefused);
  assert.throws(() => guardTools({ toString: say }, enforcement), GuardRefused);
});
