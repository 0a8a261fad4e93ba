/** Tables: what a column is, said once for its head and its cells. */

import type { ReactNode } from "react";
import { Link, usePath, useSearch, withSearch } from "../router";
import { count } from "../text/format";

export interface Column<T> {
  head: ReactNode;
  /** Classes of the head and of all cells. */
  className?: string;
  /** Classes of the cells alone. */
  tone?: string | ((row: T) => string);
  /** What the server sorts by; the first press shows the most first, unless it is `rising`. */
  sort?: { by: string; isStandard?: boolean; rising?: boolean };
  cell: (row: T) => ReactNode;
}

/** A column of counts: zero steps back, `tone` is for what is not. */
export function counted<T>(
  head: ReactNode,
  value: (row: T) => number,
  className = "",
  tone = "",
): Column<T> {
  return {
    head,
    className: `num ${className}`,
    tone: (row) => (value(row) === 0 ? "zero" : tone),
    cell: (row) => count(value(row)),
  };
}

interface TableProps<T> {
  columns: Column<T>[];
  rows: readonly T[];
  keyOf: (row: T, index: number) => string;
  /** Rows of one group follow each other under its name. */
  groupOf?: (row: T) => string;
}

export function Table<T>({ columns, rows, keyOf, groupOf }: TableProps<T>) {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groupOf?.(row) ?? "";
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            {columns.map((column, index) => (
              <Head key={index} of={column} />
            ))}
          </tr>
        </thead>
        {[...groups].map(([group, members]) => (
          <tbody key={group}>
            {groupOf && (
              <tr className="group">
                <th colSpan={columns.length} scope="colgroup">
                  {group}
                </th>
              </tr>
            )}
            {members.map((row, place) => (
              <tr key={keyOf(row, place)}>
                {columns.map((column, index) => (
                  <Cell key={index} of={column} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Cell<T>({ of: { className, tone, cell }, row }: { of: Column<T>; row: T }) {
  const own = typeof tone === "function" ? tone(row) : tone;
  return <td className={[className, own].filter(Boolean).join(" ") || undefined}>{cell(row)}</td>;
}

function Head<T>({ of: { head, className, sort } }: { of: Column<T> }) {
  const path = usePath();
  const params = useSearch();
  if (!sort) {
    return (
      <th scope="col" className={className}>
        {head}
      </th>
    );
  }
  const { by, isStandard, rising } = sort;
  const first = rising ? by : `-${by}`;
  const now = params.get("sort") ?? (isStandard ? first : "");
  const isHere = now.replace("-", "") === by;
  const isDown = now.startsWith("-");
  const next = isHere ? (isDown ? by : `-${by}`) : first;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={isHere ? (isDown ? "descending" : "ascending") : undefined}
    >
      <Link to={withSearch(path, params, { sort: next })} replace>
        {head}
        {isHere && <span aria-hidden="true">{isDown ? " ↓" : " ↑"}</span>}
      </Link>
    </th>
  );
}
