/** The namespaces of the cluster, as choices of a filter. */

import { useApi } from "../api/queries";
import type { Cluster } from "../api/types";

export function useNamespaces(): [string, string][] {
  const { data } = useApi<Cluster>("/cluster");
  return (data?.namespaceList ?? []).map(({ name }) => [name, name]);
}
