import type { Event } from "@writ/contract/event";
import type { VNode } from "preact";
import { inWords } from "./words.ts";

/** The nine fields of an event: its own words, and what they mean. */
export function NineFields({ event }: { readonly event: Event }): VNode {
  return (
    <section class="sheet" aria-labelledby="fields-title">
      <h2 id="fields-title">What it says</h2>
      <dl class="nine-fields">
        {inWords(event).map(({ name, value, words }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <span class="mono">{value}</span>
              <span class="quiet small">{words}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
