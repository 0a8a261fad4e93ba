/** The cluster: nodes, namespaces, and who did what. */

import { query } from "../api/client";
import { useApi } from "../api/queries";
import type { Cluster, ClusterEvent, Listed } from "../api/types";
import { Icon } from "../parts/icons";
import { Filters, Nothing, Pager } from "../parts/list";
import { Facts, Head, Tabs } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { CountCell, Time } from "../parts/words";
import { Link, useSearch } from "../router";
import { count, totalOf } from "../text/format";

const VERBS = ["create", "update", "patch", "delete", "get", "list", "watch", "connect"];

export function ClusterView({ tab }: { tab: string }) {
  const cluster = useApi<Cluster>("/cluster");
  return (
    <>
      <Head title={cluster.data?.name ?? "Cluster"} name="Cluster" />
      <Loaded query={cluster}>{(data) => <One cluster={data} tab={tab} />}</Loaded>
    </>
  );
}

function One({ cluster, tab }: { cluster: Cluster; tab: string }) {
  return (
    <>
      <Facts
        of={[
          ["Kubernetes", cluster.version],
          ["Server", cluster.server],
          ["Pods", count(cluster.pods)],
          ["Complete", cluster.syncedAt ? <Time key="synced" at={cluster.syncedAt} /> : "not yet"],
          ["Identity", <code key="id">{cluster.id}</code>],
        ]}
      />
      <Tabs
        base="/cluster"
        current={tab}
        tabs={[
          { name: "", title: "Nodes", count: count(cluster.nodes) },
          { name: "namespaces", title: "Namespaces", count: count(cluster.namespaces) },
          { name: "events", title: "Events" },
        ]}
      />
      {tab === "" && <Nodes cluster={cluster} />}
      {tab === "namespaces" && <Namespaces cluster={cluster} />}
      {tab === "events" && <Events />}
    </>
  );
}

function Nodes({ cluster }: { cluster: Cluster }) {
  return (
    <div className="sheet scroll">
      {cluster.nodeList.length === 0 ? (
        <Empty title="No node is known" />
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">State</th>
              <th scope="col">Kubelet</th>
              <th scope="col" className="opt-1">
                System
              </th>
              <th scope="col" className="opt-1">
                Runtime
              </th>
            </tr>
          </thead>
          <tbody>
            {cluster.nodeList.map((node) => (
              <tr key={node.name}>
                <td className="strong wrap">{node.name}</td>
                <td>
                  <span className={`sev ${node.ready ? "is-good" : "is-high"}`}>
                    <Icon name={node.ready ? "check" : "warning"} size={13} />
                    {node.ready ? "Ready" : "Not ready"}
                  </span>
                </td>
                <td>{node.version}</td>
                <td className="opt-1 soft">{node.os}</td>
                <td className="opt-1 soft">{node.runtime}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Namespaces({ cluster }: { cluster: Cluster }) {
  return (
    <div className="sheet scroll">
      {cluster.namespaceList.length === 0 ? (
        <Empty title="No namespace is known" />
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Namespace</th>
              <th scope="col" className="num">
                Workloads
              </th>
              <th scope="col">Pod Security enforced</th>
              <th scope="col">Denies traffic by default</th>
            </tr>
          </thead>
          <tbody>
            {cluster.namespaceList.map((namespace) => (
              <tr key={namespace.name}>
                <td className="wrap">
                  <Link
                    className="lead"
                    data-lead
                    to={`/workloads?namespace=${encodeURIComponent(namespace.name)}`}
                  >
                    {namespace.name}
                  </Link>
                </td>
                <CountCell value={namespace.workloads} />
                <td>{namespace.podSecurity ?? <span className="faint">none</span>}</td>
                <td>
                  {namespace.isDefaultDeny === null && <span className="faint">Unknown</span>}
                  {namespace.isDefaultDeny === false && <span className="soft">No</span>}
                  {namespace.isDefaultDeny && (
                    <span className="sev is-good">
                      <Icon name="check" size={13} />
                      Yes
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Events() {
  const params = useSearch();
  const asked = query({ limit: 100, ...Object.fromEntries(params) });
  const list = useApi<Listed<ClusterEvent>>(`/cluster/events${asked}`);
  return (
    <>
      <Filters
        label="events"
        total={list.data && totalOf(list.data, "event")}
        choices={[{ name: "verb", label: "Any verb", options: VERBS.map((verb) => [verb, verb]) }]}
      />
      <Loaded query={list}>
        {(listed) => (
          <>
            <div className="sheet scroll">
              {listed.items.length === 0 ? (
                <Nothing title="No event yet">
                  The API server tells who did what once its audit webhook points here.
                </Nothing>
              ) : (
                <EventTable rows={listed.items} />
              )}
            </div>
            <Pager listed={listed} one="event" />
          </>
        )}
      </Loaded>
    </>
  );
}

function EventTable({ rows }: { rows: ClusterEvent[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col" className="opt-2">
            From
          </th>
          <th scope="col" className="num">
            Answer
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((event) => (
          <tr key={event.id}>
            <td className="soft">
              <Time at={event.at} />
            </td>
            <td className="wrap">{event.user}</td>
            <td className="wrap">
              <span className="soft">
                {event.verb} {event.resource}
                {event.subresource && `/${event.subresource}`}
              </span>{" "}
              <strong>
                {event.namespace && `${event.namespace}/`}
                {event.name}
              </strong>
            </td>
            <td className="opt-2 soft" title={event.agent ?? undefined}>
              {event.sourceIp ?? "–"}
            </td>
            <td className={`num ${event.allowed ? "soft" : "is-high strong"}`}>{event.code}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
