/** All findings of what runs: of workloads and other objects; those of images by themselves if asked. */

import type { Finding } from "../api/types";
import { AdvisoryWarning } from "../parts/advisories";
import { AsOf, Past } from "../parts/as-of";
import { FindingList, useRatings } from "../parts/finding-list";
import { List } from "../parts/list";
import { Head } from "../parts/page";
import { useSearch } from "../router";
import { useNamespaces } from "./namespaces";

const SUBJECTS: [string, string][] = [
  ["workload", "Workloads"],
  ["object", "Other objects"],
  ["image", "Images by themselves"],
];

const PAST =
  "What was open then, with the outcome and severity of then; score and words are the last with these. Links lead to what is there now.";

export function Findings() {
  const params = useSearch();
  const subject = params.get("subject");
  const choices = [
    ...useRatings(),
    { name: "namespace", label: "Any namespace", options: useNamespaces() },
    { name: "subjectKind", label: "All that runs", options: SUBJECTS },
    ...(params.has("rule") ? [{ name: "rule", label: "Any rule", options: [] }] : []),
    ...(subject
      ? [{ name: "subject", label: "Any object", options: [[subject, "One object"]] }]
      : []),
  ];
  return (
    <>
      <Head title="Findings">
        <AsOf asks="What was open on" />
      </Head>
      <AdvisoryWarning />
      {params.has("at") && <Past>{PAST}</Past>}
      <List<Finding>
        path="/findings"
        words={["finding"]}
        filters={{ label: "findings", choices }}
        empty={["No finding", "Nothing that was judged failed."]}
      >
        {(findings) => <FindingList findings={findings} lead="both" />}
      </List>
    </>
  );
}
