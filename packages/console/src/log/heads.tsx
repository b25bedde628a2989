import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Fault } from "../parts/fault.tsx";
import { count } from "../parts/format.ts";
import { Hash } from "../parts/hash.tsx";
import { Moment } from "../parts/moment.tsx";
import { Scroll } from "../parts/scroll.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import type { Checkpoints } from "../source/answers.ts";
import type { LogSource } from "../source/source.ts";

const LISTED = 12;

/** Every head that was signed, newest first, to choose two of. */
export function Heads({
  source,
  from,
  to,
  onChoose,
}: {
  readonly source: LogSource;
  readonly from: string;
  readonly to: string;
  readonly onChoose: (name: "from" | "to", size: number) => void;
}): VNode {
  const [trail, setTrail] = useState<readonly number[]>([]);
  const { answer, fault } = useAnswer(
    (signal) => list(source, trail.at(-1), signal),
    [source, trail],
  );
  const next = answer?.next ?? null;
  return (
    <>
      {fault === undefined ? null : <Fault fault={fault} />}
      <Scroll label="Checkpoints, newest first" className="heads">
        <table>
          <thead>
            <tr>
              <th scope="col">Older</th>
              <th scope="col">Newer</th>
              <th scope="col" class="num">
                Events
              </th>
              <th scope="col" class="num">
                Added
              </th>
              <th scope="col">Root</th>
              {source.hasKey ? <th scope="col">Its last event (UTC)</th> : null}
            </tr>
          </thead>
          <tbody>
            {answer?.checkpoints.map(({ size, root, time }, at) => {
              const before = answer.checkpoints[at + 1]?.size ?? (next === null ? 0 : undefined);
              return (
                <tr key={size}>
                  {(["from", "to"] as const).map((name) => (
                    <td key={name}>
                      <input
                        type="radio"
                        name={name}
                        aria-label={`${size} events as the ${name === "from" ? "older" : "newer"}`}
                        checked={(name === "from" ? from : to) === String(size)}
                        onChange={() => onChoose(name, size)}
                      />
                    </td>
                  ))}
                  <td class="num">{count(size)}</td>
                  <td class="num quiet">
                    {before === undefined ? "" : `+${count(size - before)}`}
                  </td>
                  <td>
                    <Hash text={root} short={16} />
                  </td>
                  {source.hasKey ? (
                    <td>{typeof time === "string" ? <Moment at={time} /> : ""}</td>
                  ) : null}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      <p>
        <button
          type="button"
          class="button"
          disabled={trail.length === 0}
          onClick={() => setTrail(trail.slice(0, -1))}
        >
          Newer ones
        </button>{" "}
        <button
          type="button"
          class="button"
          disabled={next === null}
          onClick={() => next !== null && setTrail([...trail, next])}
        >
          Older ones
        </button>
      </p>
    </>
  );
}

/** One more than is shown, so that the last row knows what it added. */
async function list(
  source: LogSource,
  before: number | undefined,
  signal: AbortSignal,
): Promise<Checkpoints> {
  const path = source.hasKey ? "v1/checkpoints" : "checkpoints";
  const after = before === undefined ? "" : `&before=${before}`;
  return source.json<Checkpoints>(`${path}?limit=${LISTED}${after}`, signal);
}
