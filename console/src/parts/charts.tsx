/** The two charts of the overview; each says in words what it draws. */

import type { TrendPoint } from "../api/types";
import { absolute, ago, count } from "../text/format";
import { useNow } from "./words";

const WIDTH = 360;
const HEIGHT = 110;
const TOP = 10;

/** Critical and high findings over time: steps, for a count holds until it changes. */
export function Trend({ points }: { points: TrendPoint[] }) {
  const now = useNow();
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return <p className="soft">The trend begins with the first change.</p>;
  const labels = [count(last.critical), count(last.high)];
  // Room for the longer of them behind the end of the line.
  const right = WIDTH - 13 - 7 * Math.max(...labels.map(({ length }) => length));
  const start = Date.parse(first.at);
  const end = Math.max(now, Date.parse(last.at));
  const most = Math.max(...points.map((point) => Math.max(point.critical, point.high)), 1);
  const x = (at: number) => ((at - start) / Math.max(end - start, 1)) * right;
  const y = (value: number) => TOP + (1 - value / most) * (HEIGHT - TOP);
  const trace = (of: "critical" | "high") => {
    const steps = points.map((point, index) => {
      const at = x(Date.parse(point.at)).toFixed(1);
      return index === 0 ? `M${at} ${y(point[of])}` : `H${at}V${y(point[of]).toFixed(1)}`;
    });
    return `${steps.join("")}H${x(end).toFixed(1)}`;
  };
  // Two labels at the same height cannot be read.
  const [critical, high] = apart(y(last.critical), y(last.high));
  return (
    <svg
      className="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT + 20}`}
      role="img"
      aria-label={summary(points)}
    >
      <line className="grid" x1="0" x2={right} y1={HEIGHT} y2={HEIGHT} />
      <line className="grid" x1="0" x2={right} y1={TOP} y2={TOP} strokeDasharray="2 4" />
      <path className="trace is-high" d={trace("high")} />
      <path className="trace is-critical" d={trace("critical")} />
      <g className="is-critical">
        <text className="label" x={right + 6} y={critical + 4}>
          {labels[0]}
        </text>
      </g>
      <g className="is-high">
        <text className="label" x={right + 6} y={high + 4}>
          {labels[1]}
        </text>
      </g>
      <text x="0" y={HEIGHT + 16}>
        {ago(first.at, now)}
      </text>
      <text x={right} y={HEIGHT + 16} textAnchor="end">
        now
      </text>
    </svg>
  );
}

function apart(one: number, other: number): [number, number] {
  const gap = 13;
  if (Math.abs(one - other) >= gap) return [one, other];
  const middle = Math.min((one + other) / 2, HEIGHT - gap / 2);
  return one <= other ? [middle - gap / 2, middle + gap / 2] : [middle + gap / 2, middle - gap / 2];
}

function summary(points: TrendPoint[]): string {
  const say = (point: TrendPoint) =>
    `${count(point.critical)} critical and ${count(point.high)} high on ${absolute(point.at)}`;
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? `Findings over time: ${say(first)}; ${say(last)}.` : "";
}

/** One bar for each hour, the last one now. */
export function Hours({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(...values, 1);
  const step = WIDTH / Math.max(values.length, 1);
  const tall = 44;
  return (
    <svg className="chart" viewBox={`0 0 ${WIDTH} ${tall + 18}`} role="img" aria-label={label}>
      {values.map((value, hour) => {
        const height = value === 0 ? 1 : Math.max((value / most) * tall, 3);
        return (
          <rect
            key={hour}
            className={value === 0 ? "bar-zero" : "bar"}
            x={(hour * step + 1).toFixed(1)}
            y={(tall - height).toFixed(1)}
            width={(step - 2).toFixed(1)}
            height={height.toFixed(1)}
            rx="1"
          >
            <title>{`${count(value)}, ${values.length - hour} h ago`}</title>
          </rect>
        );
      })}
      <text x="0" y={tall + 14}>
        {values.length} h ago
      </text>
      <text x={WIDTH} y={tall + 14} textAnchor="end">
        now
      </text>
    </svg>
  );
}
