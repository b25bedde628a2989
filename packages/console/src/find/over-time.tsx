import type { VNode } from "preact";
import { spanOver, timeText } from "../now/window.ts";
import { OutcomeChart } from "../parts/outcome-chart.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import type { Counts, Histogram, TimeBucket } from "../source/answers.ts";
import type { LogSource } from "../source/source.ts";
import { countsQuery, isCounted } from "./filter.ts";

const HEIGHT = 64;

/** When the matching events were; a bar leads to its own time. */
export function OverTime({
  source,
  filter,
  onRange,
}: {
  readonly source: LogSource;
  readonly filter: URLSearchParams;
  readonly onRange: (from: string, to: string) => void;
}): VNode {
  const query = countsQuery(filter);
  const { answer, isWaiting } = useAnswer(
    (signal) =>
      isCounted(filter) ? histogramOf(source, filter, signal) : Promise.resolve(undefined),
    [source, query],
  );
  const pick = ({ at }: TimeBucket): void => {
    const start = Date.parse(at) / 1000;
    onRange(timeText(start), timeText(start + (answer?.step ?? 1)));
  };
  return (
    <div class="over-time">
      {answer === undefined ? (
        <p class="quiet small">
          {isWaiting
            ? ""
            : isCounted(filter)
              ? "Nothing to count."
              : "The events of one id are not counted over time."}
        </p>
      ) : (
        <OutcomeChart histogram={answer} height={HEIGHT} onPick={pick} />
      )}
    </div>
  );
}

async function histogramOf(
  source: LogSource,
  filter: URLSearchParams,
  signal: AbortSignal,
): Promise<Histogram | undefined> {
  const [from, to] = [filter.get("from"), filter.get("to")];
  const ends =
    from === null || to === null
      ? await source.json<Counts>(`v1/counts?${countsQuery(filter)}`, signal)
      : { earliest: null, latest: null };
  const start = from ?? ends.earliest;
  const end = to ?? ends.latest;
  if (start === null || end === null || Date.parse(start) > Date.parse(end)) return undefined;
  const inclusive = Date.parse(end) / 1000 - (to === null ? 0 : 1);
  const span = spanOver(Date.parse(start) / 1000, inclusive);
  const query = new URLSearchParams(countsQuery(filter));
  query.set("from", from ?? timeText(span.from));
  query.set("to", to ?? timeText(span.to));
  query.set("step", String(span.step));
  return source.json<Histogram>(`v1/histogram?${query}`, signal);
}
