import type { VNode } from "preact";

export type Decision = "ALLOW" | "REWRITE" | "BLOCK";

interface Mark {
  readonly className: string;
  readonly word: string;
  /** A shape of its own for each outcome: colour is never all that tells them apart. */
  readonly shape: VNode;
}

const UNKNOWN: Mark = { className: "", word: "unknown", shape: <path d="M0 4h10v2H0z" /> };

const MARKS: Readonly<Record<string, Mark>> = {
  ALLOW: { className: "is-allow", word: "ALLOW", shape: <circle cx="5" cy="5" r="4.5" /> },
  REWRITE: { className: "is-rewrite", word: "REWRITE", shape: <path d="M5 0l5 5-5 5-5-5z" /> },
  BLOCK: { className: "is-block", word: "BLOCK", shape: <path d="M.5.5h9v9h-9z" /> },
  failed: { className: "is-failed", word: "failed", shape: <path d="M5 .5l5 9H0z" /> },
};

/** An outcome, or that an attempt failed: a shape, a colour and a word. */
export function Outcome({ of }: { readonly of: string }): VNode {
  const { className, word, shape } = MARKS[of] ?? { ...UNKNOWN, word: of };
  return (
    <span class={`outcome ${className}`}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        {shape}
      </svg>
      {word}
    </span>
  );
}
