/** The cluster: nodes, namespaces, and who did what. */

import type { Cluster, ClusterEvent } from "../api/types";
import { Icon } from "../parts/icons";
import { List } from "../parts/list";
import { Detail, Facts, Head, Tabs } from "../parts/page";
import { Empty } from "../parts/states";
import { type Column, counted, Table } from "../parts/table";
import { Time } from "../parts/words";
import { Link } from "../router";
import { count } from "../text/format";

const VERBS = ["create", "update", "patch", "delete", "get", "list", "watch", "connect"];

type Node = Cluster["nodeList"][number];
type Namespace = Cluster["namespaceList"][number];

export function ClusterView({ tab }: { tab: string }) {
  return (
    <Detail<Cluster> path="/cluster" title="Cluster">
      {(cluster) => (
        <>
          <Head title={cluster.name || "Cluster"} name="Cluster" />
          <One cluster={cluster} tab={tab} />
        </>
      )}
    </Detail>
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
      {tab === "" && <All title="No node is known" columns={NODES} rows={cluster.nodeList} />}
      {tab === "namespaces" && (
        <All title="No namespace is known" columns={NAMESPACES} rows={cluster.namespaceList} />
      )}
      {tab === "events" && <Events />}
    </>
  );
}

/** What comes with the cluster itself, all of it. */
function All<T extends { name: string }>({
  title,
  columns,
  rows,
}: {
  title: string;
  columns: Column<T>[];
  rows: T[];
}) {
  return (
    <div className="sheet">
      {rows.length === 0 ? (
        <Empty title={title} />
      ) : (
        <Table columns={columns} rows={rows} keyOf={(row) => row.name} />
      )}
    </div>
  );
}

const NODES: Column<Node>[] = [
  { head: "Node", tone: "strong wrap", cell: (node) => node.name },
  {
    head: "State",
    cell: (node) => (
      <span className={`sev ${node.ready ? "is-good" : "is-high"}`}>
        <Icon name={node.ready ? "check" : "warning"} size={13} />
        {node.ready ? "Ready" : "Not ready"}
      </span>
    ),
  },
  { head: "Kubelet", cell: (node) => node.version },
  { head: "System", className: "opt-1", tone: "soft", cell: (node) => node.os },
  { head: "Runtime", className: "opt-1", tone: "soft", cell: (node) => node.runtime },
];

const NAMESPACES: Column<Namespace>[] = [
  {
    head: "Namespace",
    tone: "wrap",
    cell: ({ name }) => (
      <Link className="lead" data-lead to={`/workloads?namespace=${encodeURIComponent(name)}`}>
        {name}
      </Link>
    ),
  },
  counted("Workloads", (namespace) => namespace.workloads),
  {
    head: "Pod Security enforced",
    cell: ({ podSecurity }) => podSecurity ?? <span className="faint">none</span>,
  },
  { head: "Denies traffic by default", cell: defaultDeny },
];

function defaultDeny({ isDefaultDeny }: Namespace) {
  if (isDefaultDeny === null) return <span className="faint">Unknown</span>;
  if (!isDefaultDeny) return <span className="soft">No</span>;
  return (
    <span className="sev is-good">
      <Icon name="check" size={13} />
      Yes
    </span>
  );
}

function Events() {
  const verbs = { name: "verb", label: "Any verb", options: VERBS.map((verb) => [verb, verb]) };
  return (
    <List<ClusterEvent>
      path="/cluster/events"
      ask={{ limit: 100 }}
      words={["event"]}
      filters={{ label: "events", choices: [verbs] }}
      empty={[
        "No event yet",
        "The API server tells who did what once its audit webhook points here.",
      ]}
    >
      {(rows) => <Table columns={EVENTS} rows={rows} keyOf={(row) => row.id} />}
    </List>
  );
}

const EVENTS: Column<ClusterEvent>[] = [
  { head: "When", tone: "soft", cell: (event) => <Time at={event.at} /> },
  {
    head: "Who",
    tone: "wrap",
    cell: (event) => (
      <>
        {event.user}
        {event.actsAs && <div className="soft">as {event.actsAs}</div>}
      </>
    ),
  },
  {
    head: "What",
    tone: "wrap",
    cell: (event) => (
      <>
        <span className="soft">
          {event.verb} {event.resource}
          {event.subresource && `/${event.subresource}`}
        </span>{" "}
        <strong>
          {event.namespace && `${event.namespace}/`}
          {event.name}
        </strong>
        {event.command && <div className="mono soft">{event.command}</div>}
      </>
    ),
  },
  {
    head: "From",
    className: "opt-2",
    tone: "soft",
    cell: (event) => <span title={event.agent ?? undefined}>{event.sourceIp ?? "–"}</span>,
  },
  {
    head: "Answer",
    className: "num",
    tone: (event) => (event.allowed ? "soft" : "is-high strong"),
    cell: (event) => event.code,
  },
];
