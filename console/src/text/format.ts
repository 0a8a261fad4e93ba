/** Numbers, sizes and times as people read them. */

const whole = new Intl.NumberFormat("en-US");

/** 12345 → 12,345 */
export function count(value: number): string {
  return whole.format(value);
}

/** "1 finding", "2,000 findings" */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** How long a list is: "50 images", or "more than 10,000 findings" where nobody counted them all. */
export function totalOf(
  listed: { total: number; totalIsExact: boolean },
  one: string,
  many?: string,
): string {
  const words = plural(listed.total, one, many);
  return listed.totalIsExact ? words : `more than ${words}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** 1536 → 1.5 KiB */
export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 100 ? 0 : 1;
  return `${rest.toFixed(digits)} ${UNITS[unit]}`;
}

/** 0.0312 → 3.1 %, 0.00004 → < 0.1 % */
export function percent(value: number): string {
  const hundredth = value * 100;
  if (hundredth > 0 && hundredth < 0.1) return "< 0.1 %";
  return `${hundredth.toFixed(hundredth >= 10 ? 0 : 1)} %`;
}

/** Microseconds: 850 → 850 µs, 2300 → 2.3 ms */
export function duration(micros: number): string {
  if (micros < 1000) return `${count(Math.round(micros))} µs`;
  if (micros < 1_000_000) return `${(micros / 1000).toFixed(micros < 10_000 ? 1 : 0)} ms`;
  return `${(micros / 1_000_000).toFixed(1)} s`;
}

const STEPS: [number, string][] = [
  [60, "s"],
  [60, "min"],
  [24, "h"],
  [7, "d"],
  [52, "w"],
];

/** "4 min ago", "in 3 w"; after a year the date. */
export function ago(at: string, now: number): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return at;
  let value = Math.round(Math.abs(now - then) / 1000);
  if (value < 5) return "now";
  for (const [size, unit] of STEPS) {
    if (value < size) return then <= now ? `${value} ${unit} ago` : `in ${value} ${unit}`;
    value = Math.floor(value / size);
  }
  return day(at);
}

/** 2026-11-21 */
export function day(at: string): string {
  const then = Date.parse(at);
  return Number.isNaN(then) ? at : new Date(then).toISOString().slice(0, 10);
}

const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

/** The whole date with its time zone, for titles. */
export function absolute(at: string): string {
  const then = Date.parse(at);
  return Number.isNaN(then) ? at : full.format(then);
}

/** The end of an image's name, without its registry. */
export function imageName(name: string): { host: string; path: string } {
  const cut = name.indexOf("/");
  const host = cut > 0 ? name.slice(0, cut) : "";
  const isHost = host.includes(".") || host.includes(":") || host === "localhost";
  return isHost
    ? { host: name.slice(0, cut + 1), path: name.slice(cut + 1) }
    : { host: "", path: name };
}
