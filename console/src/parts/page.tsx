/** What views are built from: one thing's view, its head, tabs, facts and sections. */

import { type ReactNode, useEffect, useRef } from "react";
import { useApi } from "../api/queries";
import { hasMoved, Link } from "../router";
import { Loaded } from "./states";

interface DetailProps<T> {
  /** Where the API has it. */
  path: string;
  /** The head as long as there are no data. */
  title: string;
  crumbs?: [string, string][];
  children: (data: T) => ReactNode;
}

/** A view of one thing: its data, or what there is to say without them. */
export function Detail<T>({ path, title, crumbs, children }: DetailProps<T>) {
  const query = useApi<T>(path);
  if (query.data !== undefined) return <Loaded query={query}>{children}</Loaded>;
  return (
    <>
      <Head title={title} {...(crumbs && { crumbs })} />
      <div className="sheet">
        <Loaded query={query}>{children}</Loaded>
      </div>
    </>
  );
}

/** A part of a view under a heading of its own. */
export function Section({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section>
      <div className="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

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

/** The tab that an address means: the first, where it names none that there is. */
export function shownOf(tabs: Tab[], tab: string): string {
  return tabs.some(({ name }) => name === tab) ? tab : "";
}

export function Tabs({ base, tabs, current }: { base: string; tabs: Tab[]; current: string }) {
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is to be seen
  useEffect(() => {
    const tab = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current && tab) {
      nav.current.scrollLeft = tab.offsetLeft - (nav.current.clientWidth - tab.offsetWidth) / 2;
    }
  }, [current]);
  return (
    <nav ref={nav} className="tabs" aria-label="Parts">
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
