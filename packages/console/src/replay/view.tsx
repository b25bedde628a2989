import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Fault } from "../parts/fault.tsx";
import { Notice } from "../parts/notice.tsx";
import type { ViewProps } from "../shell/view.ts";
import { Drop } from "./drop.tsx";
import { bundleOf, type GivenFile } from "./files.ts";
import { Outcomes } from "./outcomes.tsx";
import { type ReplayControl, useReplay } from "./use-replay.ts";

/** *Replay*: inputs and a policy decided anew, here, and held against the log. */
export function View({ source, say }: ViewProps): VNode {
  const control = useReplay(source, say);
  const { state } = control;
  return (
    <div class="stack replay">
      <h1>Replay</h1>
      <p class="lead">
        The log has no inputs, only their trace_ids. Give the inputs that you kept and the policy:
        this browser decides them anew and looks for each trace_id in the log. Nothing is recorded,
        and neither file leaves this machine.
      </p>
      <Choosing control={control} />
      {state.kind === "arming" ? <p>Loading the policy and trying its canaries…</p> : null}
      {state.kind === "refused" ? <Refused faults={state.faults} /> : null}
      {state.kind === "fault" ? <Fault fault={state.fault} /> : null}
      {state.kind === "progress" ? <Outcomes progress={state.progress} /> : null}
    </div>
  );
}

function Choosing({ control }: { readonly control: ReplayControl }): VNode {
  const [inputs, setInputs] = useState<readonly GivenFile[]>([]);
  const [bundle, setBundle] = useState<readonly GivenFile[]>([]);
  const { state } = control;
  const isRunning =
    state.kind === "arming" || (state.kind === "progress" && state.progress.state === "running");
  const [first] = inputs;
  const start = (event: SubmitEvent): void => {
    event.preventDefault();
    if (first === undefined) return;
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    control.start({ inputs: first, bundle, category: text("category"), host: text("host") });
  };
  return (
    <form class="stack" onSubmit={start}>
      <div class="drops">
        <Drop
          id="inputs"
          title="Inputs"
          help="A file of lines {&quot;category&quot;: …, &quot;input&quot;: {…}}"
          files={inputs.slice(0, 1)}
          onFiles={setInputs}
        />
        <Drop
          id="bundle"
          title="Policy"
          help="Its .yaml or .json files, or the folder that they lie in"
          isFolder
          files={bundle}
          onFiles={(files) => setBundle(bundleOf(files))}
        />
      </div>
      <Further />
      <p class="buttons">
        <button
          type="submit"
          class="button"
          disabled={first === undefined || bundle.length === 0 || isRunning}
        >
          Replay
        </button>
        <button type="button" class="button" disabled={!isRunning} onClick={control.stop}>
          Stop
        </button>
      </p>
    </form>
  );
}

/** What most replays do without. */
function Further(): VNode {
  return (
    <details>
      <summary>Bare inputs, and what enforcement added</summary>
      <div class="stack further">
        <div class="field">
          <label for="category">Every line is the bare input of this category</label>
          <input id="category" name="category" autocomplete="off" spellcheck={false} />
        </div>
        <div class="field">
          <label for="host">
            What enforcement added to every input, as JSON: caller, validators, facts; a line may
            have its own as a member host
          </label>
          <textarea id="host" name="host" rows={2} spellcheck={false} />
        </div>
      </div>
    </details>
  );
}

function Refused({ faults }: { readonly faults: readonly string[] }): VNode {
  return (
    <Notice kind="fault">
      <div role="alert">
        <p>This cannot be replayed:</p>
        <ul>
          {faults.map((fault) => (
            <li key={fault} class="fault-line">
              {fault}
            </li>
          ))}
        </ul>
      </div>
    </Notice>
  );
}
