import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useEvery } from "../parts/every.ts";
import { Fault } from "../parts/fault.tsx";
import { Gate } from "../parts/gate.tsx";
import { OutcomeChart } from "../parts/outcome-chart.tsx";
import { Switch } from "../parts/switch.tsx";
import { hashOf } from "../shell/route.ts";
import { replaceRoute } from "../shell/use-route.ts";
import type { ViewProps } from "../shell/view.ts";
import { SourceRefused } from "../source/source.ts";
import { Arrivals } from "./arrivals.tsx";
import { CheckpointNow } from "./checkpoint-now.tsx";
import { Figures } from "./figures.tsx";
import { type Live, nextRound } from "./live.ts";
import { HolesTable, StreamsTable } from "./sequences.tsx";
import { WINDOWS, type WindowName, windowOf } from "./window.ts";

const PAUSE_MS = 1000;
const CHART_HEIGHT = 150;

/** *Now*: what is being decided, and how the log stands. */
export function View({ source, route, say }: ViewProps): VNode {
  const wanted = windowOf(route.query.get("window"));
  const [live, fault] = useLive(source, wanted, say);
  if (fault instanceof SourceRefused && fault.code === "KEY_NEEDED") {
    return (
      <>
        <h1>Now</h1>
        <Gate isRefused />
      </>
    );
  }
  return (
    <>
      <div class="head">
        <h1>Now</h1>
        <Switch<WindowName>
          label="How far back"
          choices={WINDOWS}
          chosen={live?.window ?? wanted ?? "1h"}
          onChoose={(window) => replaceRoute(hashOf("now", "", new URLSearchParams({ window })))}
        />
      </div>
      {fault === undefined ? null : <Fault fault={fault} />}
      {live === undefined ? <div class="now-waiting" /> : <Shown live={live} />}
    </>
  );
}

function Shown({ live }: { readonly live: Live }): VNode {
  return (
    <>
      <Figures live={live} />
      <section class="sheet" aria-labelledby="over-time">
        <h2 id="over-time">Decisions over time</h2>
        <OutcomeChart histogram={live.histogram} height={CHART_HEIGHT} />
      </section>
      <Arrivals arrivals={live.arrivals} size={live.state.log?.size ?? 0} />
      <div class="now-columns">
        <CheckpointNow state={live.state} />
        <StreamsTable streams={live.streams} />
        <HolesTable holes={live.holes} missing={live.state.log?.missing ?? 0} />
      </div>
    </>
  );
}

type Followed = readonly [live: Live | undefined, fault: unknown];

/** What was found last stays in sight while something goes wrong, with what that is above it. */
function useLive(
  source: ViewProps["source"],
  wanted: WindowName | undefined,
  say: ViewProps["say"],
): Followed {
  const [[live, fault], setState] = useState<Followed>([undefined, undefined]);
  const [shared] = useState<{ live: Live | undefined; wanted: WindowName | undefined }>({
    live: undefined,
    wanted,
  });
  shared.wanted = wanted;
  useEvery(
    PAUSE_MS,
    async (signal) => {
      try {
        const next = await nextRound(source, shared.wanted, shared.live, signal);
        announce(next, shared.live, say);
        shared.live = next;
        setState([next, undefined]);
      } catch (error) {
        if (!signal.aborted) setState([shared.live, error]);
      }
    },
    [wanted],
  );
  return [live, fault];
}

/** Only what is new, and only how much: the list itself is there to be read. */
function announce(next: Live, last: Live | undefined, say: ViewProps["say"]): void {
  const [after, before] = [next.state.log, last?.state.log];
  if (after === null || before === null || before === undefined) return;
  const arrived = after.size - before.size;
  if (arrived <= 0) return;
  const blocked = after.decisions.BLOCK - before.decisions.BLOCK;
  say(`${arrived} new ${arrived === 1 ? "decision" : "decisions"}, ${blocked} BLOCK`);
}
