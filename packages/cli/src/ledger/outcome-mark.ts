import { styleText } from "node:util";
import type { Event } from "@writ/contract/event";
import { type Outcome, recorded } from "@writ/contract/outcome";

type Decision = Event["decision"];

/** Outcomes differ in shape and word; colour is what a terminal adds. */
const MARKS = {
  ALLOW: { mark: "●", color: "green" },
  REWRITE: { mark: "◆", color: "yellow" },
  BLOCK: { mark: "■", color: "red" },
} as const;

const FAILED = { mark: "▲", color: "magenta" } as const;

/** The decision with its mark, `width` columns wide; coloured where standard output is a terminal that shows it. */
export function decisionWord(decision: Decision, width = 0): string {
  const { mark, color } = MARKS[decision];
  return paint(color, `${mark} ${decision}`.padEnd(width));
}

/** The same of an evaluator's answer, in the engine's words. */
export function outcomeWord(outcome: Outcome, width = 0): string {
  const { mark, color } = MARKS[recorded(outcome)];
  return paint(color, `${mark} ${outcome}`.padEnd(width));
}

export function failedWord(): string {
  return paint(FAILED.color, `${FAILED.mark} failed`);
}

export function warning(text: string): string {
  return paint(FAILED.color, text);
}

export function heading(text: string): string {
  return paint("bold", text);
}

export function quiet(text: string): string {
  return paint("dim", text);
}

/** NO_COLOR, FORCE_COLOR and TERM=dumb are heeded by `styleText` itself, for this stream. */
function paint(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
