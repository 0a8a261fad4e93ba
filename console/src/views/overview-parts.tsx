/** How far the overview can be trusted: what is scanned, what is covered, what went wrong. */

import type { Coverage, Overview } from "../api/types";
import { Icon } from "../parts/icons";
import { Section } from "../parts/page";
import { Empty } from "../parts/states";
import { Time } from "../parts/words";
import { Link } from "../router";
import { count, plural } from "../text/format";

export function ImageStates({ images }: { images: Overview["images"] }) {
  const states: [string, number, string][] = [
    ["scanned", images.scanned, ""],
    ["waiting", images.waiting, "soft"],
    ["failed", images.failed, images.failed > 0 ? "is-high" : "soft"],
  ];
  return (
    <Section title="Images" aside={<Link to="/images">{plural(images.total, "image")}</Link>}>
      <div className="sheet panel">
        <dl className="figures">
          {states.map(([state, value, tone]) => (
            <div key={state}>
              <dt>{state[0]?.toUpperCase() + state.slice(1)}</dt>
              <dd className={tone}>
                {value > 0 ? <Link to={`/images?state=${state}`}>{count(value)}</Link> : 0}
              </dd>
            </div>
          ))}
        </dl>
        {images.failed + images.waiting > 0 && (
          <p className="small soft">
            {plural(images.failed + images.waiting, "image is", "images are")} not judged yet: what
            is in them is unknown, not clean.
          </p>
        )}
      </div>
    </Section>
  );
}

export function Coverages({ coverage, scanned }: { coverage: Coverage[]; scanned: number }) {
  return (
    <Section title="Advisory coverage">
      <div className="sheet panel">
        {coverage.length === 0 ? (
          scanned > 0 ? (
            <p className="is-medium">
              No advisories are loaded: vulnerabilities are unknown, not none.
            </p>
          ) : (
            <p className="soft">No package is known yet.</p>
          )
        ) : (
          <ul className="lines">
            {coverage.map((entry) => (
              <li key={entry.ecosystem}>
                <span className="row">
                  <span>{entry.ecosystem}</span>
                  <CoverageWord status={entry.status} />
                </span>
                <span className="row small faint">
                  <span>{plural(entry.packages, "package")}</span>
                  {entry.source && (
                    <span>
                      {entry.source}
                      {entry.dated && (
                        <>
                          , <Time at={entry.dated} />
                        </>
                      )}
                    </span>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

function CoverageWord({ status }: { status: string }) {
  const isGood = status === "loaded";
  return (
    <span className={`sev small ${isGood ? "is-good" : "is-medium"}`}>
      <Icon name={isGood ? "check" : "warning"} size={13} />
      {isGood ? "loaded" : status === "no-source" ? "no source" : status}
    </span>
  );
}

export function Problems({ overview: { problems, cluster } }: { overview: Overview }) {
  const withheld = cluster.withheld.map(({ kind }) => kind);
  return (
    <Section title="What could not be seen">
      <div className="sheet panel">
        {problems.length + withheld.length === 0 && (
          <Empty title="Nothing">Everything that is watched could be read.</Empty>
        )}
        {problems.length + withheld.length > 0 && (
          <ul className="lines">
            {problems.map((problem, index) => (
              <li key={index}>
                <strong>{problem.what}</strong>
                <span className="small soft">{problem.why}</span>
                {problem.remedy && <span className="small">{problem.remedy}</span>}
              </li>
            ))}
            {withheld.length > 0 && (
              <li>
                <p className="small soft">
                  Cofferdam has no right to read {withheld.join(", ")}:{" "}
                  <Link to="/cluster/withheld">what that means</Link>.
                </p>
              </li>
            )}
          </ul>
        )}
      </div>
    </Section>
  );
}
