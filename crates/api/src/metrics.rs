//! Figures for a monitoring system, as OpenMetrics text: what the server knows of itself and of the
//! door, without an account; what the cluster holds, for who may see all of it.

use crate::{Door, Inner, dispatch, health, refusal::Refusal};
use axum::{body::Body, extract::Request, response::Response};
use cofferdam_control::admission::FASTEST;
use cofferdam_identity::{Grant, Resource, Verb};
use cofferdam_store::{Decision, ImageState};
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use std::{
    collections::BTreeMap,
    fmt::{Display, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Upper bounds of the times, in seconds.
const BOUNDS: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 5.0];

/// Microseconds in a second.
const MILLION: f64 = 1e6;

/// The counters. Their keys are routes and statuses of ours: a bounded set.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    times: Mutex<Times>,
}

/// How long answers took, for all routes together.
#[derive(Clone, Debug, Default)]
struct Times {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn count(&self, route: &'static str, status: StatusCode, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route, status.as_u16())).or_default() += 1;
        drop(requests);
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = took.as_secs_f64();
        for (bucket, bound) in times.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        times.count += 1;
        times.sum += seconds;
    }

    fn write(&self, text: &mut Text) {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner).clone();
        text.family("http_requests", "counter", "Requests that were answered.");
        for ((route, status), count) in requests {
            let labels = format!("{{route=\"{route}\",status=\"{status}\"}}");
            text.sample("http_requests_total", &labels, count);
        }
        let buckets = times.buckets.iter().zip(BOUNDS).map(|(count, bound)| (bound, *count));
        let help = "Time to the head of the answer.";
        text.histogram("http_request_duration", help, buckets, times.count, times.sum);
    }
}

/// OpenMetrics text (version 1.0.0). Every name begins with that of the program.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# TYPE cofferdam_{name} {kind}\n# HELP cofferdam_{name} {help}");
    }

    /// `labels` in braces, or nothing.
    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "cofferdam_{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, "", value);
    }

    /// A value for each word of a label.
    fn each<'w, V: Display>(
        &mut self,
        (name, kind, label): (&str, &str, &str),
        help: &str,
        values: impl IntoIterator<Item = (&'w str, V)>,
    ) {
        self.family(name, kind, help);
        let suffix = if kind == "counter" { "_total" } else { "" };
        for (word, value) in values {
            self.sample(&format!("{name}{suffix}"), &format!("{{{label}=\"{word}\"}}"), value);
        }
    }

    /// Seconds; the buckets are cumulative.
    fn histogram(
        &mut self,
        name: &str,
        help: &str,
        buckets: impl Iterator<Item = (f64, u64)>,
        count: u64,
        sum: f64,
    ) {
        let name = format!("{name}_seconds");
        let _ = writeln!(
            self.0,
            "# TYPE cofferdam_{name} histogram\n# UNIT cofferdam_{name} seconds\n\
             # HELP cofferdam_{name} {help}"
        );
        for (bound, count) in buckets {
            self.sample(&format!("{name}_bucket"), &format!("{{le=\"{bound:?}\"}}"), count);
        }
        self.sample(&format!("{name}_bucket"), "{le=\"+Inf\"}", count);
        self.sample(&format!("{name}_count"), "", count);
        self.sample(&format!("{name}_sum"), "", sum);
    }
}

/// What the server knows of itself, and of what it needs.
async fn own(inner: &Inner, text: &mut Text) {
    let version = env!("CARGO_PKG_VERSION");
    text.family("build", "info", "The program.");
    text.sample("build_info", &format!("{{version=\"{version}\"}}"), 1);
    inner.metrics.write(text);
    text.one("streams", "Streams of events that are open.", inner.streams.open());
    let checks = health::checks(inner).await.map(|(what, is_fine)| (what, u8::from(is_fine)));
    text.each(("reachable", "gauge", "what"), "Whether what it needs answers.", checks);
}

