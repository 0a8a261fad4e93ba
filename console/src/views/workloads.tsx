/** All workloads, worst first; or those that ran at an earlier time, by name. */

import type { WorkloadRow } from "../api/types";
import { AsOf, Past } from "../parts/as-of";
import { List } from "../parts/list";
import { Head } from "../parts/page";
import { type Column, counted, Table } from "../parts/table";
import { EXPOSURE_NAMES, ExposureWord, Score, SEVERITIES, Tally } from "../parts/words";
import { Link, useSearch } from "../router";
import { count } from "../text/format";
import { useNamespaces } from "./namespaces";

const KINDS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"];

export function Workloads() {
  const params = useSearch();
  const image = params.get("image");
  const isPast = params.has("at");
  const ofImage = { name: "image", label: "Any image", options: [[image ?? "", "One image"]] };
  const choices = [
    { name: "namespace", label: "Any namespace", options: useNamespaces() },
    { name: "kind", label: "Any kind", options: KINDS.map((kind) => [kind, kind]) },
    ...(isPast ? [] : OF_NOW),
    ...(image ? [ofImage] : []),
  ];
  return (
    <>
      <Head title="Workloads">
        <AsOf asks="What ran on" ofNow={["severity", "exposure", "sort"]} />
      </Head>
      {isPast && <Past>{PAST}</Past>}
      <List<WorkloadRow>
        path="/workloads"
        words={["workload"]}
        filters={{ label: "workloads", choices }}
        empty={["No workload yet", "They appear here as soon as the cluster has any."]}
      >
        {(rows) => (
          <Table columns={isPast ? PAST_COLUMNS : COLUMNS} rows={rows} keyOf={(row) => row.id} />
        )}
      </List>
    </>
  );
}

/** What can be chosen by of what is there now. */
const OF_NOW = [
  { name: "severity", label: "Any severity", options: SEVERITIES },
  { name: "exposure", label: "Any exposure", options: Object.entries(EXPOSURE_NAMES) },
];

const PAST =
  "What ran then, with the findings that were open then, as bad as they were then. Nobody keeps scores and exposure; a workload opens as it is now.";

const NAME: Column<WorkloadRow> = {
  head: "Workload",
  sort: { by: "name", rising: true },
  tone: "name-cell wrap",
  cell: nameOf,
};

const NAMESPACE: Column<WorkloadRow> = {
  head: "Namespace",
  sort: { by: "namespace", rising: true },
  className: "opt-1",
  tone: "wrap",
  cell: (row) => row.namespace,
};

/** What is known of now and of earlier times. */
const COUNTS: Column<WorkloadRow>[] = [
  counted("Critical", (row) => row.counts.critical, "opt-1", "is-critical strong"),
  counted("High", (row) => row.counts.high, "opt-1", "is-high strong"),
  counted("Medium", (row) => row.counts.medium, "opt-2"),
  counted("Low", (row) => row.counts.low, "opt-2"),
  counted("Images", (row) => row.images, "opt-3"),
];

const COLUMNS: Column<WorkloadRow>[] = [
  {
    head: "Score",
    sort: { by: "score", isStandard: true },
    cell: ({ score, scoreWhy }) => score !== null && <Score value={score} why={scoreWhy ?? ""} />,
  },
  NAME,
  NAMESPACE,
  {
    head: "Reached from",
    className: "opt-1",
    cell: ({ exposure }) => exposure && <ExposureWord of={exposure} />,
  },
  ...COUNTS,
  {
    head: "Ready",
    className: "num opt-3",
    tone: ({ ready, replicas }) => ((ready ?? 0) < (replicas ?? 0) ? "is-high" : ""),
    cell: ({ ready, replicas }) => `${count(ready ?? 0)}/${count(replicas ?? 0)}`,
  },
];

const PAST_COLUMNS = [
  { ...NAME, sort: { by: "name", rising: true, isStandard: true } },
  NAMESPACE,
  ...COUNTS,
];

function nameOf(row: WorkloadRow) {
  return (
    <>
      <Link className="lead" to={`/workloads/${row.id}`} data-lead>
        {row.name}
      </Link>{" "}
      <span className="faint small nowrap">{row.kind}</span>
      {row.privileged && <span className="chip is-critical after-name">privileged</span>}
      {row.goneAt && <span className="chip after-name">gone by now</span>}
      <div className="only-narrow small">
        <span className="faint">{row.namespace} · </span>
        <Tally counts={row.counts} />
      </div>
    </>
  );
}
