/** All workloads, worst first. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { Listed, WorkloadRow } from "../api/types";
import { AsOf } from "../parts/as-of";
import { Filters, Nothing, Pager, Sorted } from "../parts/list";
import { Head } from "../parts/page";
import { Loaded } from "../parts/states";
import { CountCell, EXPOSURE_NAMES, ExposureWord, Score, SEVERITIES, Tally } from "../parts/words";
import { Link, useSearch } from "../router";
import { count, totalOf } from "../text/format";
import { useNamespaces } from "./namespaces";

const KINDS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"];

export function Workloads() {
  const params = useSearch();
  const namespaces = useNamespaces();
  const image = params.get("image");
  const asked = query({ limit: 50, ...Object.fromEntries(params) });
  const list = useApi<Listed<WorkloadRow>>(`/workloads${asked}`);
  return (
    <>
      <Head title="Workloads">
        <AsOf />
      </Head>
      <Filters
        label="workloads"
        total={list.data && totalOf(list.data, "workload")}
        choices={[
          { name: "namespace", label: "Any namespace", options: namespaces },
          { name: "kind", label: "Any kind", options: KINDS.map((kind) => [kind, kind]) },
          {
            name: "severity",
            label: "Any severity",
            options: SEVERITIES,
          },
          { name: "exposure", label: "Any exposure", options: Object.entries(EXPOSURE_NAMES) },
          ...(image
            ? [{ name: "image", label: "Any image", options: [[image, "One image"]] }]
            : []),
        ]}
      />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet">
              {listed.items.length === 0 ? (
                <Nothing title="No workload yet">
                  They appear here as soon as the cluster has any.
                </Nothing>
              ) : (
                <Table rows={listed.items} />
              )}
            </div>
            <Pager listed={listed} one="workload" />
          </>
        )}
      </Loaded>
    </>
  );
}

function Table({ rows }: { rows: WorkloadRow[] }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <Sorted by="score" standard>
              Score
            </Sorted>
            <Sorted by="name" ascending>
              Workload
            </Sorted>
            <Sorted by="namespace" ascending className="opt-1">
              Namespace
            </Sorted>
            <th scope="col" className="opt-1">
              Reached from
            </th>
            <th scope="col" className="num opt-1">
              Critical
            </th>
            <th scope="col" className="num opt-1">
              High
            </th>
            <th scope="col" className="num opt-2">
              Medium
            </th>
            <th scope="col" className="num opt-2">
              Low
            </th>
            <th scope="col" className="num opt-3">
              Images
            </th>
            <th scope="col" className="num opt-3">
              Ready
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: WorkloadRow }) {
  const { counts } = row;
  return (
    <tr>
      <td>
        <Score value={row.score} why={row.scoreWhy} />
      </td>
      <td className="name-cell wrap">
        <Link className="lead" to={`/workloads/${row.id}`} data-lead>
          {row.name}
        </Link>{" "}
        <span className="faint small nowrap">{row.kind}</span>
        {row.privileged && <span className="chip is-critical after-name">privileged</span>}
        {row.goneAt && <span className="chip after-name">gone</span>}
        <div className="only-narrow small">
          <span className="faint">{row.namespace} · </span>
          <Tally counts={counts} />
        </div>
      </td>
      <td className="opt-1 nowrap">{row.namespace}</td>
      <td className="opt-1">
        <ExposureWord of={row.exposure} />
      </td>
      <CountCell value={counts.critical} className="opt-1" tone="is-critical strong" />
      <CountCell value={counts.high} className="opt-1" tone="is-high strong" />
      <CountCell value={counts.medium} className="opt-2" />
      <CountCell value={counts.low} className="opt-2" />
      <CountCell value={row.images} className="opt-3" />
      <td className={`num opt-3 ${row.ready < row.replicas ? "is-high" : ""}`}>
        {count(row.ready)}/{count(row.replicas)}
      </td>
    </tr>
  );
}
