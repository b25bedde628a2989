import type { VNode } from "preact";
import { levelsOf, ticksOf } from "../parts/chart-geometry.ts";
import { count, instant } from "../parts/format.ts";
import { useWidth } from "../parts/use-width.ts";
import type { Checkpoints } from "../source/answers.ts";

const HEIGHT = 120;
const FOOT = 22;

/** How the log has grown: the sizes of its checkpoints over the times of their last events. */
export function GrowthChart({
  checkpoints,
}: {
  readonly checkpoints: Checkpoints["checkpoints"];
}): VNode {
  const [frame, width] = useWidth<HTMLDivElement>();
  const points = checkpoints.flatMap(({ size, time }) =>
    typeof time === "string" ? [{ size, at: Date.parse(time) }] : [],
  );
  const [first, last] = [points[0], points.at(-1)];
  const start = first?.at ?? 0;
  const span = Math.max(1, (last?.at ?? 1) - start);
  const { top, levels } = levelsOf(Math.max(1, ...points.map(({ size }) => size)), HEIGHT);
  const x = (at: number): number => Math.min(width, Math.max(0, ((at - start) * width) / span));
  const y = (size: number): number => HEIGHT - (HEIGHT * size) / top;
  const line = points.map(({ at, size }) => `H${x(at).toFixed(1)}V${y(size).toFixed(1)}`).join("");
  return (
    <figure class="chart">
      <div ref={frame}>
        <svg width={width} height={HEIGHT + FOOT} aria-hidden="true">
          {levels.map((level) => (
            <g key={level.events}>
              <line class="grid" x1={0} x2={width} y1={level.y} y2={level.y} />
              <text x={2} y={level.y - 3}>
                {count(level.events)}
              </text>
            </g>
          ))}
          <path class="growth-area" d={`M0 ${HEIGHT}${line}V${HEIGHT}z`} />
          <path class="growth-line" d={`M0 ${HEIGHT}${line}`} />
          <line class="axis" x1={0} x2={width} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
          {ticksOf(start, start + span, width).map((tick) => (
            <g key={tick.x}>
              <line class="axis" x1={tick.x} x2={tick.x} y1={HEIGHT} y2={HEIGHT + 4} />
              <text x={tick.x + 3} y={HEIGHT + 16}>
                {tick.label}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <figcaption class="quiet small">
        {first === undefined || last === undefined
          ? "No checkpoint has events yet."
          : `From ${count(first.size)} events at ${instant(new Date(first.at).toISOString())} to ${count(last.size)} at ${instant(new Date(last.at).toISOString())} UTC, by the events' own times.`}
      </figcaption>
    </figure>
  );
}
