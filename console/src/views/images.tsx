/** All images that run, worst first. */

import type { Counts, ImageRow } from "../api/types";
import { AdvisoryWarning } from "../parts/advisories";
import { List } from "../parts/list";
import { Head } from "../parts/page";
import { type Column, counted, Table } from "../parts/table";
import { Score, SEVERITIES, Tally, Time } from "../parts/words";
import { Link } from "../router";
import { count, imageName } from "../text/format";

const STATES: [string, string][] = [
  ["scanned", "Scanned"],
  ["scanning", "Being scanned"],
  ["waiting", "Waiting"],
  ["failed", "Failed"],
];

export function Images() {
  return (
    <>
      <Head title="Images" />
      <AdvisoryWarning />
      <List<ImageRow>
        path="/images"
        words={["image"]}
        filters={{
          label: "images",
          choices: [
            { name: "state", label: "Any state", options: STATES },
            { name: "severity", label: "Any severity", options: SEVERITIES },
          ],
        }}
        empty={["No image yet", "They appear with the first pod."]}
      >
        {(rows) => <Table columns={COLUMNS} rows={rows} keyOf={(row) => row.id} />}
      </List>
    </>
  );
}

/** A count of what only a scan can know: without one it is unknown, not zero. */
function scanned(
  head: string,
  value: (row: ImageRow) => number,
  className: string,
  tone = "",
): Column<ImageRow> {
  return {
    head,
    className: `num ${className}`,
    tone: (row) => (row.state !== "scanned" ? "faint" : value(row) === 0 ? "zero" : tone),
    cell: (row) => (row.state === "scanned" ? count(value(row)) : "?"),
  };
}

const COLUMNS: Column<ImageRow>[] = [
  {
    head: "Score",
    sort: { by: "score", isStandard: true },
    cell: (row) => (row.state === "scanned" ? <Score value={row.score} /> : <ScanWord row={row} />),
  },
  { head: "Image", sort: { by: "name", rising: true }, tone: "name-cell wrap", cell: nameOf },
  {
    head: "Distribution",
    className: "opt-2",
    tone: "soft",
    cell: (row) =>
      row.distribution ?? <span className="faint">{row.state === "scanned" ? "none" : "?"}</span>,
  },
  scanned("Critical", (row) => row.counts.critical, "opt-1", "is-critical strong"),
  scanned("High", (row) => row.counts.high, "opt-1", "is-high strong"),
  scanned("Medium", (row) => row.counts.medium, "opt-3"),
  // Their sources give no severity, which does not make them harmless.
  scanned("Unknown", (row) => row.counts.unknown, "opt-1", "strong"),
  scanned("Exploited", (row) => row.exploited, "opt-3", "is-critical strong"),
  scanned("Secrets", (row) => row.secrets, "opt-2", "is-high strong"),
  counted("Workloads", (row) => row.workloads, "opt-1"),
  {
    head: "Scanned",
    className: "num opt-3",
    tone: "soft",
    cell: (row) => <Time at={row.scannedAt} />,
  },
];

function nameOf(row: ImageRow) {
  return (
    <>
      <Link className="lead" to={`/images/${row.id}`} data-lead>
        <ImageTitle name={row.name} tag={row.tag} />
      </Link>
      {row.digest && (
        <div className="faint small mono" title={row.digest}>
          {row.digest.replace("sha256:", "").slice(0, 12)}
        </div>
      )}
      {row.why && <div className="small soft">{row.why}</div>}
      {row.state === "scanned" && (
        <div className="only-narrow small">
          <Vulnerable counts={row.counts} />
        </div>
      )}
    </>
  );
}

/** The vulnerabilities of an image; its score may come from something else. */
export function Vulnerable({ counts, words = false }: { counts: Counts; words?: boolean }) {
  return <Tally counts={counts} words={words} none="no vulnerability" />;
}

function ImageTitle({ name, tag }: { name: string; tag: string | null }) {
  const { host, path } = imageName(name);
  return (
    <>
      {host && <span className="host">{host}</span>}
      {path}
      {tag && <span className="tag whole">:{tag}</span>}
    </>
  );
}

export function ScanWord({ row }: { row: Pick<ImageRow, "state"> }) {
  const name = STATES.find(([state]) => state === row.state)?.[1] ?? row.state;
  return <span className={row.state === "failed" ? "chip is-critical" : "chip"}>{name}</span>;
}
