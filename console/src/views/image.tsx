/** One image: vulnerabilities, packages, layers, secrets. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { Image, Listed, Package, Secret, Vulnerability } from "../api/types";
import { AdvisoryWarning } from "../parts/advisories";
import { Icon } from "../parts/icons";
import { Filters, Nothing, Pager, Sorted } from "../parts/list";
import { Facts, Head, Tabs } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { Score, SEVERITIES, Severity, Tally, Time } from "../parts/words";
import { Link, useSearch } from "../router";
import { bytes, count, percent, totalOf } from "../text/format";
import { ScanWord } from "./images";

export function ImageView({ id, tab }: { id: string; tab: string }) {
  const image = useApi<Image>(`/images/${encodeURIComponent(id)}`);
  if (!image.data) {
    return (
      <>
        <Head title="Image" crumbs={[["Images", "/images"]]} />
        <div className="sheet">
          <Loaded query={image}>{() => null}</Loaded>
        </div>
      </>
    );
  }
  return <Loaded query={image}>{(data) => <One image={data} tab={tab} />}</Loaded>;
}

function One({ image, tab }: { image: Image; tab: string }) {
  const base = `/images/${encodeURIComponent(image.id)}`;
  const { counts } = image;
  const found = counts.critical + counts.high + counts.medium + counts.low + counts.unknown;
  return (
    <>
      <Head
        title={image.tag ? `${image.name}:${image.tag}` : image.name}
        crumbs={[["Images", "/images"]]}
        note={image.state === "scanned" ? <Tally counts={counts} words /> : image.why}
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
      <Tabs
        base={base}
        current={tab}
        tabs={[
          { name: "", title: "Vulnerabilities", count: count(found) },
          { name: "packages", title: "Packages", count: count(image.packages) },
          { name: "layers", title: "Layers", count: count(image.layers.length) },
          { name: "secrets", title: "Secrets", count: count(image.secrets) },
        ]}
      />
      {tab === "" && <Vulnerabilities image={image} />}
      {tab === "packages" && <Packages image={image} />}
      {tab === "layers" && <Layers image={image} />}
      {tab === "secrets" && <Secrets image={image} />}
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

function useList<T>(id: string, part: string) {
  const params = useSearch();
  const asked = query({ limit: 100, ...Object.fromEntries(params) });
  return useApi<Listed<T>>(`/images/${encodeURIComponent(id)}/${part}${asked}`);
}

function Vulnerabilities({ image }: { image: Image }) {
  const list = useList<Vulnerability>(image.id, "vulnerabilities");
  return (
    <>
      <AdvisoryWarning />
      <Filters
        label="vulnerabilities"
        total={list.data && totalOf(list.data, "vulnerability", "vulnerabilities")}
        choices={[
          {
            name: "severity",
            label: "Any severity",
            options: SEVERITIES,
          },
          { name: "fixable", label: "Fixed or not", options: [["true", "With a fixed version"]] },
          { name: "exploited", label: "Exploited or not", options: [["true", "Known exploited"]] },
        ]}
      />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet">
              {listed.items.length === 0 ? (
                <Nothing title="No known vulnerability">
                  None of the loaded advisories speaks about what is in this image. Which ecosystems
                  they cover is in the <Link to="/">overview</Link>.
                </Nothing>
              ) : (
                <VulnerabilityTable rows={listed.items} image={image} />
              )}
            </div>
            <Pager listed={listed} one="vulnerability" many="vulnerabilities" />
          </>
        )}
      </Loaded>
    </>
  );
}

function VulnerabilityTable({ rows, image }: { rows: Vulnerability[]; image: Image }) {
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            <Sorted by="score" standard>
              Severity
            </Sorted>
            <Sorted by="id" ascending>
              Vulnerability
            </Sorted>
            <Sorted by="package" ascending>
              Package
            </Sorted>
            <th scope="col" className="opt-1">
              Installed
            </th>
            <th scope="col" className="opt-1">
              Fixed in
            </th>
            <th scope="col" className="num opt-2">
              <abbr title="Probability that it is exploited within 30 days, by FIRST">EPSS</abbr>
            </th>
            <th scope="col" className="num opt-3">
              Layer
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.id} ${row.purl} ${row.path}`}>
              <td>
                <Severity of={row.severity ?? "unknown"} />
              </td>
              <td className="name-cell">
                <span className="strong nowrap" title={row.aliases.join(", ")}>
                  {row.id}
                </span>
                {row.exploited && <span className="chip is-critical after-name">exploited</span>}
                <div className="small soft">{row.title}</div>
              </td>
              <td className="wrap" title={row.path}>
                {row.package}
                <div className="only-narrow small soft">
                  {row.version} → {row.fixed ?? "no fix"}
                </div>
              </td>
              <td className="opt-1 mono wrap">{row.version}</td>
              <td className="opt-1 mono wrap">
                {row.fixed ?? <span className="faint">none yet</span>}
              </td>
              <td className="num opt-2">
                {row.epss === null ? <span className="faint">–</span> : percent(row.epss)}
              </td>
              <td className="num opt-3 soft">
                <LayerNumber image={image} digest={row.layer} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Packages({ image }: { image: Image }) {
  const list = useList<Package>(image.id, "packages");
  return (
    <>
      <Filters label="packages" total={list.data && totalOf(list.data, "package")} />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet scroll">
              {listed.items.length === 0 ? (
                <Nothing title="No package found" />
              ) : (
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Package</th>
                      <th scope="col">Version</th>
                      <th scope="col" className="opt-1">
                        Kind
                      </th>
                      <th scope="col" className="opt-2">
                        Found at
                      </th>
                      <th scope="col" className="num opt-1">
                        Layer
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {listed.items.map((row) => (
                      <tr key={`${row.purl} ${row.path}`}>
                        <td className="strong wrap">{row.name}</td>
                        <td className="mono wrap">{row.version}</td>
                        <td className="opt-1 soft">{row.type}</td>
                        <td className="opt-2 mono wrap soft">{row.path || "–"}</td>
                        <td className="num opt-1 soft">
                          <LayerNumber image={image} digest={row.layer} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </div>
            <Pager listed={listed} one="package" />
          </>
        )}
      </Loaded>
    </>
  );
}

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

function Secrets({ image }: { image: Image }) {
  const list = useList<Secret>(image.id, "secrets");
  return (
    <Loaded query={list}>
      {(listed) => (
        <>
          <div className="sheet scroll">
            {listed.items.length === 0 ? (
              <Nothing title="No secret found">
                No layer holds a credential that is known by its form.
              </Nothing>
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Secret</th>
                    <th scope="col">Masked</th>
                    <th scope="col">Found at</th>
                    <th scope="col" className="num">
                      Layer
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {listed.items.map((row, index) => (
                    <tr key={`${row.place}-${index}`}>
                      <td className="strong">{row.title}</td>
                      <td className="mono">{row.masked}</td>
                      <td className="mono wrap">
                        {row.place}
                        {row.line ? `:${row.line}` : ""}
                        {row.deleted && (
                          <span className="chip after-name">
                            deleted in a later layer, still there
                          </span>
                        )}
                      </td>
                      <td className="num soft">
                        <LayerNumber image={image} digest={row.layer} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </div>
          <Pager listed={listed} one="secret" />
        </>
      )}
    </Loaded>
  );
}
