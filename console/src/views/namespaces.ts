/** The namespaces of the cluster, as choices of a filter. */

import { useApi } from "../api/queries";
import type { NamespaceNames } from "../api/types";

export function useNamespaces(): [string, string][] {
  const { data } = useApi<NamespaceNames>("/cluster/namespaces");
  return (data?.names ?? []).map((name) => [name, name]);
}
