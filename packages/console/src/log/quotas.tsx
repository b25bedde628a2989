import type { VNode } from "preact";
import { Fault } from "../parts/fault.tsx";
import { bytes, count, share } from "../parts/format.ts";
import { Scroll } from "../parts/scroll.tsx";
import type { Settled } from "../parts/use-answer.ts";
import type { Quotas } from "../source/answers.ts";

const LEVELS = { free: "", near: "near its end", reached: "reached" } as const;

/** What is used of each quota of the constitution in force. */
export function QuotaTable({ answer, fault }: Settled<Quotas>): VNode {
  return (
    <section class="sheet" aria-labelledby="quotas">
      <h2 id="quotas">Quota used</h2>
      {fault === undefined ? null : <Fault fault={fault} />}
      <Scroll label="Quota used">
        <table>
          <thead>
            <tr>
              <th scope="col">Whose</th>
              <th scope="col">Of</th>
              <th scope="col" class="num">
                Used
              </th>
              <th scope="col" class="num">
                Limit
              </th>
              <th scope="col" class="num">
                Part
              </th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {answer?.quotas.map(({ writer, of, used, limit, level }) => {
              const number = of === "bytes" ? bytes : count;
              return (
                <tr key={`${writer} ${of}`}>
                  <td>{writer === null ? "the whole log" : <code>{writer}</code>}</td>
                  <td>{of}</td>
                  <td class="num">{number(used)}</td>
                  <td class="num">{number(limit)}</td>
                  <td class="num">{share(used, limit)}</td>
                  <td class={level === "free" ? "" : "is-block"}>{LEVELS[level]}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
