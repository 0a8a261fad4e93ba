/** One image: vulnerabilities, findings, packages, layers, secrets. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { Finding, Image, Listed, Package, Secret, Vulnerability } from "../api/types";
import { AdvisoryWarning } from "../parts/advisories";
import { FindingList, useRatings } from "../parts/finding-list";
import { Icon } from "../parts/icons";
import { List } from "../parts/list";
import { Detail, Facts, Head, shownOf, type Tab, Tabs } from "../parts/page";
import { Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Score, SEVERITIES, Severity, Time, totalOfCounts } from "../parts/words";
import { Link, useSearch } from "../router";
import { bytes, count, percent } from "../text/format";
import { ScanWord, Vulnerable } from "./images";

const CRUMBS: [string, string][] = [["Images", "/images"]];

export function ImageView({ id, tab }: { id: string; tab: string }) {
  return (
    <Detail<Image> path={pathOf(id)} title="Image" crumbs={CRUMBS}>
      {(image) => <One image={image} tab={tab} />}
    </Detail>
  );
}

/** In the API, and in the console. */
function pathOf(id: string): string {
  return `/images/${encodeURIComponent(id)}`;
}

function tabsOf(image: Image, findings: number | undefined): Tab[] {
  return [
    { name: "", title: "Vulnerabilities", count: count(totalOfCounts(image.counts)) },
    {
      name: "findings",
      title: "Findings",
      count: findings === undefined ? undefined : count(findings),
    },
    { name: "packages", title: "Packages", count: count(image.packages) },
    { name: "layers", title: "Layers", count: count(image.layers.length) },
    { name: "secrets", title: "Secrets", count: count(image.secrets) },
  ];
}

function One({ image, tab }: { image: Image; tab: string }) {
  const findings = useApi<Listed<Finding>>(`/findings${query({ ...ofImage(image), limit: 1 })}`);
  const tabs = tabsOf(image, findings.data?.total);
  const shown = shownOf(tabs, tab);
  return (
    <>
      <Head
        title={image.tag ? `${image.name}:${image.tag}` : image.name}
        crumbs={CRUMBS}
        note={image.state === "scanned" ? <Vulnerable counts={image.counts} words /> : image.why}
      >
        {image.state !== "scanned" && <ScanWord row={image} />}
      </Head>
      <Facts
        of={[
          ["Score", <Score key="score" value={image.score} />],
          ["Distribution", image.distribution ?? "none known"],
          ["Platform", image.platform || "unknown"],
          ["Size", bytes(image.size)],
          ["Scanned", <Time key="scanned" at={image.scannedAt} />],
          ["Runs in", <Users key="users" image={image} />],
          ["Digest", <code key="digest">{image.digest || "unknown"}</code>],
        ]}
      />
      {image.problems.map((problem) => (
        <div className="stale" key={problem.kind + problem.detail}>
          <Icon name="warning" />
          <span className="wrap">
            <strong>{problem.kind}:</strong> {problem.detail}
          </span>
        </div>
      ))}
      <Tabs base={pathOf(image.id)} tabs={tabs} current={shown} />
      {shown === "" && <Vulnerabilities image={image} />}
      {shown === "findings" && <Findings image={image} />}
      {shown === "packages" && <Packages image={image} />}
      {shown === "layers" && <Layers image={image} />}
      {shown === "secrets" && <Secrets image={image} />}
    </>
  );
}

/** Workloads that are named before the others are only counted. */
const USERS = 3;

function Users({ image }: { image: Image }) {
  const all = image.workloadList;
  if (all.length === 0) return <>no workload</>;
  return (
    <>
      {all.slice(0, USERS).map(({ id, title }, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <Link to={`/workloads/${id}`}>{title}</Link>
        </span>
      ))}
      {all.length > USERS && (
        <>
          {" "}
          and <Link to={`/workloads?image=${image.id}`}>{count(all.length - USERS)} more</Link>
        </>
      )}
    </>
  );
}

/** Layers are told by their digest, and read by their number: 0 is the lowest. */
function LayerNumber({ image, digest }: { image: Image; digest: string | null }) {
  const number = image.layers.findIndex(
    (layer) => layer.digest !== null && layer.digest === digest,
  );
  return <span title={digest ?? undefined}>{number < 0 ? "–" : number}</span>;
}

/** The column of the layer that something is in. */
function layerOf<T extends { layer: string | null }>(image: Image, className = ""): Column<T> {
  return {
    head: "Layer",
    className: `num ${className}`,
    tone: "soft",
    cell: ({ layer }) => <LayerNumber image={image} digest={layer} />,
  };
}

const FOUND = [
  { name: "severity", label: "Any severity", options: SEVERITIES },
  { name: "fixable", label: "Fixed or not", options: [["true", "With a fixed version"]] },
  { name: "exploited", label: "Exploited or not", options: [["true", "Known exploited"]] },
];

function Vulnerabilities({ image }: { image: Image }) {
  return (
    <>
      <AdvisoryWarning />
      <List<Vulnerability>
        path={`${pathOf(image.id)}/vulnerabilities`}
        ask={{ limit: 100 }}
        words={["vulnerability", "vulnerabilities"]}
        filters={{ label: "vulnerabilities", choices: FOUND }}
        empty={[
          "No known vulnerability",
          <>
            None of the loaded advisories speaks about what is in this image. Which ecosystems they
            cover is in the <Link to="/">overview</Link>.
          </>,
        ]}
      >
        {(rows) => (
          <Table
            columns={[...VULNERABILITIES, layerOf(image, "opt-3")]}
            rows={rows}
            keyOf={(row) => `${row.id} ${row.purl} ${row.path}`}
          />
        )}
      </List>
    </>
  );
}

