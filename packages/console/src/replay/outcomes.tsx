import type { VNode } from "preact";
import { saveFile } from "../event/save-file.ts";
import { count } from "../parts/format.ts";
import { Outcome } from "../parts/outcome.tsx";
import { hashOf } from "../shell/route.ts";
import type { Replayed } from "./compare.ts";
import type { Progress } from "./use-replay.ts";

/** How many were found and equal, found and different, never recorded; and which. */
export function Outcomes({ progress }: { readonly progress: Progress }): VNode {
  const { state, version, lines, equal, different, never, parts } = progress;
  return (
    <section class="sheet stack" aria-labelledby="outcomes-title">
      <h2 id="outcomes-title">{TITLES[state]}</h2>
      <progress max={Math.max(1, progress.total)} value={progress.read} aria-label="Read" />
      <dl class="tallies">
        <Tally title="Inputs" value={lines} of={lines} />
        <Tally title="Found and equal" value={equal} of={lines} />
        <Tally title="Found and different" value={different} of={lines} />
        <Tally title="Never recorded" value={never} of={lines} />
      </dl>
      <p class="quiet small">
        Judged by <code>{version}</code>, compared with what the log's server answers; open an event
        to have it proved.
      </p>
      {progress.elsewhere === 0 ? null : (
        <p>
          {count(progress.elsewhere)} of those found were recorded under another policy than this
          one: the same input in the same form, judged by other rules. Of these the outcome is
          compared.
        </p>
      )}
      {progress.notable.length === 0 ? null : <Notable {...progress} />}
      <p class="buttons">
        <button
          type="button"
          class="button"
          disabled={parts.length === 0}
          onClick={() => saveFile("replay.jsonl", parts, "application/jsonl")}
        >
          Save the result as JSON lines
        </button>
      </p>
    </section>
  );
}

const TITLES: Readonly<Record<Progress["state"], string>> = {
  running: "Replaying…",
  done: "Replayed",
  stopped: "Stopped",
};

function Tally({
  title,
  value,
  of,
}: {
  readonly title: string;
  readonly value: number;
  readonly of: number;
}): VNode {
  const percent = of === 0 ? "–" : `${((100 * value) / of).toFixed(1)} %`;
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <span class="tally-figure">{count(value)}</span>
        <span class="quiet">{percent}</span>
      </dd>
    </div>
  );
}

function Notable({ notable, different, never }: Progress): VNode {
  const more = different + never - notable.length;
  return (
    <>
      <h3>Not found and equal</h3>
      <ol class="notable">
        {notable.map((each) => (
          <li key={each.line}>
            <Line of={each} />
          </li>
        ))}
      </ol>
      {more > 0 ? <p>… and {count(more)} more, all in the saved result.</p> : null}
    </>
  );
}

function Line({ of }: { readonly of: Replayed }): VNode {
  const { line, category, decision, reason_code, index, recorded_decision, recorded_reason } = of;
  return (
    <>
      <span>
        Line {count(line)}, {category}: now <Outcome of={decision} /> {reason_code}
      </span>
      {index === null || recorded_decision === null ? (
        <span class="quiet">never recorded</span>
      ) : (
        <span>
          recorded <Outcome of={recorded_decision} /> {recorded_reason},{" "}
          <a href={hashOf("event", String(index))}>event {count(index)}</a>
          <span class="quiet"> · differs in {of.different.join(", ")}</span>
        </span>
      )}
    </>
  );
}
