/** One line of a panel: points (x, y), x rising. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

/** A small plot over the size of the log; the first curve is the one that it is about. */
export interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** A dashed level and its words. */
  readonly goal?: { readonly y: number; readonly text: string };
}

const WIDTH = 330;
const HEIGHT = 210;
const BOX = { left: 52, top: 40, right: 14, bottom: 34 };
const COLUMNS = 3;
const COLOURS = ["a", "b"];

const STYLE = `
text { font: 11px system-ui, sans-serif; fill: #333 }
.title { font-size: 13px; font-weight: 600 }
.grid { stroke: #ddd }
.goal { stroke: #777; stroke-dasharray: 4 3 }
polyline { fill: none; stroke-width: 2 }
polyline.a { stroke: #0969da } circle.a, text.a { fill: #0969da }
polyline.b { stroke: #bc4c00 } circle.b, text.b { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
  text { fill: #ccc }
  .grid { stroke: #444 }
  .goal { stroke: #999 }
  polyline.a { stroke: #58a6ff } circle.a, text.a { fill: #58a6ff }
  polyline.b { stroke: #f0883e } circle.b, text.b { fill: #f0883e }
}`;

/** Panels side by side, on no background, so that light and dark pages both suit. */
export function chart(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = COLUMNS * WIDTH;
  const height = rows * HEIGHT;
  const drawn = panels.map((panel, i) => {
    const x = (i % COLUMNS) * WIDTH;
    const y = Math.floor(i / COLUMNS) * HEIGHT;
    return `<g transform="translate(${x} ${y})">${draw(panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"><title>A log as it grows: rate, latency, memory, opening, proof, verification</title>
<style>${STYLE}
</style>
${drawn.join("\n")}
</svg>
`;
}

function draw({ title, curves, goal }: Panel): string {
  const points = curves.flatMap((curve) => curve.points);
  const right = Math.max(...points.map(([x]) => x));
  const top = niceAbove(Math.max(goal?.y ?? 0, ...points.map(([, y]) => y)));
  const at = {
    x: scale(right, BOX.left, WIDTH - BOX.right),
    y: scale(top, HEIGHT - BOX.bottom, BOX.top),
  };
  const level = (y: number, name: string): string =>
    `<line class="${name}" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${at.y(y)}" y2="${at.y(y)}"/>`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  return [
    text(BOX.left, 18, title, "title"),
    ...ticks.map((y) => level(y, "grid") + text(BOX.left - 6, at.y(y) + 4, short(y), "", "end")),
    ...[0, 0.5, 1].map((part) =>
      text(
        at.x(part * right),
        HEIGHT - BOX.bottom + 16,
        `${short((part * right) / 1e6)} M`,
        "",
        "middle",
      ),
    ),
    ...(goal === undefined
      ? []
      : [level(goal.y, "goal"), text(WIDTH - BOX.right, at.y(goal.y) - 5, goal.text, "", "end")]),
    ...curves.map((curve, i) => line(curve, at, COLOURS[i] ?? "a")),
    ...(curves.length < 2
      ? []
      : curves.map(({ name }, i) => text(BOX.left + i * 130, 33, name, COLOURS[i] ?? "a"))),
  ].join("\n");
}

interface Axes {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

function line({ points }: Curve, at: Axes, colour: string): string {
  const path = points.map(([x, y]) => `${at.x(x)},${at.y(y)}`).join(" ");
  const dots = points.map(
    ([x, y]) => `<circle class="${colour}" cx="${at.x(x)}" cy="${at.y(y)}" r="2.5"/>`,
  );
  return `<polyline class="${colour}" points="${path}"/>${dots.join("")}`;
}

function scale(most: number, from: number, to: number): (value: number) => number {
  return (value) => Math.round((from + (value / most) * (to - from)) * 10) / 10;
}

function text(x: number, y: number, words: string, name: string, anchor = "start"): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text class="${name}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

/** The next of 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8 × 10^n: its quarters read well. */
function niceAbove(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10];
  return (steps.find((step) => step * unit >= value) ?? 10) * unit;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
