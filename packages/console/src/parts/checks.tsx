import type { VNode } from "preact";
import type { ShownCheck } from "./shown-check.ts";

const WORDS: Readonly<Record<ShownCheck["answer"], string>> = {
  holds: "✓ holds",
  fails: "✗ fails",
  unasked: "– not asked",
  unneeded: "– not needed",
};

/** A flat list of named checks, each with its answer in words. */
export function Checks({ checks }: { readonly checks: readonly ShownCheck[] }): VNode {
  return (
    <ul class="checks">
      {checks.map(({ title, answer, sentence }) => (
        <li key={`${title} ${sentence}`}>
          <span class={`answer is-${answer}`}>{WORDS[answer]}</span>
          <span>
            {title}
            <br />
            <span class="sentence">{sentence}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
