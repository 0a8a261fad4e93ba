//! What the server counts of itself, as OpenMetrics text. Nothing of what a cluster holds is in
//! it, so that it needs no account.

use crate::Inner;
use axum::{body::Body, response::Response};
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Upper bounds of the times, in seconds.
const BOUNDS: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 5.0];

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

    /// As OpenMetrics text (version 1.0.0).
    fn text(&self, streams: usize, version: &str) -> String {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text = String::from("# TYPE cofferdam info\n# HELP cofferdam The program.\n");
        // Writing to a string does not fail.
        let _ = writeln!(text, "cofferdam_info{{version=\"{version}\"}} 1");
        text.push_str(
            "# TYPE cofferdam_http_requests counter\n\
             # HELP cofferdam_http_requests Requests that were answered.\n",
        );
        for ((route, status), count) in requests {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            let _ = writeln!(text, "cofferdam_http_requests_total{{{labels}}} {count}");
        }
        text.push_str(
            "# TYPE cofferdam_http_request_duration_seconds histogram\n\
             # UNIT cofferdam_http_request_duration_seconds seconds\n\
             # HELP cofferdam_http_request_duration_seconds Time to the head of the answer.\n",
        );
        let name = "cofferdam_http_request_duration_seconds";
        for (count, bound) in times.buckets.iter().zip(BOUNDS) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound:?}\"}} {count}");
        }
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {}", times.count);
        let _ = writeln!(text, "{name}_count {}\n{name}_sum {}", times.count, times.sum);
        let _ = writeln!(
            text,
            "# TYPE cofferdam_streams gauge\n\
             # HELP cofferdam_streams Streams of events that are open.\n\
             cofferdam_streams {streams}\n# EOF"
        );
        text
    }
}

/// Answers `/metrics`.
pub(crate) fn answer(inner: &Inner) -> Response {
    let text = inner.metrics.text(inner.streams.open(), env!("CARGO_PKG_VERSION"));
    let mut response = Response::new(Body::from(text));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::Metrics;
    use hyper::StatusCode;
    use std::time::Duration;

    #[test]
    fn buckets_add_up() {
        let metrics = Metrics::default();
        for milliseconds in [1, 20, 2_000, 60_000] {
            let took = Duration::from_millis(milliseconds);
            metrics.count("listWorkloads", StatusCode::OK, took);
        }
        let text = metrics.text(3, "0.1.0");
        for line in [
            "cofferdam_http_requests_total{route=\"listWorkloads\",status=\"200\"} 4",
            "cofferdam_http_request_duration_seconds_bucket{le=\"0.005\"} 1",
            "cofferdam_http_request_duration_seconds_bucket{le=\"1.0\"} 2",
            "cofferdam_http_request_duration_seconds_bucket{le=\"+Inf\"} 4",
            "cofferdam_streams 3",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
