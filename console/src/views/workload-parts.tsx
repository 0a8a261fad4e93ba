/** Parts of a workload: containers and pods, how it is reached, what drifted. */

import { useApi } from "../api/queries";
import type { Image, Workload } from "../api/types";
import { Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Way } from "../parts/ways";
import { ExposureWord } from "../parts/words";
import { Link } from "../router";
import { ScanWord, Vulnerable } from "./images";

type Container = Workload["containers"][number];
type Pod = Workload["pods"][number];
type Change = Workload["drift"][number];

const KINDS: Record<string, string> = {
  container: "main",
  init: "init",
  sidecar: "sidecar",
  ephemeral: "ephemeral",
};

export function Containers({ workload }: { workload: Workload }) {
  return (
    <div className="stack">
      <div className="sheet">
        <Table
          columns={CONTAINERS}
          rows={workload.containers}
          keyOf={({ kind, name }) => `${kind}/${name}`}
        />
      </div>
      <div className="sheet">
        {workload.pods.length === 0 ? (
          <Empty title="No pod at the moment" />
        ) : (
          <Table columns={PODS} rows={workload.pods} keyOf={(pod) => pod.name} />
        )}
      </div>
    </div>
  );
}

const CONTAINERS: Column<Container>[] = [
  { head: "Container", tone: "strong", cell: ({ name }) => name },
  { head: "Kind", tone: "soft", cell: ({ kind }) => KINDS[kind] ?? kind },
  {
    head: "Image",
    tone: "wrap mono",
    cell: ({ image, imageRef }) =>
      image ? (
        <Link to={`/images/${image}`} data-lead>
          {imageRef}
        </Link>
      ) : (
        <>
          {imageRef} <span className="chip">not seen yet</span>
        </>
      ),
  },
  {
    head: "Vulnerabilities",
    className: "opt-1",
    cell: ({ image }) => image && <ImageTally id={image} />,
  },
];

/** Phases of a pod that is well, or has done what it was for. */
const PHASES = new Set(["Running", "Succeeded"]);

const PODS: Column<Pod>[] = [
  { head: "Pod", tone: "wrap", cell: ({ name }) => name },
  { head: "Node", cell: ({ node }) => node || <span className="faint">not placed</span> },
  {
    head: "Phase",
    tone: ({ phase }) => (PHASES.has(phase) ? "" : "is-medium"),
    cell: ({ phase }) => phase,
  },
];

/** What is known of the image of a container; a workload has few. */
function ImageTally({ id }: { id: string }) {
  const image = useApi<Image>(`/images/${encodeURIComponent(id)}`);
  if (!image.data) return <span className="faint">{image.isError ? "unknown" : "…"}</span>;
  if (image.data.state !== "scanned") return <ScanWord row={image.data} />;
  return <Vulnerable counts={image.data.counts} />;
}

export function Reach({ workload }: { workload: Workload }) {
  return (
    <div className="stack">
      <p>
        Reached from: <ExposureWord of={workload.exposure} />
        {workload.services.length > 0 && <>, through {workload.services.join(", ")}</>}.
      </p>
      <div className="sheet">
        {workload.attackPaths.length === 0 ? (
          <Empty title="On no attack path">
            Among the objects that are known, none leads through this workload to the node, to
            Secrets or to cluster-admin.
          </Empty>
        ) : (
          workload.attackPaths.map((path, index) => <Way key={index} path={path} heading="h2" />)
        )}
      </div>
    </div>
  );
}

export function Drift({ workload }: { workload: Workload }) {
  return (
    <div className="sheet">
      {workload.drift.length === 0 ? (
        <Empty title="As it was applied">
          What runs is what was last applied, or nothing is known of how it was.
        </Empty>
      ) : (
        <Table columns={DRIFT} rows={workload.drift} keyOf={({ path }) => path} />
      )}
    </div>
  );
}

const DRIFT: Column<Change>[] = [
  { head: "Field", tone: "mono wrap", cell: ({ path }) => path },
  { head: "As applied", tone: "mono wrap soft", cell: ({ applied }) => written(applied) },
  { head: "As it runs", tone: "mono wrap strong", cell: ({ live }) => written(live) },
];

function written(value: unknown): string {
  if (value === null || value === undefined) return "absent";
  return typeof value === "string" ? value : JSON.stringify(value);
}
