/** All images that run, worst first. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { ImageRow, Listed } from "../api/types";
import { AdvisoryWarning } from "../parts/advisories";
import { Filters, Nothing, Pager, Sorted } from "../parts/list";
import { Head } from "../parts/page";
import { Loaded } from "../parts/states";
import { CountCell, Score, SEVERITIES, Tally, Time } from "../parts/words";
import { Link, useSearch } from "../router";
import { imageName, totalOf } from "../text/format";

const STATES: [string, string][] = [
  ["scanned", "Scanned"],
  ["scanning", "Being scanned"],
  ["waiting", "Waiting"],
  ["failed", "Failed"],
];

export function Images() {
  const params = useSearch();
  const asked = query({ limit: 50, ...Object.fromEntries(params) });
  const list = useApi<Listed<ImageRow>>(`/images${asked}`);
  return (
    <>
      <Head title="Images" />
      <AdvisoryWarning />
      <Filters
        label="images"
        total={list.data && totalOf(list.data, "image")}
        choices={[
          { name: "state", label: "Any state", options: STATES },
          {
            name: "severity",
            label: "Any severity",
            options: SEVERITIES,
          },
        ]}
      />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet">
              {listed.items.length === 0 ? (
                <Nothing title="No image yet">They appear with the first pod.</Nothing>
              ) : (
                <Table rows={listed.items} />
              )}
            </div>
            <Pager listed={listed} one="image" />
          </>
        )}
      </Loaded>
    </>
  );
}

function Table({ rows }: { rows: ImageRow[] }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <Sorted by="score" standard>
              Score
            </Sorted>
            <Sorted by="name" ascending>
              Image
            </Sorted>
            <th scope="col" className="opt-2">
              Distribution
            </th>
            <th scope="col" className="num opt-1">
              Critical
            </th>
            <th scope="col" className="num opt-1">
              High
            </th>
            <th scope="col" className="num opt-3">
              Medium
            </th>
            <th scope="col" className="num opt-3">
              Exploited
            </th>
            <th scope="col" className="num opt-2">
              Secrets
            </th>
            <th scope="col" className="num opt-1">
              Workloads
            </th>
            <th scope="col" className="num opt-3">
              Scanned
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

export function ImageTitle({ name, tag }: { name: string; tag: string | null }) {
  const { host, path } = imageName(name);
  return (
    <>
      {host && <span className="host">{host}</span>}
      {path}
      {tag && <span className="tag">:{tag}</span>}
    </>
  );
}

function Row({ row }: { row: ImageRow }) {
  const isScanned = row.state === "scanned";
  return (
    <tr>
      <td>{isScanned ? <Score value={row.score} /> : <ScanWord row={row} />}</td>
      <td className="name-cell wrap">
        <Link className="lead" to={`/images/${row.id}`} data-lead>
          <ImageTitle name={row.name} tag={row.tag} />
        </Link>
        {row.digest && (
          <div className="faint small mono" title={row.digest}>
            {row.digest.replace("sha256:", "").slice(0, 12)}
          </div>
        )}
        {row.why && <div className="small soft">{row.why}</div>}
        <div className="only-narrow small">
          <Tally counts={row.counts} />
        </div>
      </td>
      <td className="opt-2 soft">
        {row.distribution ?? <span className="faint">{isScanned ? "none" : "?"}</span>}
      </td>
      {isScanned ? (
        <>
          <CountCell value={row.counts.critical} className="opt-1" tone="is-critical strong" />
          <CountCell value={row.counts.high} className="opt-1" tone="is-high strong" />
          <CountCell value={row.counts.medium} className="opt-3" />
          <CountCell value={row.exploited} className="opt-3" tone="is-critical strong" />
          <CountCell value={row.secrets} className="opt-2" tone="is-high strong" />
        </>
      ) : (
        <>
          <td className="num opt-1 faint">?</td>
          <td className="num opt-1 faint">?</td>
          <td className="num opt-3 faint">?</td>
          <td className="num opt-3 faint">?</td>
          <td className="num opt-2 faint">?</td>
        </>
      )}
      <CountCell value={row.workloads} className="opt-1" />
      <td className="num opt-3 soft">
        <Time at={row.scannedAt} />
      </td>
    </tr>
  );
}

export function ScanWord({ row }: { row: Pick<ImageRow, "state"> }) {
  const name = STATES.find(([state]) => state === row.state)?.[1] ?? row.state;
  return <span className={row.state === "failed" ? "chip is-critical" : "chip"}>{name}</span>;
}
