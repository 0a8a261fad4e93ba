/** Parts of a workload: containers and pods, how it is reached, what drifted. */

import { useApi } from "../api/queries";
import type { Image, Workload } from "../api/types";
import { Empty } from "../parts/states";
import { Way } from "../parts/ways";
import { ExposureWord, Tally } from "../parts/words";
import { Link } from "../router";
import { ScanWord } from "./images";

const KINDS: Record<string, string> = {
  container: "main",
  init: "init",
  sidecar: "sidecar",
  ephemeral: "ephemeral",
};

export function Containers({ workload }: { workload: Workload }) {
  return (
    <div className="stack">
      <div className="sheet scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Container</th>
              <th scope="col">Kind</th>
              <th scope="col">Image</th>
              <th scope="col" className="opt-1">
                Vulnerabilities
              </th>
            </tr>
          </thead>
          <tbody>
            {workload.containers.map((container) => (
              <tr key={`${container.kind}/${container.name}`}>
                <td className="strong">{container.name}</td>
                <td className="soft">{KINDS[container.kind] ?? container.kind}</td>
                <td className="wrap mono">
                  {container.image ? (
                    <Link to={`/images/${container.image}`} data-lead>
                      {container.imageRef}
                    </Link>
                  ) : (
                    <>
                      {container.imageRef} <span className="chip">not seen yet</span>
                    </>
                  )}
                </td>
                <td className="opt-1">{container.image && <ImageTally id={container.image} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="sheet scroll">
        {workload.pods.length === 0 ? (
          <Empty title="No pod at the moment" />
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Pod</th>
                <th scope="col">Node</th>
                <th scope="col">Phase</th>
              </tr>
            </thead>
            <tbody>
              {workload.pods.map((pod) => (
                <tr key={pod.name}>
                  <td className="wrap">{pod.name}</td>
                  <td>{pod.node || <span className="faint">not placed</span>}</td>
                  <td className={pod.phase === "Running" ? "" : "is-medium"}>{pod.phase}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </div>
  );
}

/** What is known of the image of a container; a workload has few. */
function ImageTally({ id }: { id: string }) {
  const image = useApi<Image>(`/images/${encodeURIComponent(id)}`);
  if (!image.data) return <span className="faint">{image.isError ? "unknown" : "…"}</span>;
  if (image.data.state !== "scanned") return <ScanWord row={image.data} />;
  return <Tally counts={image.data.counts} />;
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
  if (workload.drift.length === 0) {
    return (
      <div className="sheet">
        <Empty title="As it was applied">
          What runs is what was last applied, or nothing is known of how it was.
        </Empty>
      </div>
    );
  }
  return (
    <div className="sheet scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">As applied</th>
            <th scope="col">As it runs</th>
          </tr>
        </thead>
        <tbody>
          {workload.drift.map((change) => (
            <tr key={change.path}>
              <td className="mono wrap">{change.path}</td>
              <td className="mono wrap soft">{written(change.applied)}</td>
              <td className="mono wrap strong">{written(change.live)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function written(value: unknown): string {
  if (value === null || value === undefined) return "absent";
  return typeof value === "string" ? value : JSON.stringify(value);
}
