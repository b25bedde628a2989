import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Checks } from "../parts/checks.tsx";
import { Fault } from "../parts/fault.tsx";
import { Notice } from "../parts/notice.tsx";
import { type Check, verdictOf } from "../proof/check.ts";
import { examineHeads } from "../proof/examine.ts";
import { tilesFrom } from "../proof/source-tiles.ts";
import { hashOf } from "../shell/route.ts";
import { replaceRoute } from "../shell/use-route.ts";
import type { ViewProps } from "../shell/view.ts";
import type { LogSource } from "../source/source.ts";
import { Heads } from "./heads.tsx";
import { believedKeys } from "./trusted.ts";

type Outcome =
  | { readonly kind: "none" | "waiting" }
  | { readonly kind: "checked"; readonly checks: readonly Check[] }
  | { readonly kind: "fault"; readonly fault: unknown };

/** Whether one checkpoint continues another, worked out here from hash tiles. */
export function Consistency({ source, route, say }: ViewProps): VNode {
  const [from, to] = [route.query.get("from") ?? "", route.query.get("to") ?? ""];
  const [kept, setKept] = useState("");
  const [outcome, setOutcome] = useState<Outcome>({ kind: "none" });
  const isExport = source.kind === "export";
  const choose = (name: "from" | "to", size: number): void => {
    const query = new URLSearchParams(route.query);
    query.set(name, String(size));
    replaceRoute(hashOf("log", "", query));
  };
  const check = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setOutcome({ kind: "waiting" });
    try {
      const checks = await compare(source, kept === "" ? noteOf(source, from) : note(kept), to);
      setOutcome({ kind: "checked", checks });
      say(`Consistency ${verdictOf(checks) === "holds" ? "holds" : "does not hold"}`);
    } catch (fault) {
      setOutcome({ kind: "fault", fault });
    }
  };
  return (
    <section class="sheet stack" aria-labelledby="consistency">
      <h2 id="consistency">Does one checkpoint continue another?</h2>
      {isExport ? null : <Heads {...{ source, from, to }} onChoose={choose} />}
      <form class="stack" onSubmit={check}>
        <div class="field">
          <label for="kept">A checkpoint that you kept, as the older one: its signed note</label>
          <textarea
            id="kept"
            rows={3}
            spellcheck={false}
            value={kept}
            onInput={(event) => setKept(event.currentTarget.value)}
          />
        </div>
        <p>
          <button
            type="submit"
            class="button"
            disabled={(from === "" && kept === "") || outcome.kind === "waiting"}
          >
            {buttonText(kept === "" ? from : "the kept one", to)}
          </button>
        </p>
      </form>
      {outcome.kind === "fault" ? <Fault fault={outcome.fault} /> : null}
      {outcome.kind === "checked" ? <Verdict checks={outcome.checks} /> : null}
    </section>
  );
}

function buttonText(from: string, to: string): string {
  return `Check that ${to === "" ? "the last one" : to} continues ${from === "" ? "…" : from}`;
}

async function compare(
  source: LogSource,
  older: Promise<Uint8Array> | Uint8Array,
  to: string,
): Promise<readonly Check[]> {
  const [{ trust }, before, present] = await Promise.all([
    believedKeys(source),
    older,
    to === "" ? source.bytes("checkpoint") : noteOf(source, to),
  ]);
  return examineHeads(present, before, trust, tilesFrom(source));
}

function noteOf(source: LogSource, size: string): Promise<Uint8Array> {
  return source.bytes(`checkpoint/${size}`);
}

/** A note as it was pasted: a text field may have taken its last newline. */
function note(pasted: string): Uint8Array {
  return new TextEncoder().encode(`${pasted.replaceAll("\r\n", "\n").trimEnd()}\n`);
}

function Verdict({ checks }: { readonly checks: readonly Check[] }): VNode {
  const verdict = verdictOf(checks);
  return (
    <>
      <Notice kind={verdict === "holds" ? "plain" : "fault"}>
        <p>
          <strong>
            {verdict === "holds"
              ? "It does: nothing was removed or changed between the two."
              : verdict === "fails"
                ? "This does not hold."
                : "This could not be checked."}
          </strong>
        </p>
      </Notice>
      <Checks checks={checks} />
    </>
  );
}
