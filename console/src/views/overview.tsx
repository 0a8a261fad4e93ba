/** What to fix first and why, the ways in, and how far all of this can be trusted. */

import { useSession } from "../api/session";
import type { Counts, FixFirst, Overview } from "../api/types";
import { AdvisoryWarning } from "../parts/advisories";
import { Hours, Trend } from "../parts/charts";
import { Shape } from "../parts/icons";
import { Detail, Head, Section } from "../parts/page";
import { Empty } from "../parts/states";
import { Way } from "../parts/ways";
import { RATINGS, ratingName, Score, Time, totalOfCounts } from "../parts/words";
import { Link, useSearch, withSearch } from "../router";
import { count, plural } from "../text/format";
import { Coverages, ImageStates, Problems } from "./overview-parts";

/** Attack paths shown before asked for all. */
const WAYS = 2;

/** What every number of findings here counts; docs/api says it at length. */
const COUNTED =
  "Open findings of the workloads and other objects that are here now, without what somebody accepted.";

export function OverviewView() {
  return (
    <Detail<Overview> path="/overview" title="Overview">
      {(overview) => <Whole overview={overview} />}
    </Detail>
  );
}

function Whole({ overview }: { overview: Overview }) {
  const { cluster, workloads } = overview;
  // Of a recording it is when it was read here, which says nothing of the cluster.
  const { isRecorded } = useSession();
  return (
    <>
      <Head
        title={headline(overview)}
        name="Overview"
        note={
          <>
            {cluster.name}: {plural(workloads.total, "workload")}, {plural(cluster.pods, "pod")} on{" "}
            {plural(cluster.nodes, "node")}, Kubernetes {cluster.version}.{" "}
            {!isRecorded && <Seen at={cluster.syncedAt} />}
          </>
        }
      />
      <AdvisoryWarning />
      <Proportion counts={overview.counts} />
      <div className="overview">
        <div className="column">
          <FixFirstList fixes={overview.fixFirst} />
          <Ways overview={overview} />
        </div>
        <div className="column">
          <Section title="Trend" aside={<span className="soft">critical and high</span>}>
            <div className="sheet panel">
              <Trend points={overview.trend} />
            </div>
          </Section>
          <Door reviews={overview.reviews} />
          <ImageStates images={overview.images} />
          <Coverages coverage={overview.coverage} scanned={overview.images.scanned} />
          <Problems overview={overview} />
        </div>
      </div>
    </>
  );
}

function Seen({ at }: { at: Overview["cluster"]["syncedAt"] }) {
  if (!at) return "Still reading the cluster.";
  return (
    <>
      Seen as it was <Time at={at} />.
    </>
  );
}

/** The state of the cluster in one sentence. */
function headline({ counts, workloads, cluster }: Overview): string {
  const { critical, high, unknown } = counts;
  if (critical > 0 && high > 0) {
    return `${count(critical)} critical and ${plural(high, "high finding")}`;
  }
  if (critical > 0) return plural(critical, "critical finding");
  if (high > 0) return `Nothing critical; ${plural(high, "high finding")}`;
  if (unknown > 0)
    return `Nothing critical or high is known; ${count(unknown)} could not be judged`;
  if (workloads.total > 0) return "Nothing critical, nothing high";
  const isUnseen = cluster.withheld.some(({ kind }) => kind === "Pod");
  return isUnseen ? "Cofferdam may not read Pods" : "No workload yet";
}

const WIDTH = 1000;
const GAP = 3;

