/** Lists: filters in the address, sorted and paged by the server, walked with j and k. */

import { type ReactNode, useEffect, useRef, useState } from "react";
import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { Listed } from "../api/types";
import { Link, navigate, usePath, useSearch, withSearch } from "../router";
import { count, totalOf } from "../text/format";
import { Icon } from "./icons";
import { Empty, Loaded } from "./states";

/** What the address says of what is open, and not of what is listed. */
const OPEN = new Set(["finding", "review"]);

/** Whoever lists something else closes what is open. */
const CLOSED = { finding: null, review: null };

/** The list without filters: of the same time. */
function cleared(path: string, params: URLSearchParams): string {
  return withSearch(path, new URLSearchParams(), { at: params.get("at") });
}

/** Waiting for the next letter of a search, milliseconds. */
const TYPING = 220;

export interface Choice {
  name: string;
  label: string;
  options: string[][];
  /** What is asked where the address says nothing; there is no choice of all then. */
  standard?: string | undefined;
}

/** Search and choices; all of their state is the address. */
function Filters({
  choices = [],
  search = true,
  total,
  label,
}: {
  choices?: Choice[];
  search?: boolean;
  total?: ReactNode;
  label: string;
}) {
  const path = usePath();
  const params = useSearch();
  const isFiltered = search && params.has("q");
  const some = isFiltered || choices.some(({ name }) => params.has(name));
  return (
    <search className="filters" aria-label={label}>
      {search && <SearchField key={path} label={label} />}
      {choices.map((choice) => (
        <Select key={choice.name} choice={choice} />
      ))}
      {some && (
        <Link className="button is-plain is-small" to={cleared(path, params)} replace>
          Clear
        </Link>
      )}
      {total !== undefined && (
        <span className="total" role="status">
          {total}
        </span>
      )}
    </search>
  );
}

function SearchField({ label }: { label: string }) {
  const path = usePath();
  const params = useSearch();
  const asked = params.get("q") ?? "";
  const [text, setText] = useState(asked);
  const [last, setLast] = useState(asked);
  const timer = useRef<number>(undefined);
  // The address changed by itself: back, or a link.
  if (asked !== last) {
    setLast(asked);
    setText(asked);
  }
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const change = (next: string) => {
    setText(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      setLast(next);
      const search = new URLSearchParams(window.location.search);
      navigate(withSearch(path, search, { ...CLOSED, q: next }), true);
    }, TYPING);
  };
  return (
    <div className="search">
      <Icon name="search" size={14} />
      <input
        className={asked ? "input is-set" : "input"}
        type="search"
        data-search
        placeholder="Search"
        aria-label={`Search: ${label}`}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      {!text && (
        <span className="key" aria-hidden="true">
          /
        </span>
      )}
    </div>
  );
}

function Select({ choice: { name, label, options, standard = "" } }: { choice: Choice }) {
  const path = usePath();
  const params = useSearch();
  const value = params.get(name) ?? standard;
  const isKnown = value === "" || options.some(([option]) => option === value);
  return (
    <select
      className={value ? "input is-set" : "input"}
      aria-label={label}
      value={value}
      onChange={(event) => {
        navigate(withSearch(path, params, { ...CLOSED, [name]: event.target.value }), true);
      }}
    >
      {!standard && <option value="">{label}</option>}
      {!isKnown && <option value={value}>{value}</option>}
      {options.map(([option = "", text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** How many there are, and the way to the others. */
function Pager({ listed, one, many }: { listed: Listed<unknown>; one: string; many?: string }) {
  const path = usePath();
  const params = useSearch();
  const isFirst = !params.has("after");
  if (isFirst && !listed.next) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <span>
        {isFirst ? "First " : ""}
        {count(listed.items.length)} of {totalOf(listed, one, many)}
      </span>
      {!isFirst && (
        <Link className="button is-small" to={withSearch(path, params, CLOSED)}>
          To the first
        </Link>
      )}
      {listed.next && (
        <Link
          className="button is-small"
          data-next
          to={withSearch(path, params, { ...CLOSED, after: listed.next })}
        >
          Next
        </Link>
      )}
    </nav>
  );
}

/** What leaves nothing out of what there is, or was. */
const UNFILTERED = new Set(["sort", "at"]);

/** Nothing to list: because of the filters, because nothing was known then, or because there is nothing. */
function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  const path = usePath();
  const params = useSearch();
  const keys = [...params.keys()].filter((key) => !UNFILTERED.has(key) && !OPEN.has(key));
  if (keys.length === 0 && params.has("at")) {
    return <Empty title="Nothing was known then">What came later is in the list of now.</Empty>;
  }
  if (keys.length === 0) return <Empty title={title}>{children}</Empty>;
  return (
    <Empty title="Nothing matches">
      <Link to={cleared(path, params)} replace>
        Clear the filters
      </Link>
    </Empty>
  );
}

interface ListProps<T> {
  /** Where the API lists them. */
  path: string;
  /** What is asked for besides the address: the length of a page, and what cannot be changed. */
  ask?: Record<string, string | number>;
  /** What they are called: one, and several where it is more than an s. */
  words: [one: string, many?: string];
  /** What can be filtered by; without, the list has no filters. */
  filters?: { label: string; choices?: Choice[] };
  /** What it means when there are none. */
  empty: [title: string, why?: ReactNode];
  children: (items: T[]) => ReactNode;
}

/** A list of the API: its filters, a page of it, and the way to the next one. */
export function List<T>({ path, ask, words: [one, many], filters, empty, children }: ListProps<T>) {
  const address = Object.fromEntries([...useSearch()].filter(([key]) => !OPEN.has(key)));
  const standards = Object.fromEntries(
    (filters?.choices ?? []).map(({ name, standard }) => [name, standard]),
  );
  const list = useApi<Listed<T>>(
    `${path}${query({ limit: 50, ...standards, ...address, ...ask })}`,
  );
  const [title, why] = empty;
  return (
    <>
      {filters && <Filters {...filters} total={list.data && totalOf(list.data, one, many)} />}
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet">
              {listed.items.length === 0 ? (
                <Nothing title={title}>{why}</Nothing>
              ) : (
                children(listed.items)
              )}
            </div>
            <Pager listed={listed} one={one} {...(many && { many })} />
          </>
        )}
      </Loaded>
    </>
  );
}
