/** The door: whether it stands, and what it said to whom. */

import { useApi } from "../api/queries";
import { useSession } from "../api/session";
import type { AdmissionStatus, Review } from "../api/types";
import { List } from "../parts/list";
import { Head } from "../parts/page";
import { Loaded } from "../parts/states";
import { DecisionWord, Time } from "../parts/words";
import { Link, usePath, useSearch, withSearch } from "../router";
import { count, duration } from "../text/format";
import { useNamespaces } from "./namespaces";

const DECISIONS: [string, string][] = [
  ["denied", "Refused"],
  ["warned", "Warned"],
  ["allowed", "Allowed"],
  ["failed-open", "Failed open"],
];

export function Admission() {
  const { isRecorded } = useSession();
  const status = useApi<AdmissionStatus>(isRecorded ? null : "/admission/status");
  const choices = [
    { name: "decision", label: "Any decision", options: DECISIONS },
    { name: "namespace", label: "Any namespace", options: useNamespaces() },
  ];
  const why = status.data?.installed
    ? "The next object that is created or changed shows here."
    : "The webhook is not installed in this cluster, so nobody is asked at the door.";
  const empty: [string, string] = isRecorded
    ? ["Nothing was asked", "No review was known when this was recorded."]
    : ["Nothing was asked yet", why];
  return (
    <>
      <Head
        title="Admission"
        note={
          isRecorded && "What was asked and answered before this was recorded; nobody asks here."
        }
      />
      {!isRecorded && (
        <div className="sheet status">
          <Loaded query={status}>{(data) => <Status status={data} />}</Loaded>
        </div>
      )}
      <List<Review>
        path="/admission/reviews"
        words={["review"]}
        filters={{ label: "reviews", choices }}
        empty={empty}
      >
        {(reviews) => (
          <ol className="reviews">
            {reviews.map((review) => (
              <Line key={review.id} review={review} />
            ))}
          </ol>
        )}
      </List>
    </>
  );
}

function Status({ status }: { status: AdmissionStatus }) {
  return (
    <dl className="status-strip">
      <div>
        <dt>Webhook</dt>
        <dd>
          {status.installed ? (
            <strong className="is-good">installed</strong>
          ) : (
            <strong className="is-medium">not installed</strong>
          )}
        </dd>
      </div>
      <div>
        <dt>Reviews</dt>
        <dd>{count(status.reviews)}</dd>
      </div>
      <div>
        <dt>Half answered within</dt>
        <dd>{status.reviews === 0 ? "–" : duration(status.p50)}</dd>
      </div>
      <div>
        <dt>99 of 100 within</dt>
        <dd>{status.reviews === 0 ? "–" : duration(status.p99)}</dd>
      </div>
      <div>
        <dt>Failed open</dt>
        <dd className={status.failedOpen > 0 ? "is-high strong" : ""}>
          {count(status.failedOpen)}
        </dd>
      </div>
      {status.certificateExpires && (
        <div>
          <dt>Certificate renews before</dt>
          <dd>
            <Time at={status.certificateExpires} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Line({ review }: { review: Review }) {
  const path = usePath();
  const params = useSearch();
  const isOpen = params.get("review") === review.id;
  const name = `${review.namespace ? `${review.namespace}/` : ""}${review.name}`;
  const asked = new URLSearchParams(params);
  if (isOpen) asked.delete("review");
  else asked.set("review", review.id);
  return (
    <li>
      <Link
        className="review-head"
        to={`${path}?${asked}`}
        replace
        aria-expanded={isOpen}
        data-lead
        data-close={isOpen ? "" : undefined}
      >
        <DecisionWord of={review.decision} />
        <span className="what wrap">
          <span className="soft">
            {review.operation.toLowerCase()} {review.resource}
          </span>{" "}
          <strong>{name}</strong>
        </span>
        <span className="who soft cut" title={review.user}>
          {review.user}
        </span>
        <span className="when faint">
          <Time at={review.at} />
        </span>
        {review.messages.length > 0 && !isOpen && (
          <span className="why soft cut" title={review.messages.join("\n")}>
            {review.messages.join(" ")}
          </span>
        )}
      </Link>
      {isOpen && (
        <div className="review-body">
          {review.messages.length > 0 ? (
            <ul className="stack-small">
              {review.messages.map((message) => (
                <li key={message} className="wrap">
                  {message}
                </li>
              ))}
            </ul>
          ) : (
            <p className="soft">Nothing was said against it.</p>
          )}
          <p className="small soft wrap">
            Asked by {review.user} · answered in {duration(review.micros)}{" "}
            {review.digest && (
              <>
                · verdict <code>{review.digest}</code>{" "}
              </>
            )}
            ·{" "}
            <Link to={withSearch(path, params, { user: review.user, review: null })}>
              all by this user
            </Link>
          </p>
        </div>
      )}
    </li>
  );
}
