/** One workload: what is wrong with it, in its manifest, and how it can be reached. */

import { useApi } from "../api/queries";
import type { Finding, HistoryEntry, Listed, Workload } from "../api/types";
import { FindingList } from "../parts/finding-list";
import { Filters, Nothing, Pager } from "../parts/list";
import { Facts, Head, type Tab, Tabs } from "../parts/page";
import { Empty, Loaded } from "../parts/states";
import { ExposureWord, Score, SEVERITIES, Tally, Time } from "../parts/words";
import { Link, useSearch } from "../router";
import { count, totalOf } from "../text/format";
import { findingQuery } from "./findings";
import { ManifestView, useManifest } from "./manifest";
import { Containers, Drift, Reach } from "./workload-parts";

export function WorkloadView({ id, tab }: { id: string; tab: string }) {
  const query = useApi<Workload>(`/workloads/${encodeURIComponent(id)}`);
  if (!query.data) {
    return (
      <>
        <Head title="Workload" crumbs={[["Workloads", "/workloads"]]} />
        <div className="sheet">
          <Loaded query={query}>{() => null}</Loaded>
        </div>
      </>
    );
  }
  return <Loaded query={query}>{(workload) => <One workload={workload} tab={tab} />}</Loaded>;
}

function tabsOf(workload: Workload): Tab[] {
  const { counts } = workload;
  const found = counts.critical + counts.high + counts.medium + counts.low + counts.unknown;
  const tabs: Tab[] = [
    { name: "", title: "Findings", count: count(found) },
    { name: "manifest", title: "Manifest" },
    { name: "containers", title: "Containers", count: count(workload.containers.length) },
    { name: "exposure", title: "Exposure", count: count(workload.attackPaths.length) },
    { name: "history", title: "History" },
    { name: "drift", title: "Drift", count: count(workload.drift.length) },
  ];
  return tabs.filter(({ name }) => name !== "manifest" || workload.hasManifest);
}

function One({ workload, tab }: { workload: Workload; tab: string }) {
  const base = `/workloads/${encodeURIComponent(workload.id)}`;
  return (
    <>
      <Head
        title={workload.name}
        name={`${workload.name}, ${workload.kind}`}
        crumbs={[
          ["Workloads", "/workloads"],
          [workload.namespace, `/workloads?namespace=${encodeURIComponent(workload.namespace)}`],
        ]}
        note={
          <>
            <Tally counts={workload.counts} words />
            <p className="score-why">
              <Score value={workload.score} /> {workload.scoreWhy}
            </p>
          </>
        }
      >
        {workload.goneAt && (
          <span className="chip">
            gone <Time at={workload.goneAt} />
          </span>
        )}
      </Head>
      <Facts
        of={[
          ["Kind", `${workload.kind} (${workload.apiVersion})`],
          ["Reached from", <ExposureWord key="exposure" of={workload.exposure} />],
          [
            "Privileged",
            workload.privileged ? (
              <strong key="yes" className="is-critical">
                Yes
              </strong>
            ) : (
              "No"
            ),
          ],
          ["Service account", workload.serviceAccount || "default"],
          ["Ready", `${count(workload.ready)} of ${count(workload.replicas)}`],
          ["First seen", <Time key="first" at={workload.firstSeen} />],
        ]}
      />
      <Tabs base={base} tabs={tabsOf(workload)} current={tab} />
      {tab === "" && <WorkloadFindings workload={workload} />}
      {tab === "manifest" && <ManifestView workload={workload} />}
      {tab === "containers" && <Containers workload={workload} />}
      {tab === "exposure" && <Reach workload={workload} />}
      {tab === "history" && <History id={workload.id} />}
      {tab === "drift" && <Drift workload={workload} />}
    </>
  );
}

function WorkloadFindings({ workload }: { workload: Workload }) {
  const params = useSearch();
  const asked = findingQuery(params, { subject: workload.id, limit: "100" });
  const list = useApi<Listed<Finding>>(`/findings${asked}`);
  const manifest = useManifest(workload);
  return (
    <>
      <Filters
        label="findings of this workload"
        total={list.data && totalOf(list.data, "finding")}
        choices={[
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
                <Nothing title="Nothing found">
                  Every policy that could be judged passes. Its images are judged{" "}
                  <Link to={`/workloads/${workload.id}/containers`}>on their own</Link>.
                </Nothing>
              ) : (
                <FindingList findings={listed.items} manifest={manifest.data?.text} />
              )}
            </div>
            <Pager listed={listed} one="finding" />
          </>
        )}
      </Loaded>
    </>
  );
}

/** What happened to a workload, in words. */
const HAPPENED: Record<string, string> = {
  seen: "First seen",
  gone: "Gone",
  opened: "Found",
  closed: "Fixed",
  image: "Image",
  "image-gone": "Image no longer used",
};

function History({ id }: { id: string }) {
  const params = useSearch();
  const after = params.get("after");
  const page = after ? `&after=${encodeURIComponent(after)}` : "";
  const path = `/workloads/${encodeURIComponent(id)}/history?limit=100${page}`;
  const list = useApi<Listed<HistoryEntry>>(path);
  return (
    <Loaded query={list}>
      {(listed) => (
        <>
          <div className="sheet">
            {listed.items.length === 0 ? (
              <Empty title="Nothing has changed since it was first seen" />
            ) : (
              <ol className="timeline">
                {listed.items.map((entry, index) => (
                  <li key={index}>
                    <span className="soft">
                      <Time at={entry.at} />
                    </span>
                    <span className="wrap">
                      <strong>{HAPPENED[entry.what] ?? entry.what}</strong> {entry.detail}
                    </span>
                  </li>
                ))}
              </ol>
            )}
          </div>
          <Pager listed={listed} one="change" />
        </>
      )}
    </Loaded>
  );
}
