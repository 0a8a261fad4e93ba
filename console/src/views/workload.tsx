/** One workload: what is wrong with it, in its manifest, and how it can be reached. */

import type { Finding, HistoryEntry, Workload } from "../api/types";
import { FindingList, useRatings } from "../parts/finding-list";
import { List } from "../parts/list";
import { Detail, Facts, Head, shownOf, type Tab, Tabs } from "../parts/page";
import { ExposureWord, Score, SeverityOf, Tally, Time, totalOfCounts } from "../parts/words";
import { count } from "../text/format";
import { ManifestView, useManifest } from "./manifest";
import { Containers, Drift, Reach } from "./workload-parts";

export function WorkloadView({ id, tab }: { id: string; tab: string }) {
  return (
    <Detail<Workload> path={pathOf(id)} title="Workload" crumbs={[["Workloads", "/workloads"]]}>
      {(workload) => <One workload={workload} tab={tab} />}
    </Detail>
  );
}

/** In the API, and in the console. */
function pathOf(id: string): string {
  return `/workloads/${encodeURIComponent(id)}`;
}

function tabsOf(workload: Workload): Tab[] {
  const tabs: Tab[] = [
    { name: "", title: "Findings", count: count(totalOfCounts(workload.counts)) },
    { name: "manifest", title: "Manifest" },
    { name: "containers", title: "Containers", count: count(workload.containers.length) },
    { name: "exposure", title: "Exposure", count: count(workload.attackPaths.length) },
    { name: "history", title: "History" },
    { name: "drift", title: "Drift", count: count(workload.drift.length) },
  ];
  return tabs.filter(({ name }) => name !== "manifest" || workload.hasManifest);
}

function One({ workload, tab }: { workload: Workload; tab: string }) {
  const tabs = tabsOf(workload);
  const shown = shownOf(tabs, tab);
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
      <Tabs base={pathOf(workload.id)} tabs={tabs} current={shown} />
      {shown === "" && <WorkloadFindings workload={workload} />}
      {shown === "manifest" && <ManifestView workload={workload} />}
      {shown === "containers" && <Containers workload={workload} />}
      {shown === "exposure" && <Reach workload={workload} />}
      {shown === "history" && <History id={workload.id} />}
      {shown === "drift" && <Drift workload={workload} />}
    </>
  );
}

function WorkloadFindings({ workload }: { workload: Workload }) {
  const manifest = useManifest(workload);
  const choices = useRatings();
  return (
    <List<Finding>
      path="/findings"
      ask={{ limit: 100, subject: workload.id }}
      words={["finding"]}
      filters={{ label: "findings of this workload", choices }}
      empty={["Nothing found", "Every policy that could be judged passes."]}
    >
      {(findings) => <FindingList findings={findings} manifest={manifest.data?.text} />}
    </List>
  );
}

/** What happened to a workload, in words. */
const HAPPENED: Record<string, string> = {
  seen: "First seen",
  gone: "Gone",
  opened: "Found",
  changed: "Changed",
  closed: "Closed",
  image: "Image",
  "image-gone": "Image no longer used",
};

function History({ id }: { id: string }) {
  return (
    <List<HistoryEntry>
      path={`${pathOf(id)}/history`}
      ask={{ limit: 100 }}
      words={["change"]}
      empty={["Nothing has changed since it was first seen"]}
    >
      {(entries) => (
        <ol className="timeline">
          {entries.map((entry, index) => (
            <li key={index}>
              <span className="soft">
                <Time at={entry.at} />
              </span>
              <span>
                {entry.severity && entry.outcome && (
                  <SeverityOf severity={entry.severity} outcome={entry.outcome} />
                )}
              </span>
              <span className="wrap">
                <strong>{HAPPENED[entry.what] ?? entry.what}</strong> {entry.detail}
              </span>
            </li>
          ))}
        </ol>
      )}
    </List>
  );
}
