/** All workloads, worst first. */

import type { WorkloadRow } from "../api/types";
import { AsOf } from "../parts/as-of";
import { List } from "../parts/list";
import { Head } from "../parts/page";
import { type Column, counted, Table } from "../parts/table";
import { EXPOSURE_NAMES, ExposureWord, Score, SEVERITIES, Tally } from "../parts/words";
import { Link, useSearch } from "../router";
import { count } from "../text/format";
import { useNamespaces } from "./namespaces";

const KINDS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"];

export function Workloads() {
  const image = useSearch().get("image");
  const ofImage = { name: "image", label: "Any image", options: [[image ?? "", "One image"]] };
  const choices = [
    { name: "namespace", label: "Any namespace", options: useNamespaces() },
    { name: "kind", label: "Any kind", options: KINDS.map((kind) => [kind, kind]) },
    { name: "severity", label: "Any severity", options: SEVERITIES },
    { name: "exposure", label: "Any exposure", options: Object.entries(EXPOSURE_NAMES) },
    ...(image ? [ofImage] : []),
  ];
  return (
    <>
      <Head title="Workloads">
        <AsOf />
      </Head>
      <List<WorkloadRow>
        path="/workloads"
        words={["workload"]}
        filters={{ label: "workloads", choices }}
        empty={["No workload yet", "They appear here as soon as the cluster has any."]}
      >
        {(rows) => <Table columns={COLUMNS} rows={rows} keyOf={(row) => row.id} />}
      </List>
    </>
  );
}

const COLUMNS: Column<WorkloadRow>[] = [
  {
    head: "Score",
    sort: { by: "score", isStandard: true },
    cell: (row) => <Score value={row.score} why={row.scoreWhy} />,
  },
  { head: "Workload", sort: { by: "name", rising: true }, tone: "name-cell wrap", cell: nameOf },
  {
    head: "Namespace",
    sort: { by: "namespace", rising: true },
    className: "opt-1",
    tone: "nowrap",
    cell: (row) => row.namespace,
  },
  {
    head: "Reached from",
    className: "opt-1",
    cell: (row) => <ExposureWord of={row.exposure} />,
  },
  counted("Critical", (row) => row.counts.critical, "opt-1", "is-critical strong"),
  counted("High", (row) => row.counts.high, "opt-1", "is-high strong"),
  counted("Medium", (row) => row.counts.medium, "opt-2"),
  counted("Low", (row) => row.counts.low, "opt-2"),
  counted("Images", (row) => row.images, "opt-3"),
  {
    head: "Ready",
    className: "num opt-3",
    tone: (row) => (row.ready < row.replicas ? "is-high" : ""),
    cell: (row) => `${count(row.ready)}/${count(row.replicas)}`,
  },
];

function nameOf(row: WorkloadRow) {
  return (
    <>
      <Link className="lead" to={`/workloads/${row.id}`} data-lead>
        {row.name}
      </Link>{" "}
      <span className="faint small nowrap">{row.kind}</span>
      {row.privileged && <span className="chip is-critical after-name">privileged</span>}
      {row.goneAt && <span className="chip after-name">gone</span>}
      <div className="only-narrow small">
        <span className="faint">{row.namespace} · </span>
        <Tally counts={row.counts} />
      </div>
    </>
  );
}
