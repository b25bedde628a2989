import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Fault } from "../parts/fault.tsx";
import { count } from "../parts/format.ts";
import { Gate } from "../parts/gate.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import { hashOf } from "../shell/route.ts";
import type { ViewProps } from "../shell/view.ts";
import { type LogSource, SourceRefused } from "../source/source.ts";
import { pinnedTrust, type Trust } from "../trust/trust.ts";
import { EventBytes } from "./bytes.tsx";
import { EvaluatorTrace } from "./evaluator-trace.tsx";
import { KeysPanel } from "./keys-panel.tsx";
import { NineFields } from "./nine-fields.tsx";
import { ProofPanel, VERDICTS, Verdict } from "./proof-panel.tsx";
import { type Proved, proveEvent } from "./prove-event.ts";
import { type ReadEvent, readEvent } from "./read-event.ts";
import { SameInput } from "./same-input.tsx";
import { headline } from "./words.ts";

interface Shown {
  readonly read: ReadEvent;
  readonly proved: Proved;
}

/** *One event*: what it says, and whether the log really holds it, worked out here. */
export function View({ source, route, say }: ViewProps): VNode {
  const [trust, setTrust] = useState(pinnedTrust);
  const { answer, fault } = useAnswer(
    (signal) => show(source, route.of, trust, signal),
    [source, route.of, trust],
  );
  useEffect(() => {
    if (answer !== undefined) say(VERDICTS[answer.proved.examined.verdict]);
  }, [answer]);
  if (fault !== undefined) return <NotShown fault={fault} />;
  if (answer === undefined) return <h1>Event {route.of}</h1>;
  const { read, proved } = answer;
  return (
    // Of its own for each event: what stands elsewhere now has not moved.
    <div class="stack one-event" key={read.index}>
      <Head {...answer} />
      <Verdict {...proved.examined} />
      <What {...answer} />
      <ProofPanel {...{ source, read, proved, trust }} />
      <KeysPanel {...{ trust, served: proved.served }} onChange={setTrust} />
      <EventBytes bytes={read.bytes} />
      <SameInput {...{ source, read, event: proved.examined.event }} />
    </div>
  );
}

async function show(
  source: LogSource,
  of: string,
  trust: Trust,
  signal: AbortSignal,
): Promise<Shown> {
  const read = await readEvent(source, of, signal);
  return { read, proved: await proveEvent(source, read, trust, signal) };
}

function NotShown({ fault }: { readonly fault: unknown }): VNode {
  const isRefused = fault instanceof SourceRefused && fault.code === "KEY_NEEDED";
  return (
    <>
      <h1>Event</h1>
      {isRefused ? <Gate isRefused /> : <Fault fault={fault} />}
    </>
  );
}

function Head({ read: { index }, proved }: Shown): VNode {
  const { event, checkpoint } = proved.examined;
  const size = checkpoint?.checkpoint.size ?? 0;
  return (
    <header class="event-head">
      <h1>Event {count(index)}</h1>
      {event === undefined ? null : (
        <p class="headline">
          <Outcome of={event.decision} />
          {event.status === "failed" ? <Outcome of="failed" /> : null}
          <span>{headline(event).replace(/^[A-Z]+: /, "")}</span>
        </p>
      )}
      <nav aria-label="Events beside it">
        {index > 0 ? <a href={hashOf("event", String(index - 1))}>Event before</a> : null}
        {index + 1 < size ? <a href={hashOf("event", String(index + 1))}>Event after</a> : null}
      </nav>
    </header>
  );
}

function What({ proved }: Shown): VNode | null {
  const { event } = proved.examined;
  if (event === undefined) return null;
  return (
    <div class="what">
      <NineFields event={event} />
      <EvaluatorTrace event={event} />
    </div>
  );
}
