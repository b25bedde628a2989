import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Histogram, TimeBucket } from "../source/answers.ts";
import { type Bar, chartOf } from "./chart-geometry.ts";
import { count, instant } from "./format.ts";
import { Outcome } from "./outcome.tsx";
import { Scroll } from "./scroll.tsx";
import { useWidth } from "./use-width.ts";

const FOOT = 22;
const CLASSES = { ALLOW: "allow", REWRITE: "rewrite", BLOCK: "block" } as const;

/** Decisions over time, stacked by outcome; said in a sentence and as a table too. */
export function OutcomeChart({
  histogram,
  height,
  onPick,
}: {
  readonly histogram: Histogram;
  readonly height: number;
  /** Told of a bucket that was clicked. */
  readonly onPick?: (bucket: TimeBucket) => void;
}): VNode {
  const [frame, width] = useWidth<HTMLDivElement>();
  const { bars, levels, ticks } = chartOf(histogram, width, height);
  return (
    <figure class="chart">
      <div ref={frame}>
        <svg width={width} height={height + FOOT} aria-hidden="true">
          <Hatch />
          {levels.map(({ y, events }) => (
            <line key={events} class="grid" x1={0} x2={width} y1={y} y2={y} />
          ))}
          {bars.map((bar) => (
            <BarOf key={bar.bucket.at} bar={bar} height={height} onPick={onPick} />
          ))}
          {levels.map(({ y, events }) => (
            <text key={events} x={2} y={y - 3}>
              {count(events)}
            </text>
          ))}
          <line class="axis" x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} />
          {ticks.map(({ x, label }) => (
            <g key={label + x}>
              <line class="axis" x1={x} x2={x} y1={height} y2={height + 4} />
              <text x={x + 3} y={height + 16}>
                {label}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <figcaption class="legend">
        <Legend histogram={histogram} />
      </figcaption>
      <Table histogram={histogram} />
    </figure>
  );
}

function Hatch(): VNode {
  return (
    <defs>
      <pattern
        id="hatch"
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect class="hatch-ground" width="5" height="5" />
        <line class="hatch-line" x1="0" y1="0" x2="0" y2="5" />
      </pattern>
    </defs>
  );
}

function BarOf({
  bar: { x, width, parts, bucket },
  height,
  onPick,
}: {
  readonly bar: Bar;
  readonly height: number;
  readonly onPick: ((bucket: TimeBucket) => void) | undefined;
}): VNode {
  const middle = x + width / 2;
  const top = parts.at(-1)?.y ?? height;
  return (
    <g>
      {parts.map(({ of, y, height: tall }) => (
        <rect key={of} class={CLASSES[of]} x={x} y={y} width={width} height={tall} />
      ))}
      {bucket.failed > 0 ? (
        <path class="failed" d={`M${middle} ${Math.max(0, top - 9)}l4 7h-8z`} />
      ) : null}
      {onPick === undefined ? null : (
        // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut; the fields beside do the same
        <rect class="hit" {...{ x, width, height }} y={0} onClick={() => onPick(bucket)}>
          <title>{bucketSays(bucket)}</title>
        </rect>
      )}
    </g>
  );
}

function bucketSays({ at, ALLOW, REWRITE, BLOCK, failed }: TimeBucket): string {
  return `${instant(at)}: ${ALLOW} ALLOW, ${REWRITE} REWRITE, ${BLOCK} BLOCK; ${failed} failed`;
}

const NAMES = ["ALLOW", "REWRITE", "BLOCK", "failed"] as const;

function Legend({ histogram: { from, to, buckets } }: { readonly histogram: Histogram }): VNode {
  return (
    <>
      {NAMES.map((name) => (
        <span key={name}>
          <Outcome of={name} />{" "}
          <span class="num">{count(buckets.reduce((sum, bucket) => sum + bucket[name], 0))}</span>
        </span>
      ))}
      <span class="quiet">
        {instant(from)} – {instant(to)} UTC
      </span>
    </>
  );
}

function Table({ histogram: { buckets } }: { readonly histogram: Histogram }): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen ? (
        <Scroll label="Decisions over time" className="chart-table">
          <table>
            <thead>
              <tr>
                <th scope="col">From (UTC)</th>
                {NAMES.map((name) => (
                  <th key={name} scope="col" class="num">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {buckets.map((bucket) => (
                <tr key={bucket.at}>
                  <td>{instant(bucket.at)}</td>
                  {NAMES.map((name) => (
                    <td key={name} class="num">
                      {count(bucket[name])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      ) : null}
    </details>
  );
}
