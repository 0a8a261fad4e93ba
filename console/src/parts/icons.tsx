/** The few signs of the console, drawn here. All are hidden from screen readers: words stand beside them. */

import type { Rating } from "../api/types";

const PATHS = {
  overview: "M2.5 13.5v-5m3.7 5v-9m3.6 9V7m3.7 6.5V2.5",
  workloads: "M8 1.8 13.6 5v6L8 14.2 2.4 11V5ZM2.6 5.1 8 8.2l5.4-3.1M8 8.2v6",
  images: "m8 2 6 3-6 3-6-3Zm-6 6 6 3 6-3m-12 3 6 3 6-3",
  findings: "M8 2.2 14.4 13.4H1.6ZM8 6.5v3.2m0 1.7v.1",
  policies: "M3.5 2h6L12.5 5v9h-9Zm5.7 0v3.3h3.3M5.8 8.3h4.4m-4.4 2.6h4.4",
  admission: "M3 14V2.5h10V14M1.5 14h13M10.2 8v1",
  cluster:
    "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2Zm-5.6 5h11.2M8 2.2c-2 1.7-2.8 3.6-2.8 5.8S6 12.100 8 13.800c2-1.7 2.800-3.600 2.800-5.800S10 3.900 8 2.200Z",
  access:
    "M8 7.200a2.600 2.600 0 1 0 0-5.200 2.600 2.600 0 0 0 0 5.200Zm-5.200 7c.3-3 2.300-4.700 5.200-4.700s4.900 1.700 5.200 4.700",
  search: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9Zm3.300 7.800L14 14",
  clock: "M8 2.2a5.800 5.800 0 1 0 0 11.600A5.800 5.800 0 0 0 8 2.200ZM8 5v3.200l2 1.300",
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "m4 4 8 8m0-8-8 8",
  copy: "M5.500 5.500h8v8h-8Zm-3 5v-8h8",
  check: "m3 8.500 3.200 3.200L13 4.500",
  cut: "M2.500 13.500 13 3M2.500 2.500 13 13M5 12.500a1.700 1.700 0 1 0-3.400 0 1.700 1.700 0 0 0 3.400 0Zm0-9a1.700 1.700 0 1 0-3.400 0 1.700 1.700 0 0 0 3.400 0Z",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.500M8 13.500V15M1 8h1.500m11 0H15M3 3l1 1m8 8 1 1M3 13l1-1m8-8 1-1",
  moon: "M13.500 9.800A6 6 0 0 1 6.200 2.500a6 6 0 1 0 7.300 7.300Z",
  system: "M1.500 3h13v8h-13Zm4 11h5M8 11v3",
  tape: "M4.500 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600Zm7 0a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600Zm-7 5.600h7",
  warning: "M8 2.200 14.400 13.400H1.600ZM8 6.500v3.200m0 1.700v.1",
  deny: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM3.800 3.800l8.400 8.400",
  open: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 3v4m0 2v.1",
  external: "M6 3H3v10h10v-3M9 2.500h4.500V7m0-4.500L7.500 8.500",
  keyboard: "M1.500 4h13v8h-13Zm2.700 2.700h.1m2.400 0h.1m2.500 0h.1m2.400 0h.1M5 9.500h6",
  out: "M6 2.500H2.500v11H6M10 5l3 3-3 3m3-3H6",
  globe:
    "M8 2.200a5.800 5.800 0 1 0 0 11.600A5.800 5.800 0 0 0 8 2.200Zm-5.600 5.800h11.200M8 2.200c-3.200 3.300-3.200 8.300 0 11.600 3.200-3.300 3.200-8.300 0-11.600Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A shape for each severity, so that none is told by colour alone. */
export function Shape({ of, size = 11 }: { of: Rating; size?: number }) {
  return (
    <svg
      className={`is-${of}`}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      fill="currentColor"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {of === "critical" && <path d="M6 1 11 6 6 11 1 6Z" />}
      {of === "high" && <path d="M6 1.500 11 10.500H1Z" />}
      {of === "medium" && <path d="M2 2h8v8H2Z" />}
      {of === "low" && <path d="M1.500 4.300h9v3.400h-9Z" />}
      {of === "none" && <circle cx="6" cy="6" r="4" fill="none" />}
      {of === "unknown" && <circle cx="6" cy="6" r="4.500" fill="none" strokeDasharray="2 2.200" />}
    </svg>
  );
}

/** Two walls, water outside, dry ground within. */
export function Brand({ size = 22 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M7 3v18h10V3" />
      <path
        strokeWidth="1.6"
        d="M1 9q1.500-1.600 3 0M1 14q1.500-1.600 3 0M20 9q1.500-1.600 3 0M20 14q1.500-1.600 3 0"
      />
    </svg>
  );
}
