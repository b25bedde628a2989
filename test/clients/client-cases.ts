import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";
import { type ClientCase, PATIENCE } from "./hostile-server.ts";

const file = join(root, "vectors", "client", "answers.json");
const written: readonly ClientCase[] = JSON.parse(readFileSync(file, "utf8")).cases;
export const cases: readonly ClientCase[] = written.map(({ deadline_ms, ...each }) =>
  deadline_ms === undefined ? each : { ...each, deadline_ms: deadline_ms * PATIENCE },
);

export const KEY: string = `writ_${"k".repeat(43)}`;

export type Said = Readonly<Record<string, unknown>>;

/** Every difference between what was expected of a case and what a client returned. */
export function differences(answers: readonly Said[]): string[] {
  return cases.flatMap(({ name, expect }, i) => {
    const answer = answers[i] ?? {};
    const wrong = Object.entries(expect).filter(([member, value]) =>
      member === "why"
        ? !(value as readonly unknown[]).includes(answer.why)
        : JSON.stringify(answer[member]) !== JSON.stringify(value),
    );
    return wrong.length === 0 ? [] : [`${name}: ${JSON.stringify(answer)}`];
  });
}
