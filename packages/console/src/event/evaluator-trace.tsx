import type { Event } from "@writ/contract/event";
import type { VNode } from "preact";
import { Outcome } from "../parts/outcome.tsx";
import { plainText } from "../parts/plain-text.ts";
import { decisive } from "./words.ts";

/** Who judged, in the order of the constraints, and whose word settled it. */
export function EvaluatorTrace({ event }: { readonly event: Event }): VNode {
  const { engine_version, evaluators, validators, rewrite_class, caller } = event.evaluator_trace;
  const settled = decisive(event);
  return (
    <section class="sheet" aria-labelledby="trace-title">
      <h2 id="trace-title">How it was judged</h2>
      <dl class="fields">
        <dt>Policy and semantics</dt>
        <dd class="mono">{engine_version}</dd>
        <dt>Caller</dt>
        <dd>{plainText(caller ?? "not named")}</dd>
        <dt>Rewrite asked for</dt>
        <dd>{plainText(rewrite_class ?? "none")}</dd>
      </dl>
      {evaluators.length === 0 ? (
        <p>No evaluator was asked: it was settled before any rule ran.</p>
      ) : (
        <div class="evaluators">
          <table>
            <thead>
              <tr>
                <th scope="col">Order</th>
                <th scope="col">Evaluator</th>
                <th scope="col">Outcome</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {evaluators.map(([name, outcome, reason], at) => (
                <tr key={`${at}`} class={at === settled ? "is-decisive" : undefined}>
                  <td class="num">{at + 1}</td>
                  <td>
                    <Name text={name} />
                  </td>
                  <td>
                    <Outcome of={outcome === "EXECUTE" ? "ALLOW" : outcome} />
                  </td>
                  <td>
                    {reason === null ? "–" : <Name text={reason} />}
                    {at === settled ? <span class="settled">◀ settled it</span> : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {Object.entries(validators).map(([name, [outcome, reason]]) => (
        <p key={name}>
          The validator {plainText(name)} said{" "}
          <Outcome of={outcome === "EXECUTE" ? "ALLOW" : outcome} />: {plainText(reason)}
        </p>
      ))}
    </section>
  );
}

/** Long names break between their words. */
function Name({ text }: { readonly text: string }): VNode {
  const words = plainText(text).split(/(?<=_)/);
  return <>{words.flatMap((word, at) => (at === 0 ? [word] : [<wbr key={`${at}`} />, word]))}</>;
}
