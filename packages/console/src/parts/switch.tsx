import type { VNode } from "preact";

/** A choice among few, all in sight. */
export function Switch<T extends string>({
  label,
  choices,
  chosen,
  onChoose,
}: {
  readonly label: string;
  readonly choices: readonly (readonly [value: T, word: string])[];
  readonly chosen: T;
  readonly onChoose: (value: T) => void;
}): VNode {
  return (
    <fieldset class="switch" aria-label={label}>
      {choices.map(([value, word]) => (
        <button
          key={value}
          type="button"
          class="button"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {word}
        </button>
      ))}
    </fieldset>
  );
}
