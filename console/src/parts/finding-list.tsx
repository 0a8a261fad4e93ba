/** Findings as lines that open where they stand; the open one is in the address. */

import { useEffect, useRef } from "react";
import { useApi } from "../api/queries";
import type { Finding } from "../api/types";
import { Link, usePath, useSearch, withSearch } from "../router";
import { day } from "../text/format";
import { targetOf } from "../text/patch";
import { Patch } from "./code";
import type { Choice } from "./list";
import { Score, SEVERITIES, SeverityOf, Time } from "./words";

const OUTCOMES: [string, string][] = [
  ["fail", "Failed"],
  ["unknown", "Unknown"],
  ["excepted", "Accepted"],
];

/** Choosing findings by how they are shown: what is unknown or accepted has no severity there, whatever its rule says. */
export function useRatings(): Choice[] {
  const standard = useSearch().has("severity") ? "fail" : undefined;
  return [
    { name: "severity", label: "Any severity", options: SEVERITIES },
    { name: "outcome", label: "Any outcome", options: OUTCOMES, standard },
  ];
}

interface ListProps {
  findings: Finding[];
  /** The text that patches are shown in, if these are findings of one object. */
  manifest?: string | undefined;
  /** What a line begins with: the rule, the rule with its subject, or, within a rule, the subject. */
  lead?: "rule" | "both" | "subject";
}

export function FindingList({ findings, manifest, lead = "rule" }: ListProps) {
  const params = useSearch();
  const open = params.get("finding");
  const isElsewhere = open !== null && !findings.some(({ id }) => id === open);
  return (
    <ul className="findings">
      {isElsewhere && <Elsewhere id={open} manifest={manifest} lead={lead} />}
      {findings.map((finding) => (
        <Line
          key={finding.id}
          finding={finding}
          isOpen={finding.id === open}
          manifest={manifest}
          lead={lead}
        />
      ))}
    </ul>
  );
}

type LineProps = Omit<ListProps, "findings"> & { finding: Finding; isOpen: boolean };

function Line({ finding, isOpen, manifest, lead = "rule" }: LineProps) {
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOpen) line.current?.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  return (
    <li ref={line}>
      <FindingHead finding={finding} isOpen={isOpen} lead={lead} />
      {isOpen && <FindingBody finding={finding} manifest={manifest} />}
    </li>
  );
}

/** The finding that a link names, where this page of the list has not got it. */
function Elsewhere({ id, ...props }: Omit<ListProps, "findings"> & { id: string }) {
  const finding = useApi<Finding>(`/findings/${encodeURIComponent(id)}`);
  if (finding.isError)
    return <li className="aside soft">The finding of this link is not known.</li>;
  if (!finding.data) return null;
  return (
    <>
      <li className="aside soft">
        The finding of this link, which is not on this page of the list:
      </li>
      <Line finding={finding.data} isOpen {...props} />
    </>
  );
}

function FindingHead({
  finding,
  isOpen,
  lead,
}: {
  finding: Finding;
  isOpen: boolean;
  lead: NonNullable<ListProps["lead"]>;
}) {
  const path = usePath();
  const params = useSearch();
  const next = new URLSearchParams(params);
  if (isOpen) next.delete("finding");
  else next.set("finding", finding.id);
  const text = next.toString();
  return (
    <Link
      className="finding-head"
      to={text ? `${path}?${text}` : path}
      replace
      aria-expanded={isOpen}
      data-lead
      data-close={isOpen ? "" : undefined}
    >
      <SeverityOf severity={finding.severity} outcome={finding.outcome} />
      <span className="title wrap">
        {lead === "subject" ? finding.subjectTitle : finding.title}{" "}
        {lead !== "subject" && <span className="faint small">{finding.rule}</span>}
      </span>
      <Score value={finding.score} why={finding.scoreWhy} />
      <span className="message wrap">
        {lead === "both" && <span className="strong">{finding.subjectTitle}: </span>}
        {finding.message}
        {finding.exception && <span className="soft"> {acceptance(finding.exception)}</span>}
      </span>
    </Link>
  );
}

/** Who answers for it, and until when. */
function acceptance({ owner, expires }: NonNullable<Finding["exception"]>): string {
  return `Accepted by ${owner} until ${day(expires)}.`;
}

/** Everything that is known of a finding: the fix, why it is said, and where it ranks. */
export function FindingBody({
  finding,
  manifest,
}: {
  finding: Finding;
  manifest?: string | undefined;
}) {
  const target = targetOf(finding.subjectTitle);
  return (
    <div className="finding-body">
      {finding.remediation && (
        <div>
          <h2>What to do</h2>
          <p className="prose">{finding.remediation}</p>
        </div>
      )}
      {finding.patch && finding.patch.length > 0 && (
        <div>
          <h2>The change</h2>
          <Patch patch={finding.patch} manifest={manifest} target={target} />
        </div>
      )}
      <Why finding={finding} />
      {finding.exception && (
        <div>
          <h2>Accepted</h2>
          <p>
            {finding.exception.reason} <span className="soft">{acceptance(finding.exception)}</span>
          </p>
        </div>
      )}
      <p className="small soft">
        <Link to={`/policies/${finding.rule}`}>{finding.rule}</Link> · {subjectLink(finding)} · seen
        first <Time at={finding.firstSeen} />
        {finding.since !== finding.firstSeen && (
          <>
            , so since <Time at={finding.since} />
          </>
        )}
        {finding.goneAt && (
          <>
            , {finding.superseded ? "decided or rated anew" : "gone"} <Time at={finding.goneAt} />
          </>
        )}
      </p>
    </div>
  );
}

function subjectLink(finding: Finding) {
  const { subject, subjectKind, subjectTitle } = finding;
  if (subjectKind === "object") return subjectTitle;
  const isOfManifest = finding.pointer !== null;
  const place =
    subjectKind === "image"
      ? `/images/${subject}/findings`
      : `/workloads/${subject}${isOfManifest ? "/manifest" : ""}`;
  return (
    <Link to={withSearch(place, new URLSearchParams(), { finding: finding.id })}>
      {subjectTitle}
    </Link>
  );
}

function Why({ finding }: { finding: Finding }) {
  const { clause, inputs = [] } = finding.explanation ?? {};
  return (
    <div>
      <h2>Why</h2>
      <dl className="why">
        <div>
          <dt>Score</dt>
          <dd>
            {finding.score}: {finding.scoreWhy}
          </dd>
        </div>
        {clause && (
          <div>
            <dt>Decided by</dt>
            <dd>
              <code>{clause}</code>
            </dd>
          </div>
        )}
        {inputs.map((input, index) => (
          <div key={input.path}>
            <dt>{index === 0 && "It rests on"}</dt>
            <dd>
              <code>
                {input.path} = {input.value}
              </code>{" "}
              <span className="faint small">{input.provenance}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
