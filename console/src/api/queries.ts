/** How views read from the API: one hook, cached by address, refreshed by what the server says changed. */

import { QueryClient, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { ApiError, get } from "./client";
import type { Changed } from "./types";

/** How often a request is tried again that failed for reasons that pass. */
const RETRIES = 2;

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What changed is told by the server; without its stream views ask again when looked at.
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => count < RETRIES && isPassing(error),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

/** Reads `path` (below /api/v1, with its query); null asks nothing. Keeps what was shown while the next page loads. */
export function useApi<T>(path: string | null): UseQueryResult<T> {
  const result = useQuery<unknown>({
    queryKey: [path],
    queryFn: ({ signal }) => get(path ?? "", signal),
    enabled: path !== null,
    placeholderData: (previous: unknown, query?: { queryKey: readonly unknown[] }) =>
      sameView(path, query?.queryKey[0]) ? previous : undefined,
  });
  return result as UseQueryResult<T>;
}

/** Whether two addresses are the same list with other filters, and not another object. */
function sameView(path: string | null, other: unknown): boolean {
  return typeof other === "string" && path?.split("?")[0] === other.split("?")[0];
}

/** Which parts of the API a change concerns. */
const CONCERNS: Record<Changed["kind"], string[]> = {
  workload: ["/overview", "/workloads", "/findings", "/cluster"],
  image: ["/overview", "/images", "/workloads"],
  finding: ["/overview", "/findings", "/workloads", "/policies"],
  review: ["/overview", "/admission"],
  cluster: ["/overview", "/cluster", "/session"],
};

/** Asks again for what the changes concern; views that are not on screen are only marked. */
export function refresh(kinds: Iterable<Changed["kind"]>): Promise<void> {
  const prefixes = new Set([...kinds].flatMap((kind) => CONCERNS[kind] ?? []));
  return client.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === "string" && [...prefixes].some((prefix) => path.startsWith(prefix)),
  });
}
