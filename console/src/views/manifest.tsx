/** The manifest as it runs, with each problem at its line. */

import { useEffect, useRef } from "react";
import { useApi } from "../api/queries";
import type { Finding, Listed, Manifest, Mark, Workload } from "../api/types";
import { CopyButton } from "../parts/code";
import { FindingBody } from "../parts/finding-list";
import { Shape } from "../parts/icons";
import { Loaded } from "../parts/states";
import { SeverityOf } from "../parts/words";
import { Link, usePath, useSearch, withSearch } from "../router";
import { plural } from "../text/format";
import { type Piece, pieces } from "../text/yaml";

export function useManifest(workload: Workload) {
  const path = `/workloads/${encodeURIComponent(workload.id)}/manifest`;
  return useApi<Manifest>(workload.hasManifest ? path : null);
}

export function ManifestView({ workload }: { workload: Workload }) {
  const manifest = useManifest(workload);
  const subject = encodeURIComponent(workload.id);
  const list = useApi<Listed<Finding>>(`/findings?limit=500&subject=${subject}`);
  const findings = new Map(list.data?.items.map((finding) => [finding.id, finding]));
  return (
    <Loaded query={manifest}>
      {({ text, marks }) => {
        const known = marks.filter((mark) => findings.has(mark.finding));
        const lines = new Set(known.map((mark) => mark.line)).size;
        return (
          <>
            <div className="section-head">
              <span className="soft">
                {plural(known.length, "problem")} at {plural(lines, "line")}; the manifest as it
                runs, with what the API server filled in.
              </span>
              <CopyButton text={text} name="manifest" />
            </div>
            <Lines text={text} marks={known} findings={findings} />
          </>
        );
      }}
    </Loaded>
  );
}

interface LinesProps {
  text: string;
  marks: Mark[];
  findings: Map<string, Finding>;
}

function Lines({ text, marks, findings }: LinesProps) {
  const lines = text.replace(/\n$/, "").split("\n");
  const at = new Map<number, Mark[]>();
  for (const mark of marks) at.set(mark.line, [...(at.get(mark.line) ?? []), mark]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <section className="sheet manifest" aria-label="Manifest" tabIndex={0}>
      <ol>
        {lines.map((line, index) => {
          const here = at.get(index + 1) ?? [];
          const told = here.flatMap((mark) => findings.get(mark.finding) ?? []);
          const worst = told.toSorted((one, other) => other.score - one.score)[0];
          return (
            <li key={index} id={`L${index + 1}`}>
              <div className={worst ? "line is-marked" : "line"}>
                <span className="gutter">
                  {worst && (
                    <Shape of={worst.outcome === "fail" ? worst.severity : "unknown"} size={10} />
                  )}
                </span>
                <span className="line-number">{index + 1}</span>
                <span>
                  <Line line={line} mark={here[0]} tone={worst?.severity} />
                </span>
              </div>
              {told.map((finding) => (
                <Note key={finding.id} finding={finding} manifest={text} />
              ))}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** One line in colours; the marked part is underlined. */
function Line({
  line,
  mark,
  tone,
}: {
  line: string;
  mark?: Mark | undefined;
  tone?: string | undefined;
}) {
  const all = pieces(line);
  if (!mark) return all.map(colour);
  const from = mark.column - 1;
  const to = mark.endLine > mark.line ? line.length : mark.endColumn - 1;
  const [before, rest] = cut(all, from);
  const [inside, after] = cut(rest, Math.max(to, from + 1) - from);
  return (
    <>
      {before.map(colour)}
      <mark className={`is-${tone}`}>{inside.map(colour)}</mark>
      {after.map(colour)}
    </>
  );
}

function colour(piece: Piece, index: number) {
  return (
    <span key={index} className={`y-${piece.role}`}>
      {piece.text}
    </span>
  );
}

/** Cuts pieces after `length` characters. */
function cut(all: Piece[], length: number): [Piece[], Piece[]] {
  const before: Piece[] = [];
  const after: Piece[] = [];
  let left = length;
  for (const { text, role } of all) {
    if (left > 0) before.push({ text: text.slice(0, left), role });
    if (text.length > left) after.push({ text: text.slice(Math.max(left, 0)), role });
    left -= text.length;
  }
  return [before, after];
}

function Note({ finding, manifest }: { finding: Finding; manifest: string }) {
  const path = usePath();
  const params = useSearch();
  const box = useRef<HTMLDivElement>(null);
  const isOpen = params.get("finding") === finding.id;
  useEffect(() => {
    if (isOpen) box.current?.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  const tone = finding.outcome === "fail" ? finding.severity : "unknown";
  return (
    <div className="note">
      <div ref={box} className={`note-box is-${tone}`}>
        <Link
          className="note-head"
          to={withSearch(path, params, { finding: isOpen ? null : finding.id })}
          replace
          aria-expanded={isOpen}
          data-lead
          data-close={isOpen ? "" : undefined}
        >
          <SeverityOf severity={finding.severity} outcome={finding.outcome} />
          <span className="wrap">{finding.message}</span>
          <span className="faint small nowrap">{finding.rule}</span>
        </Link>
        {isOpen && (
          <div className="note-body">
            <FindingBody finding={finding} manifest={manifest} />
          </div>
        )}
      </div>
    </div>
  );
}
