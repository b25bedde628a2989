import type { VNode } from "preact";
import { eventsOf } from "../parts/chart-geometry.ts";
import { age, count, rate, share } from "../parts/format.ts";
import type { TimeBucket } from "../source/answers.ts";
import type { Live } from "./live.ts";

/** The numbers that are looked at first. */
export function Figures({ live }: { readonly live: Live }): VNode {
  const { state, histogram, lastMinute, streams } = live;
  const { log, checkpoint } = state;
  const sum = (of: (bucket: TimeBucket) => number): number =>
    histogram.buckets.reduce((total, bucket) => total + of(bucket), 0);
  const events = sum(eventsOf);
  const blocked = sum(({ BLOCK }) => BLOCK);
  const failed = sum((bucket) => bucket.failed);
  const size = log?.size ?? 0;
  const published = checkpoint?.at ?? null;
  return (
    <dl class="figures">
      <Figure name="Decisions a second" below={`${count(lastMinute)} in the last minute`}>
        {rate(lastMinute, 60)}
      </Figure>
      <Figure name="Share of BLOCK" below={`${share(log?.decisions.BLOCK ?? 0, size)} of all`}>
        {share(blocked, events)}
      </Figure>
      <Figure name="Failed attempts" below={`${count(log?.failed ?? 0)} of all`}>
        {count(failed)}
      </Figure>
      <Figure
        name="Missing records"
        below={holesText(log?.holes ?? 0)}
        isWrong={(log?.missing ?? 0) > 0}
      >
        {count(log?.missing ?? 0)}
      </Figure>
      <Figure name="Gateway epochs" below={writersText(streams.streams)}>
        {count(log?.streams ?? 0)}
      </Figure>
      <Figure
        name="Last checkpoint"
        below={published === null ? "none yet" : `${ageOf(state.now, published)} old`}
      >
        {count(checkpoint?.size ?? 0)}
      </Figure>
    </dl>
  );
}

/** More characters than a figure of full size has room for: it is made smaller, and never cut. */
const LONG = 9;

function Figure({
  name,
  below,
  isWrong = false,
  children,
}: {
  readonly name: string;
  readonly below: string;
  readonly isWrong?: boolean;
  readonly children: string;
}): VNode {
  return (
    <div class={isWrong ? "figure is-wrong" : "figure"}>
      <dt>{name}</dt>
      <dd class={children.length > LONG ? "is-long" : ""}>{children}</dd>
      <dd class="below">{below}</dd>
    </div>
  );
}

function ageOf(now: string, then: string): string {
  return age(Date.parse(now) - Date.parse(then));
}

function holesText(holes: number): string {
  if (holes === 0) return "no hole in any epoch";
  return `in ${count(holes)} ${holes === 1 ? "hole" : "holes"}`;
}

function writersText(streams: Live["streams"]["streams"]): string {
  const gateways = new Set(streams.map(({ gateway }) => gateway)).size;
  return `${gateways} ${gateways === 1 ? "writer" : "writers"} lately`;
}
