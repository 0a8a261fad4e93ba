/** Values as the console shows them everywhere: severities, scores, counts, times. */

import { useSyncExternalStore } from "react";
import type { Counts, Decision, Exposure, Mode, Outcome, Rating } from "../api/types";
import { absolute, ago, count } from "../text/format";
import { Icon, type IconName, Shape } from "./icons";

export const RATINGS = ["critical", "high", "medium", "low", "unknown"] as const;

/** The choices of a filter by severity. */
export const SEVERITIES: [string, string][] = [
  ["critical", "Critical"],
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];

const NAMES: Record<Rating, string> = {
  critical: "Critical",
  high: "High",
  medium: "Medium",
  low: "Low",
  none: "None",
  unknown: "Unknown",
};

export function ratingName(rating: Rating): string {
  return NAMES[rating] ?? rating;
}

export function Severity({ of }: { of: Rating }) {
  return (
    <span className={`sev is-${of}`}>
      <Shape of={of} />
      {ratingName(of)}
    </span>
  );
}

/** The outcome decides what is said first: an unknown or an accepted finding is no failed one. */
export function SeverityOf({ severity, outcome }: { severity: Rating; outcome: Outcome }) {
  if (outcome === "unknown") return <Severity of="unknown" />;
  if (outcome === "excepted") {
    return (
      <span className="sev faint">
        <Shape of="none" />
        Accepted
      </span>
    );
  }
  return <Severity of={severity} />;
}

/** All that is counted. */
export function totalOfCounts(counts: Counts): number {
  return RATINGS.reduce((sum, rating) => sum + counts[rating], 0);
}

interface TallyProps {
  counts: Counts;
  words?: boolean;
  /** What it means that all are zero. */
  none?: string;
}

/** The counts that are not zero, most severe first. */
export function Tally({ counts, words = false, none = "nothing found" }: TallyProps) {
  const some = RATINGS.filter((rating) => counts[rating] > 0);
  if (some.length === 0) return <span className="faint">{none}</span>;
  return (
    <span className="tally">
      {some.map((rating) => (
        <span key={rating} title={ratingName(rating)}>
          <Shape of={rating} size={10} />
          {count(counts[rating])}
          <span className={words ? "soft" : "hidden"}>{ratingName(rating).toLowerCase()}</span>
        </span>
      ))}
    </span>
  );
}

/** How bad a score is, in the steps that the ranking itself begins with. */
function step(score: number): Rating {
  if (score >= 80) return "critical";
  if (score >= 60) return "high";
  if (score >= 40) return "medium";
  return score > 0 ? "low" : "none";
}

const METER = 40;

/** 0 to 100, and why. */
export function Score({ value, why }: { value: number; why?: string }) {
  return (
    <span className="score" title={why}>
      <b>{value}</b>
      <svg className={`meter is-${step(value)}`} width={METER} height="4" aria-hidden="true">
        <rect width={METER} height="4" rx="2" />
        <rect className="fill" width={(METER * Math.min(value, 100)) / 100} height="4" rx="2" />
      </svg>
    </span>
  );
}

let now = Date.now();
const tick = (listener: () => void) => {
  const timer = window.setInterval(() => {
    now = Date.now();
    listener();
  }, 30_000);
  return () => window.clearInterval(timer);
};

export function useNow(): number {
  return useSyncExternalStore(tick, () => now);
}

/** How long ago, with the whole date as its title. */
export function Time({ at }: { at: string | null | undefined }) {
  const current = useNow();
  if (!at) return <span className="faint">never</span>;
  return (
    <time dateTime={at} title={absolute(at)} className="nowrap">
      {ago(at, Math.max(current, Date.now()))}
    </time>
  );
}

const EXPOSURES: Record<Exposure, [string, string]> = {
  internet: ["Internet", "is-high"],
  node: ["Node network", "is-medium"],
  cluster: ["Cluster", ""],
  none: ["Nobody", "faint"],
  unknown: ["Unknown", "faint"],
};

export const EXPOSURE_NAMES = Object.fromEntries(
  Object.entries(EXPOSURES).map(([key, [name]]) => [key, name]),
);

/** From where a workload can be reached. */
export function ExposureWord({ of }: { of: Exposure }) {
  const [name, tone] = EXPOSURES[of] ?? [of, ""];
  return (
    <span className={`sev ${tone}`}>
      {of === "internet" && <Icon name="globe" size={13} />}
      {name}
    </span>
  );
}

const DECISIONS: Record<Decision, [string, string, IconName]> = {
  allowed: ["Allowed", "is-good", "check"],
  warned: ["Warned", "is-medium", "warning"],
  denied: ["Refused", "is-critical", "deny"],
  "failed-open": ["Failed open", "is-high", "open"],
};

export function DecisionWord({ of }: { of: Decision }) {
  const [name, tone, icon] = DECISIONS[of] ?? [of, "", "open"];
  return (
    <span className={`sev ${tone}`}>
      <Icon name={icon} size={13} />
      {name}
    </span>
  );
}

export const MODES: [Mode, string, string][] = [
  ["off", "Off", "Nothing is judged by this policy"],
  ["audit", "Audit", "Findings are kept, nobody is told at the door"],
  ["warn", "Warn", "Whoever applies the object is warned, and may"],
  ["enforce", "Enforce", "What fails is refused at the door"],
];

export function ModeWord({ of }: { of: Mode }) {
  const found = MODES.find(([mode]) => mode === of);
  const tone = of === "enforce" ? "strong" : of === "off" ? "faint" : "";
  return (
    <span className={tone} title={found?.[2]}>
      {found?.[1] ?? of}
    </span>
  );
}