const VULNERABILITIES: Column<Vulnerability>[] = [
  {
    head: "Score",
    sort: { by: "score", isStandard: true },
    className: "opt-1",
    cell: (row) => <Score value={row.score} />,
  },
  {
    head: "Severity",
    cell: (row) => <Severity of={row.severity ?? "unknown"} />,
  },
  {
    head: "Vulnerability",
    sort: { by: "id", rising: true },
    tone: "name-cell",
    cell: (row) => (
      <>
        <span className="strong" title={row.aliases.join(", ")}>
          {row.id}
        </span>
        {row.exploited && <span className="chip is-critical after-name">exploited</span>}
        <div className="small soft wrap">{row.title}</div>
      </>
    ),
  },
  {
    head: "Package",
    sort: { by: "package", rising: true },
    tone: "wrap",
    cell: (row) => (
      <>
        <span title={row.path}>{row.package}</span>
        <div className="only-narrow small soft">
          {row.version} → <span className="whole">{row.fixed ?? "no fix"}</span>
        </div>
      </>
    ),
  },
  { head: "Installed", className: "opt-1", tone: "mono wrap", cell: (row) => row.version },
  {
    head: "Fixed in",
    className: "opt-1",
    tone: "mono nowrap",
    cell: (row) => row.fixed ?? <span className="faint">none yet</span>,
  },
  {
    head: <abbr title="Probability that it is exploited within 30 days, by FIRST">EPSS</abbr>,
    className: "num opt-2",
    cell: (row) => (row.epss === null ? <span className="faint">–</span> : percent(row.epss)),
  },
];

/** Which findings are the image's own. */
function ofImage({ id }: Image) {
  return { subjectKind: "image", subject: id };
}

/** What the policies say of the image by itself: its score is that of the worst. */
function Findings({ image }: { image: Image }) {
  const params = useSearch();
  const ratings = useRatings();
  const rule = { name: "rule", label: "Any rule", options: [] };
  return (
    <List<Finding>
      path="/findings"
      ask={{ limit: 100, ...ofImage(image) }}
      words={["finding"]}
      filters={{
        label: "findings of this image",
        choices: [...ratings, ...(params.has("rule") ? [rule] : [])],
      }}
      empty={["No finding", "Every policy that could be judged passes."]}
    >
      {(findings) => <FindingList findings={findings} />}
    </List>
  );
}

function Packages({ image }: { image: Image }) {
  return (
    <List<Package>
      path={`${pathOf(image.id)}/packages`}
      ask={{ limit: 100 }}
      words={["package"]}
      filters={{ label: "packages" }}
      empty={["No package found"]}
    >
      {(rows) => (
        <Table
          columns={[...PACKAGES, layerOf(image, "opt-1")]}
          rows={rows}
          keyOf={(row) => `${row.purl} ${row.path}`}
        />
      )}
    </List>
  );
}

const PACKAGES: Column<Package>[] = [
  { head: "Package", tone: "strong wrap", cell: (row) => row.name },
  { head: "Version", tone: "mono wrap", cell: (row) => row.version },
  { head: "Kind", className: "opt-1", tone: "soft", cell: (row) => row.type },
  { head: "Found at", className: "opt-2", tone: "mono wrap soft", cell: (row) => row.path || "–" },
];

function Secrets({ image }: { image: Image }) {
  return (
    <List<Secret>
      path={`${pathOf(image.id)}/secrets`}
      ask={{ limit: 100 }}
      words={["secret"]}
      empty={["No secret found", "No layer holds a credential that is known by its form."]}
    >
      {(rows) => (
        <Table
          columns={[...SECRETS, layerOf(image)]}
          rows={rows}
          keyOf={(row, index) => `${row.place}-${index}`}
        />
      )}
    </List>
  );
}

const SECRETS: Column<Secret>[] = [
  { head: "Secret", tone: "strong wrap", cell: (row) => row.title },
  { head: "Masked", tone: "mono wrap", cell: (row) => row.masked },
  {
    head: "Found at",
    tone: "mono wrap",
    cell: (row) => (
      <>
        {row.place}
        {row.line ? `:${row.line}` : ""}
        {row.deleted && (
          <span className="chip is-long after-name">deleted in a later layer, still there</span>
        )}
      </>
    ),
  },
];

const BAR = 100;

function Layers({ image }: { image: Image }) {
  const most = Math.max(...image.layers.map((layer) => layer.size ?? 0), 1);
  if (image.layers.length === 0) {
    return (
      <div className="sheet">
        <Empty title="No layer is known" />
      </div>
    );
  }
  return (
    <ol className="sheet layers">
      {image.layers.map((layer, index) => (
        <li key={`${layer.digest}-${index}`}>
          <span className="num faint">{index}</span>
          <span>
            <span className="created">{layer.createdBy ?? "no history"}</span>
            <span className="small faint mono cut block" title={layer.digest ?? undefined}>
              {layer.digest ?? "no content"}
            </span>
          </span>
          <span className="num">{layer.size === null ? "–" : bytes(layer.size)}</span>
          <span className="bar-cell">
            <svg className="meter is-low" width={BAR} height="4" aria-hidden="true">
              <rect width={BAR} height="4" rx="2" />
              <rect className="fill" width={((layer.size ?? 0) / most) * BAR} height="4" rx="2" />
            </svg>
          </span>
        </li>
      ))}
    </ol>
  );
}
