/** The head of a view: its name, what it is about, and the window's title. */

import { type ReactNode, useEffect, useRef } from "react";
import { hasMoved, Link } from "../router";

interface HeadProps {
  title: string;
  /** What stands in the window's title, if the head says it otherwise. */
  name?: string;
  crumbs?: [string, string][];
  note?: ReactNode;
  children?: ReactNode;
}

export function Head({ title, name, crumbs, note, children }: HeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name ?? title} · Cofferdam`;
  }, [title, name]);
  useEffect(() => {
    // A new view is read out from its heading, and Tab goes on from there.
    const isFree = document.activeElement === document.body;
    if (hasMoved() && isFree) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="head">
      <div>
        {crumbs && (
          <nav className="crumbs" aria-label="Path">
            {crumbs.map(([text, to]) => (
              <span key={to}>
                <Link to={to}>{text}</Link> /
              </span>
            ))}
          </nav>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {note && <div className="head-note">{note}</div>}
      </div>
      {children && <div className="head-aside">{children}</div>}
    </header>
  );
}

export interface Tab {
  /** Last part of the address; empty for the first. */
  name: string;
  title: string;
  count?: string | undefined;
}

export function Tabs({ base, tabs, current }: { base: string; tabs: Tab[]; current: string }) {
  return (
    <nav className="tabs" aria-label="Parts">
      {tabs.map(({ name, title, count }) => (
        <Link
          key={name}
          to={name ? `${base}/${name}` : base}
          replace
          aria-current={name === current ? "page" : undefined}
        >
          {title}
          {count !== undefined && <span className="count">{count}</span>}
        </Link>
      ))}
    </nav>
  );
}

/** Name and value pairs above the parts of a view. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
