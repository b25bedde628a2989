import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "../parts/notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { useAnswer } from "../parts/use-answer.ts";
import { hashOf } from "../shell/route.ts";
import type { FieldValues } from "../source/answers.ts";
import type { LogSource } from "../source/source.ts";
import { FIELDS, fromField, toField, withValue } from "./filter.ts";
import { meantBy } from "./free-text.ts";

interface FormProps {
  readonly source: LogSource;
  readonly filter: URLSearchParams;
  readonly onChange: (filter: URLSearchParams) => void;
}

/** Every condition that there is, all in sight. A change takes effect at once. */
export function FilterForm({ source, filter, onChange }: FormProps): VNode {
  const { answer: values } = useAnswer(
    (signal) => source.json<FieldValues>("v1/fields", signal),
    [source],
  );
  const change = (name: string, value: string | null): void =>
    onChange(withValue(filter, name, value));
  return (
    <form class="filter sheet" aria-label="Filter" onSubmit={(event) => event.preventDefault()}>
      <FreeText filter={filter} onChange={onChange} />
      {FIELDS.map(([name, word]) => (
        <Choice
          key={name}
          {...{ name, word, change }}
          given={filter.getAll(name)}
          values={values?.fields[name] ?? []}
        />
      ))}
      {(["from", "to"] as const).map((name) => (
        <div key={name} class="field">
          <label for={`filter-${name}`}>{name === "from" ? "From" : "Before"} (UTC)</label>
          <input
            id={`filter-${name}`}
            type="datetime-local"
            step={1}
            value={toField(filter.get(name))}
            onChange={(event) => change(name, fromField(event.currentTarget.value))}
          />
        </div>
      ))}
      <div class="field">
        <label for="filter-order">Order</label>
        <select
          id="filter-order"
          value={filter.get("order") ?? "newest"}
          onChange={({ currentTarget: { value } }) =>
            change("order", value === "oldest" ? value : null)
          }
        >
          <option value="newest">newest first</option>
          <option value="oldest">oldest first</option>
        </select>
      </div>
      <div class="field">
        <span class="label">&nbsp;</span>
        <button
          type="button"
          class="button"
          disabled={filter.size === 0}
          onClick={() => onChange(new URLSearchParams())}
        >
          Clear
        </button>
      </div>
    </form>
  );
}

/** One field's values, the most frequent first. An empty value of the log is `none`. */
function Choice({
  name,
  word,
  given,
  values,
  change,
}: {
  readonly name: string;
  readonly word: string;
  readonly given: readonly string[];
  readonly values: FieldValues["fields"][string];
  readonly change: (name: string, value: string | null) => void;
}): VNode {
  const [first] = given;
  const known = values.map(({ value }) => value ?? "");
  // An address may name a value that the log has not, or several: the field says what is asked.
  const others = given.filter((value) => !known.includes(value));
  return (
    <div class="field">
      <label for={`filter-${name}`}>{word}</label>
      <select
        id={`filter-${name}`}
        value={first === undefined ? "any" : given.length > 1 ? "several" : `is:${first}`}
        onChange={({ currentTarget: { value } }) =>
          change(name, value.startsWith("is:") ? value.slice(3) : null)
        }
      >
        <option value="any">any</option>
        {given.length > 1 ? <option value="several">{plainText(given.join(", "))}</option> : null}
        {others.map((value) => (
          <option key={value} value={`is:${value}`}>
            {plainText(value)}
          </option>
        ))}
        {values.map(({ value, events }) => (
          <option key={value} value={`is:${value ?? ""}`}>
            {`${plainText(value ?? "none")} (${events})`}
          </option>
        ))}
      </select>
    </div>
  );
}

function FreeText({ filter, onChange }: Omit<FormProps, "source">): VNode {
  const given = filter.get("decision_id") ?? filter.get("trace_id") ?? "";
  const [unclear, setUnclear] = useState("");
  // Whatever arrives meanwhile draws the form anew, and must not take away what is being typed.
  const [typed, setTyped] = useState<string>();
  useEffect(() => setTyped(undefined), [given]);
  const enter = (text: string): void => {
    const meant = meantBy(text);
    setUnclear(meant.kind === "unclear" ? meant.sentence : "");
    if (meant.kind === "unclear") return;
    setTyped(undefined);
    if (meant.kind === "index") {
      location.hash = hashOf("event", String(meant.index));
      return;
    }
    const others = withValue(withValue(filter, "trace_id", null), "decision_id", null);
    onChange(meant.kind === "nothing" ? others : withValue(others, meant.kind, meant.text));
  };
  return (
    <div class="field is-free">
      <label for="filter-id">Trace id, decision id or #index</label>
      <input
        id="filter-id"
        class="mono"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="filter-unclear"
        aria-invalid={unclear !== ""}
        value={typed ?? given}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => enter(event.currentTarget.value)}
      />
      <div id="filter-unclear" role="alert">
        {unclear === "" ? null : <Notice kind="fault">{unclear}</Notice>}
      </div>
    </div>
  );
}
