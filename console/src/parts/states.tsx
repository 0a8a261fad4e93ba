/** What a view shows before, instead of, and besides its data. */

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { Icon } from "./icons";
import { Time } from "./words";

/** The data of a query, or what there is to say without them. */
export function Loaded<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <div
        className={query.isPlaceholderData ? "is-busy" : undefined}
        aria-busy={query.isPlaceholderData}
      >
        {query.isError && <Stale query={query} />}
        {children(query.data)}
      </div>
    );
  }
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton />;
}

function Stale({ query }: { query: UseQueryResult<unknown> }) {
  return (
    <div className="stale" role="status">
      <Icon name="warning" />
      <span>
        Not up to date: the server did not answer. This was so{" "}
        <Time at={new Date(query.dataUpdatedAt).toISOString()} />.
      </span>
      <button type="button" className="button is-small" onClick={() => void query.refetch()}>
        Try again
      </button>
    </div>
  );
}

function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem =
    error instanceof ApiError ? error.problem : { title: String(error), status: -1, detail: "" };
  const [title, detail] = explain(problem.status, problem.title, problem.detail);
  return (
    <div className="state" role="alert">
      <strong>{title}</strong>
      {detail && <p>{detail}</p>}
      {retry && problem.status !== 404 && problem.status !== 403 && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

function explain(status: number, title: string, detail?: string): [string, string | undefined] {
  if (status === 404) return ["Not found", detail || "It may be gone, or you may not see it."];
  if (status === 403) return ["Not for this account", detail || "Its role does not include this."];
  if (status === 0) return ["The server does not answer", "Is it running? Nothing is lost."];
  return [title, detail];
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}