/// What was decided at the door, and how fast.
fn door(inner: &Inner, text: &mut Text) {
    let Door { is_installed, status, .. } = inner.control.door();
    let help = "Whether the API server is told to ask.";
    text.one("admission_installed", help, u8::from(is_installed));
    let Some(status) = status else { return };
    let decisions = [
        (Decision::Allowed, status.allowed),
        (Decision::Warned, status.warned),
        (Decision::Denied, status.denied),
        (Decision::FailedOpen, status.failed_open),
    ];
    text.each(
        ("admission_reviews", "counter", "decision"),
        "Admission reviews that were answered.",
        decisions.map(|(decision, count)| (decision.as_str(), count)),
    );
    text.family("admission_dropped", "counter", "Decisions that were not written down.");
    text.sample("admission_dropped_total", "", status.dropped);
    let spans = (FASTEST..).zip(status.faster);
    let buckets = spans.map(|(power, count)| (f64::from(1_u32 << power) / MILLION, count));
    let seconds = Duration::from_micros(status.sum_micros).as_secs_f64();
    let help = "Time that an admission review took.";
    text.histogram("admission_review_duration", help, buckets, status.reviews(), seconds);
}

/// What the cluster holds, counted as the overview counts it.
async fn figures(inner: &Inner, text: &mut Text) -> cofferdam_store::Result<()> {
    let open = inner.store.severities(None).await?;
    let workloads = inner.store.workload_totals(None).await?;
    let images = inner.store.image_totals().await?;
    let severities = [
        ("critical", open.critical),
        ("high", open.high),
        ("medium", open.medium),
        ("low", open.low),
        ("unknown", open.unknown),
    ];
    text.each(("findings", "gauge", "severity"), "Open findings of what runs.", severities);
    text.one("workloads", "Workloads.", workloads.total);
    let help = "Workloads with an open finding.";
    text.one("workloads_with_findings", help, workloads.with_findings);
    let dropped = inner.store.dropped().await?;
    let dropped = dropped.iter().map(|(table, count)| (&**table, *count));
    let help = "Rows that were forgotten, for they were past their time.";
    text.each(("store_dropped", "counter", "table"), help, dropped);
    let refused = inner.control.view().state.refused.as_ref().map_or(0, |refused| refused.count);
    text.one("store_refused", "Things that the database does not take.", refused);
    let of = |state: &ImageState| (state.as_str(), images.get(state).copied().unwrap_or(0));
    text.each(("images", "gauge", "state"), "Images that run.", ImageState::ALL.iter().map(of));
    Ok(())
}

/// Answers `/metrics`. What the cluster holds is for accounts that may see all of it.
pub(crate) async fn answer(inner: Arc<Inner>, request: Request) -> Response {
    let (headers, now) = (request.headers(), (inner.clock)());
    let principal = match dispatch::who(&inner, headers, None, now).await {
        Ok(principal) => principal,
        Err(refusal) => return refusal.logged(&*inner.control, request.uri().path()),
    };
    let sees_all =
        principal.is_some_and(|one| one.grant(Resource::Overview, Verb::Read) == Grant::All);
    let mut text = Text::default();
    own(&inner, &mut text).await;
    door(&inner, &mut text);
    if sees_all && let Err(error) = figures(&inner, &mut text).await {
        return Refusal::from(error).logged(&*inner.control, request.uri().path());
    }
    text.0.push_str("# EOF\n");
    let mut response = Response::new(Body::from(text.0));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::{Metrics, Text};
    use hyper::StatusCode;
    use std::time::Duration;

    #[test]
    fn buckets_add_up() {
        let metrics = Metrics::default();
        for milliseconds in [1, 20, 2_000, 60_000] {
            let took = Duration::from_millis(milliseconds);
            metrics.count("listWorkloads", StatusCode::OK, took);
        }
        let mut text = Text::default();
        metrics.write(&mut text);
        let text = text.0;
        for line in [
            "cofferdam_http_requests_total{route=\"listWorkloads\",status=\"200\"} 4",
            "cofferdam_http_request_duration_seconds_bucket{le=\"0.005\"} 1",
            "cofferdam_http_request_duration_seconds_bucket{le=\"1.0\"} 2",
            "cofferdam_http_request_duration_seconds_bucket{le=\"+Inf\"} 4",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
    }
}
