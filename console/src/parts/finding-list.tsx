/** Findings as lines that open where they stand; the open one is in the address. */

import type { Finding } from "../api/types";
import { Link, usePath, useSearch } from "../router";
import { targetOf } from "../text/patch";
import { Patch } from "./code";
import { Score, SeverityOf, Time } from "./words";

interface ListProps {
  findings: Finding[];
  /** The text that patches are shown in, if these are findings of one object. */
  manifest?: string | undefined;
  /** Whether each line says what it is about. */
  withSubject?: boolean;
}

export function FindingList({ findings, manifest, withSubject = false }: ListProps) {
  const params = useSearch();
  const open = params.get("finding");
  return (
    <ul className="findings">
      {findings.map((finding) => (
        <li key={finding.id}>
          <FindingHead finding={finding} isOpen={finding.id === open} withSubject={withSubject} />
          {finding.id === open && <FindingBody finding={finding} manifest={manifest} />}
        </li>
      ))}
    </ul>
  );
}

function FindingHead({
  finding,
  isOpen,
  withSubject,
}: {
  finding: Finding;
  isOpen: boolean;
  withSubject: boolean;
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
      <span className="title">
        {finding.title} <span className="faint small">{finding.rule}</span>
      </span>
      <Score value={finding.score} why={finding.scoreWhy} />
      <span className="message wrap">
        {withSubject && <span className="strong">{finding.subjectTitle}: </span>}
        {finding.message}
      </span>
    </Link>
  );
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
          <h4>What to do</h4>
          <p className="prose">{finding.remediation}</p>
        </div>
      )}
      {finding.patch && finding.patch.length > 0 && (
        <div>
          <h4>The change</h4>
          <Patch patch={finding.patch} manifest={manifest} target={target} />
        </div>
      )}
      <Why finding={finding} />
      {finding.exception && (
        <div>
          <h4>Accepted</h4>
          <p>
            {finding.exception.reason} ({finding.exception.owner}, until{" "}
            <Time at={finding.exception.expires} />)
          </p>
        </div>
      )}
      <p className="small soft">
        <Link to={`/policies/${finding.rule}`}>{finding.rule}</Link> · {subjectLink(finding)} · seen
        first <Time at={finding.firstSeen} />
        {finding.goneAt && (
          <>
            , gone <Time at={finding.goneAt} />
          </>
        )}
      </p>
    </div>
  );
}

const PLACES = { workload: "workloads", image: "images", object: null };

function subjectLink(finding: Finding) {
  const place = PLACES[finding.subjectKind];
  if (!place) return finding.subjectTitle;
  const tab = place === "workloads" && finding.line !== null ? "/manifest" : "";
  const search = tab ? `?finding=${encodeURIComponent(finding.id)}` : "";
  return <Link to={`/${place}/${finding.subject}${tab}${search}`}>{finding.subjectTitle}</Link>;
}

function Why({ finding }: { finding: Finding }) {
  const { explanation } = finding;
  return (
    <div>
      <h4>Why</h4>
      <p>
        Score {finding.score}: {finding.scoreWhy}
      </p>
      {explanation?.clause && (
        <p>
          The condition that decided: <code>{explanation.clause}</code>
        </p>
      )}
      {explanation?.flip && <p>It goes away with: {explanation.flip}</p>}
      {explanation?.inputs && explanation.inputs.length > 0 && (
        <dl className="inputs">
          {explanation.inputs.map((input) => (
            <div key={input.path}>
              <dt>{input.path}</dt>
              <dd>{input.value}</dd>
              <dd>{input.provenance}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
