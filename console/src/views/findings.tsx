/** All findings, of workloads, other objects and images. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { Finding, Listed } from "../api/types";
import { AsOf } from "../parts/as-of";
import { FindingList } from "../parts/finding-list";
import { Filters, Nothing, Pager } from "../parts/list";
import { Head } from "../parts/page";
import { Loaded } from "../parts/states";
import { SEVERITIES } from "../parts/words";
import { useSearch } from "../router";
import { totalOf } from "../text/format";
import { useNamespaces } from "./namespaces";

const OUTCOMES: [string, string][] = [
  ["fail", "Failed"],
  ["unknown", "Unknown"],
  ["excepted", "Accepted"],
];
const SUBJECTS: [string, string][] = [
  ["workload", "Workloads"],
  ["object", "Other objects"],
  ["image", "Images"],
];

/** The query of a list of findings: the open one is no filter. */
export function findingQuery(params: URLSearchParams, more: Record<string, string> = {}): string {
  const { finding: _, ...rest } = Object.fromEntries(params);
  return query({ limit: 50, sort: "-score", ...rest, ...more });
}

export function Findings() {
  const params = useSearch();
  const namespaces = useNamespaces();
  const list = useApi<Listed<Finding>>(`/findings${findingQuery(params)}`);
  const rule = params.get("rule");
  return (
    <>
      <Head title="Findings">
        <AsOf />
      </Head>
      <Filters
        label="findings"
        total={list.data && totalOf(list.data, "finding")}
        choices={[
          { name: "severity", label: "Any severity", options: SEVERITIES },
          { name: "outcome", label: "Any outcome", options: OUTCOMES },
          { name: "namespace", label: "Any namespace", options: namespaces },
          { name: "subjectKind", label: "Any subject", options: SUBJECTS },
          ...(rule ? [{ name: "rule", label: "Any rule", options: [] }] : []),
        ]}
      />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet">
              {listed.items.length === 0 ? (
                <Nothing title="No finding">Nothing that was judged failed.</Nothing>
              ) : (
                <FindingList findings={listed.items} lead="both" />
              )}
            </div>
            <Pager listed={listed} one="finding" />
          </>
        )}
      </Loaded>
    </>
  );
}
