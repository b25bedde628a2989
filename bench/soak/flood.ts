/**
 * One caller with a good key who asks too much: `node flood.ts PORT KEY FILE CONNECTIONS`. Its parent
 * says how many a second, whatever becomes of them; 0 means as many as are answered.
 */
import { ENVELOPES } from "../gateway/workload.ts";
import { ReleasedFile } from "./kept.ts";
import { type Answer, Line, post } from "./wire.ts";

/** What became of the flood since its rate was last set. */
export interface Flooded {
  readonly seconds: number;
  readonly sent: number;
  /** Those for which all connections were busy. */
  readonly unsent: number;
  /** Answers by status; `lost` where there was none. */
  readonly answers: Readonly<Record<string, number>>;
}

const TICK_MS = 5;
const CLOSED_LOOP = 64;
const [port = "", key = "", file = "", connections = "1"] = process.argv.slice(2);
const requests = ENVELOPES.map(({ body }) => post("/v1/enforce", key, body));
const released = new ReleasedFile(file);
const free: Line[] = [];

let rate = 0;
let isClosedLoop = false;
let opened = 0;
let since = performance.now();
let due = 0;
let sent = 0;
let unsent = 0;
let answers: Record<string, number> = {};

function lineOf(): Line | undefined {
  const line = free.pop();
  if (line !== undefined || opened >= Number(connections)) return line;
  opened += 1;
  return new Line(Number(port));
}

function send(line: Line): void {
  const request = requests[sent % requests.length] ?? "";
  sent += 1;
  void line.ask(request).then((answer) => {
    take(answer);
    if (isClosedLoop) send(line);
    else free.push(line);
  });
}

function take(answer: Answer | undefined): void {
  const how = answer === undefined ? "lost" : `${answer.status}`;
  answers[how] = 1 + (answers[how] ?? 0);
  if (answer?.body.startsWith('{"decision":"EXECUTE"') === true) {
    released.add("enforce", answer.body);
  }
}

let last = performance.now();
setInterval(() => {
  const now = performance.now();
  due += (rate * (now - last)) / 1000;
  last = now;
  for (; due >= 1; due -= 1) {
    const line = lineOf();
    if (line === undefined) unsent += 1;
    else send(line);
  }
}, TICK_MS);

function begin(wanted: number): void {
  const wasClosedLoop = isClosedLoop;
  isClosedLoop = wanted === 0;
  rate = wanted;
  if (!isClosedLoop || wasClosedLoop) return;
  for (let at = 0; at < CLOSED_LOOP; at += 1) {
    const line = lineOf();
    if (line !== undefined) send(line);
  }
}

process.on("message", (wanted: { readonly rate: number }) => {
  const seconds = (performance.now() - since) / 1000;
  const flooded: Flooded = { seconds, sent, unsent, answers };
  since = performance.now();
  sent = unsent = 0;
  answers = {};
  begin(wanted.rate);
  process.send?.(flooded);
});
process.on("SIGTERM", () => {
  released.close();
  process.exit();
});
process.on("disconnect", () => process.exit());
process.send?.({ kind: "ready" });
