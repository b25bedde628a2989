import type { VNode } from "preact";
import { count } from "../parts/format.ts";
import { Scroll } from "../parts/scroll.tsx";
import { hashOf } from "../shell/route.ts";
import type { Holes, Streams } from "../source/answers.ts";

/** Gateways and their epochs, the last to begin first. */
export function StreamsTable({ streams }: { readonly streams: Streams }): VNode {
  return (
    <section class="sheet" aria-labelledby="streams">
      <h2 id="streams">Writers and their epochs</h2>
      <Scroll label="Writers and their epochs">
        <table>
          <thead>
            <tr>
              <th scope="col">Writer</th>
              <th scope="col" class="num">
                Epoch
              </th>
              <th scope="col" class="num">
                Recorded
              </th>
              <th scope="col" class="num">
                Highest
              </th>
              <th scope="col" class="num">
                Missing
              </th>
            </tr>
          </thead>
          <tbody>
            {streams.streams.map(({ gateway, epoch, events, highest, missing, lastIndex }) => (
              <tr key={`${gateway}.${epoch}`}>
                <td>
                  <a href={hashOf("event", String(lastIndex))} title="Its last event">
                    <code>{gateway}</code>
                  </a>
                </td>
                <td class="num">{epoch}</td>
                <td class="num">{count(events)}</td>
                <td class="num">{count(highest)}</td>
                <td class={missing > 0 ? "num is-block" : "num"}>{count(missing)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {streams.next === null ? null : <p class="quiet small">Earlier epochs are not listed.</p>}
    </section>
  );
}

/** Attempts that left no record. */
export function HolesTable({
  holes,
  missing,
}: {
  readonly holes: Holes;
  readonly missing: number;
}): VNode {
  return (
    <section class="sheet" aria-labelledby="holes">
      <h2 id="holes">Holes in the sequences</h2>
      {holes.holes.length === 0 ? (
        <p class="quiet">Below the highest of each epoch, every attempt has its record.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Epoch</th>
              <th scope="col" class="num">
                Attempts
              </th>
            </tr>
          </thead>
          <tbody>
            {holes.holes.map(({ gateway, epoch, from, to }) => (
              <tr key={`${gateway}.${epoch}.${from}`}>
                <td>
                  <code>
                    {gateway}.{epoch}
                  </code>
                </td>
                <td class="num">{from === to ? count(from) : `${count(from)} – ${count(to)}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {holes.next === null ? null : (
        <p class="quiet small">The first ones; {count(missing)} records are missing in all.</p>
      )}
    </section>
  );
}
