import type { VNode } from "preact";
import { age, count } from "../parts/format.ts";
import { hashOf } from "../shell/route.ts";
import type { State, WitnessState } from "../source/answers.ts";
import { witnessSays } from "./witness-words.ts";

/** The last checkpoint, who cosigned it, and what was turned away. */
export function CheckpointNow({ state }: { readonly state: State }): VNode {
  const { checkpoint, witnesses, denials, violations, now } = state;
  const turnedAway = Object.entries(denials ?? {}).filter(([, times]) => times > 0);
  return (
    <section class="sheet stack" aria-labelledby="checkpoint">
      <h2 id="checkpoint">Last checkpoint</h2>
      <p>
        {checkpoint === null ? (
          "Nothing is published yet."
        ) : (
          <>
            {count(checkpoint.size)} events,{" "}
            {checkpoint.at === null ? "of unknown age" : `${ageOf(now, checkpoint.at)} old`};{" "}
            <a href={hashOf("log")}>check it</a>
          </>
        )}
      </p>
      {witnesses.length === 0 ? (
        <p class="quiet">
          The constitution names no witness that is asked: keep checkpoints of your own.
        </p>
      ) : (
        <WitnessTable {...{ witnesses, now }} size={checkpoint?.size ?? 0} />
      )}
      <p class="quiet small">
        {turnedAway.length === 0
          ? "The Bucket has turned nothing away since its start."
          : `Turned away by the Bucket since its start: ${turnedAway
              .map(([cause, times]) => `${cause} ${count(times)}`)
              .join(", ")}.`}{" "}
        {violations === 0 ? "" : `${count(violations)} requests here asked for more than reading.`}
      </p>
    </section>
  );
}

function WitnessTable({
  witnesses,
  now,
  size,
}: {
  readonly witnesses: readonly WitnessState[];
  readonly now: string;
  readonly size: number;
}): VNode {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Witness</th>
          <th scope="col" class="num">
            Cosigned
          </th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {witnesses.map((witness) => (
          <tr key={witness.name}>
            <td class="wrap">{witness.name}</td>
            <td class="num">{witness.cosignedSize === null ? "–" : count(witness.cosignedSize)}</td>
            <td class={witness.alarm === null ? "wrap" : "wrap is-block"}>
              {witnessSays(witness, now, size)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ageOf(now: string, then: string): string {
  return age(Date.parse(now) - Date.parse(then));
}
