import { proofPage } from "@writ/tlog/proof-page";
import { h, type VNode } from "preact";
import { useState } from "preact/hooks";
import { Checks } from "../parts/checks.tsx";
import { Fault } from "../parts/fault.tsx";
import { Notice } from "../parts/notice.tsx";
import { pathInWords } from "../proof/audit-path.ts";
import type { Examined } from "../proof/examine.ts";
import { type Drawn, drawPath } from "../proof/path-drawing.ts";
import type { LogSource } from "../source/source.ts";
import type { Trust } from "../trust/trust.ts";
import type { Proved } from "./prove-event.ts";
import type { ReadEvent } from "./read-event.ts";
import { saveFile } from "./save-file.ts";

interface ProofProps {
  readonly source: LogSource;
  readonly read: ReadEvent;
  readonly proved: Proved;
  readonly trust: Trust;
}

/** Each verdict in a sentence. */
export const VERDICTS: Readonly<Record<Examined["verdict"], string>> = {
  holds: "Proven here: the log whose key you pinned holds this event.",
  fails: "This does not hold. Do not rely on what stands here.",
  unasked:
    "Not proven yet: no key is pinned. Under Keys, paste the log's key from elsewhere, or pin the server's.",
};

/** Whether the log holds this event, in one sentence; and what stands against it. */
export function Verdict({ verdict, checks }: Examined): VNode {
  const failed = checks.filter(({ answer }) => answer === "fails");
  return (
    <Notice kind={verdict === "fails" ? "fault" : "plain"}>
      <p class={`verdict is-${verdict}`}>{VERDICTS[verdict]}</p>
      {failed.length === 0 ? null : (
        <ul class="failed">
          {failed.map(({ title, sentence }) => (
            <li key={sentence}>
              ✗ {title}: {sentence}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

/** Each check, the path, and the proof to take away. */
export function ProofPanel(props: ProofProps): VNode {
  const { checks, path, checkpoint } = props.proved.examined;
  return (
    <section class="sheet stack proof" aria-labelledby="proof-title">
      <h2 id="proof-title">Proof: what this browser checked</h2>
      <Checks checks={checks} />
      {path === undefined || checkpoint === undefined ? null : (
        <details open>
          <summary>The path from the event to the root</summary>
          <div class="path">
            <Drawing of={drawPath(path, checkpoint.checkpoint.root)} />
            <ol class="path-words small quiet">
              {pathInWords(path, checkpoint.checkpoint.root).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ol>
          </div>
        </details>
      )}
      <Downloads {...props} />
    </section>
  );
}

function Drawing({ of: { tag, attributes, children } }: { readonly of: Drawn }): VNode {
  const inside = children.map((child) =>
    typeof child === "string" ? child : h(Drawing, { of: child }),
  );
  return h(tag, attributes, ...inside);
}

function Downloads({ source, read, proved, trust }: ProofProps): VNode | null {
  const [fault, setFault] = useState<unknown>();
  const { proof } = proved.examined;
  const { index, bytes } = read;
  const name = `event-${index}`;
  if (proof === undefined) return null;
  const savePage = async (): Promise<void> => {
    try {
      const template = await source.text("proof-page.html");
      const logKeys = proved.vkey === null ? [] : [proved.vkey];
      const data = { event: bytes, proof, logKeys, witnessKeys: trust.witnesses };
      saveFile(`${name}.html`, [proofPage(template, data)], "text/html");
      setFault(undefined);
    } catch (error) {
      setFault(error);
    }
  };
  return (
    <>
      <p class="buttons">
        <button
          type="button"
          class="button"
          onClick={() => saveFile(`${name}.event.json`, bytes, "application/json")}
        >
          Save the event
        </button>
        <button
          type="button"
          class="button"
          onClick={() => saveFile(`${name}.tlog-proof`, proof, "text/plain")}
        >
          Save the tlog-proof
        </button>
        <button type="button" class="button" onClick={savePage}>
          Save as one page that checks itself
        </button>
      </p>
      {fault === undefined ? null : <Fault fault={fault} />}
    </>
  );
}