function Proportion({ counts }: { counts: Counts }) {
  const some = RATINGS.filter((rating) => counts[rating] > 0);
  const total = totalOfCounts(counts);
  let x = 0;
  return (
    <div className="proportions" title={COUNTED}>
      {total > 0 && (
        <svg
          className="proportion"
          viewBox={`0 0 ${WIDTH} 8`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {some.map((rating) => {
            // Even one in a million is to be seen.
            const width = Math.max((counts[rating] / total) * WIDTH, 6);
            const at = x;
            x += width;
            return (
              <rect key={rating} className={`is-${rating}`} x={at} width={width - GAP} height="8" />
            );
          })}
        </svg>
      )}
      <div className="legend">
        {RATINGS.map((rating) => (
          <Link
            key={rating}
            to={
              rating === "unknown"
                ? "/findings?outcome=unknown"
                : `/findings?severity=${rating}&outcome=fail`
            }
          >
            <Shape of={rating} />
            <b>{count(counts[rating])}</b> {ratingName(rating).toLowerCase()}
          </Link>
        ))}
        <span className="faint small">{COUNTED}</span>
      </div>
    </div>
  );
}

function FixFirstList({ fixes }: { fixes: FixFirst[] }) {
  return (
    <Section title="Fix first" aside={<Link to="/findings">All findings</Link>}>
      <div className="sheet">
        {fixes.length === 0 ? (
          <Empty title="Nothing to fix">No open finding has a fix that is worth telling.</Empty>
        ) : (
          <ol className="fixes">
            {fixes.map((fix, index) => (
              <li key={`${fix.title}-${index}`}>
                <span className="rank" aria-hidden="true">
                  {index + 1}
                </span>
                <div>
                  <Link className="title" to={fix.link} data-lead>
                    {fix.title}
                  </Link>
                  <p className="soft">{fix.why}</p>
                  <p className="how">{fix.how}</p>
                </div>
                <div className="gain">
                  <Score value={fix.score} why={fix.why} />
                  <span>
                    closes <b>{plural(fix.findings, "finding")}</b>
                  </span>
                  {fix.workloads > 0 && <span>in {plural(fix.workloads, "workload")}</span>}
                </div>
              </li>
            ))}
          </ol>
        )}
      </div>
    </Section>
  );
}

function Ways({ overview: { attackPaths, attackPathsTotal } }: { overview: Overview }) {
  const params = useSearch();
  const all = params.has("ways");
  const shown = all ? attackPaths : attackPaths.slice(0, WAYS);
  const others = attackPathsTotal - attackPaths.length;
  const some = others > 0 ? `${count(attackPaths.length)} of` : "all";
  const more = attackPaths.length > WAYS && (
    <Link to={withSearch("/", params, { ways: all ? null : "all" })} replace>
      {all ? "Show fewer" : `Show ${some} ${count(attackPathsTotal)}`}
    </Link>
  );
  return (
    <Section title="Ways in" aside={more}>
      <div className="sheet">
        {shown.length === 0 ? (
          <Empty title="No way in was found">
            Among the objects that are known, none leads from outside to the node, to the Secrets or
            to cluster-admin.
          </Empty>
        ) : (
          shown.map((path, index) => <Way key={`${path.title}-${index}`} path={path} />)
        )}
      </div>
      {all && others > 0 && (
        <p className="small soft">
          {plural(others, "more way")} in: with the workloads that they lead through.
        </p>
      )}
    </Section>
  );
}

function Door({ reviews }: { reviews: Overview["reviews"] }) {
  const total = reviews.last24h.reduce((sum, value) => sum + value, 0);
  return (
    <Section title="At the door" aside={<Link to="/admission">Reviews</Link>}>
      <div className="sheet panel">
        <dl className="figures">
          <div>
            <dt>Allowed</dt>
            <dd>{count(reviews.allowed)}</dd>
          </div>
          <div>
            <dt>Warned</dt>
            <dd>{count(reviews.warned)}</dd>
          </div>
          <div>
            <dt>Refused</dt>
            <dd>{count(reviews.denied)}</dd>
          </div>
        </dl>
        {total > 0 ? (
          <Hours
            values={reviews.last24h}
            label={`${plural(total, "review")} in the last ${reviews.last24h.length} hours`}
          />
        ) : (
          <p className="small soft">No review in the last 24 hours.</p>
        )}
        {reviews.failedOpen > 0 && (
          <p className="small">
            <Link className="is-high" to="/admission?decision=failed-open">
              {plural(reviews.failedOpen, "request")} failed open
            </Link>
            : let through, for nobody could judge {reviews.failedOpen === 1 ? "it" : "them"}.
          </p>
        )}
      </div>
    </Section>
  );
}
