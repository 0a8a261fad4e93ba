/** The cluster: nodes, namespaces, who did what, and what may not be read. */

import type { ReactNode } from "react";
import { useMay, useSession } from "../api/session";
import type { Cluster, ClusterEvent } from "../api/types";
import { Icon } from "../parts/icons";
import { List } from "../parts/list";
import { Detail, Facts, Head, shownOf, type Tab, Tabs } from "../parts/page";
import { Empty } from "../parts/states";
import { type Column, counted, Table } from "../parts/table";
import { Time } from "../parts/words";
import { Link } from "../router";
import { count } from "../text/format";

const VERBS = ["create", "update", "patch", "delete", "get", "list", "watch", "connect"];

type Node = Cluster["nodeList"][number];
type Namespace = Cluster["namespaceList"][number];
type Withheld = Cluster["withheld"][number];

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
  const { withheld } = cluster;
  // They tell of all namespaces, and are for nobody who may see a few.
  const readsEvents = useMay("viewer", "security", "admin");
  const tabs: Tab[] = [
    { name: "", title: "Nodes", count: count(cluster.nodes) },
    { name: "namespaces", title: "Namespaces", count: count(cluster.namespaces) },
    ...(readsEvents ? [{ name: "events", title: "Events" }] : []),
    ...(withheld.length > 0
      ? [{ name: "withheld", title: "May not be read", count: count(withheld.length) }]
      : []),
  ];
  const shown = shownOf(tabs, tab);
  return (
    <>
      <Facts
        of={[
          ["Kubernetes", cluster.version],
          ["Server", cluster.server],
          ["Pods", count(cluster.pods)],
          ...completeFact(cluster),
          ["Identity", <code key="id">{cluster.id}</code>],
          ...withheldFact(withheld),
        ]}
      />
      <Tabs base="/cluster" tabs={tabs} current={shown} />
      {shown === "" && (
        <All
          title="No node is known"
          columns={NODES}
          rows={cluster.nodeList}
          more={cluster.moreNodes}
        />
      )}
      {shown === "namespaces" && (
        <All
          title="No namespace is known"
          columns={NAMESPACES}
          rows={cluster.namespaceList}
          more={cluster.moreNamespaces}
        />
      )}
      {shown === "events" && <Events />}
      {shown === "withheld" && <WithheldKinds kinds={withheld} />}
    </>
  );
}

/** When all was read; of a recording that is only when it was loaded. */
function completeFact({ syncedAt, isRecorded }: Cluster): [string, ReactNode][] {
  if (isRecorded) return [];
  return [["Complete", syncedAt ? <Time key="synced" at={syncedAt} /> : "not yet"]];
}

function withheldFact(kinds: Withheld[]): [string, ReactNode][] {
  if (kinds.length === 0) return [];
  const names = kinds.map(({ kind }) => kind).join(", ");
  return [
    [
      "May not be read",
      <Link key="withheld" to="/cluster/withheld">
        {names}
      </Link>,
    ],
  ];
}

/** What the rights of Cofferdam leave out: no fault, but nobody should take it for judged. */
function WithheldKinds({ kinds }: { kinds: Withheld[] }) {
  return (
    <div className="sheet panel">
      <p>
        The account that Cofferdam uses in this cluster has no right to these kinds. Their objects
        are neither shown nor judged, and what rests on there being none is unknown. Nothing else is
        out of date for it.
      </p>
      <ul className="lines">
        {kinds.map(({ kind, why }) => (
          <li key={kind}>
            <strong>{kind}</strong>
            <span className="small soft wrap">{why}</span>
          </li>
        ))}
      </ul>
      <p className="small">
        To have a kind judged too, let this account list and watch it in all namespaces; it is tried
        again every few seconds.
        {kinds.some(({ kind }) => kind === "Secret") &&
          " Of Secrets only the metadata is asked for, but whoever has that right can read their values."}
      </p>
    </div>
  );
}

/** What comes with the cluster itself; what is beyond the largest cluster is told to be there. */
function All<T extends { name: string }>({
  title,
  columns,
  rows,
  more,
}: {
  title: string;
  columns: Column<T>[];
  rows: T[];
  more: boolean;
}) {
  return (
    <>
      <div className="sheet">
        {rows.length === 0 ? (
          <Empty title={title} />
        ) : (
          <Table columns={columns} rows={rows} keyOf={(row) => row.name} />
        )}
      </div>
      {more && <p className="small soft">The first {count(rows.length)}: the cluster has more.</p>}
    </>
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
    className: "opt-1",
    cell: ({ podSecurity }) => podSecurity ?? <span className="faint">none</span>,
  },
  { head: "Denies traffic by default", className: "opt-1", cell: defaultDeny },
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
  const { isRecorded } = useSession();
  const verbs = { name: "verb", label: "Any verb", options: VERBS.map((verb) => [verb, verb]) };
  const why = isRecorded
    ? "Nothing was told when this was recorded."
    : "The API server tells who did what once its audit webhook points here.";
  return (
    <List<ClusterEvent>
      path="/cluster/events"
      ask={{ limit: 100 }}
      words={["event"]}
      filters={{ label: "events", choices: [verbs] }}
      empty={[isRecorded ? "No event" : "No event yet", why]}
    >
      {(rows) => <Table columns={EVENTS} rows={rows} keyOf={(row) => row.id} />}
    </List>
  );
}

function whoOf(event: ClusterEvent) {
  return (
    <>
      {event.user}
      {event.actsAs && <div className="soft">as {event.actsAs}</div>}
    </>
  );
}

const EVENTS: Column<ClusterEvent>[] = [
  { head: "When", tone: "soft", cell: (event) => <Time at={event.at} /> },
  {
    head: "Who",
    className: "opt-1",
    tone: "wrap",
    cell: whoOf,
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
        <strong>{[event.namespace, event.name].filter(Boolean).join("/")}</strong>
        {event.command && <div className="mono soft">{event.command}</div>}
        <div className="only-narrow small">{whoOf(event)}</div>
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
    tone: (event) => (event.code >= 400 ? "is-high strong" : "soft"),
    cell: (event) => event.code,
  },
];
