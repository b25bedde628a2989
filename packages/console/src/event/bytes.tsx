import type { VNode } from "preact";
import { count } from "../parts/format.ts";
import { plainText } from "../parts/plain-text.ts";

/** The event as it is in the log, byte for byte. */
export function EventBytes({ bytes }: { readonly bytes: Uint8Array }): VNode {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return (
    <section class="sheet" aria-labelledby="bytes-title">
      <h2 id="bytes-title">As bytes: {count(bytes.length)} of canonical JSON</h2>
      <pre class="bytes">{plainText(text)}</pre>
    </section>
  );
}
