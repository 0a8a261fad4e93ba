//! Whether it lives, and whether it can answer.

use crate::Inner;
use axum::{body::Body, response::Response};
use hyper::{
    StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long what is needed may take to answer.
const TIME: Duration = Duration::from_secs(2);

/// The process lives: it answers. What else is broken, a restart would not mend.
pub(crate) async fn alive() -> Response {
    text(StatusCode::OK, "ok\n".to_owned())
}

/// What is needed to answer truly, and whether it is there: the store answers and takes what is
/// known, the bus answers, and the cluster was listed once.
pub(crate) async fn checks(inner: &Inner) -> [(&'static str, bool); 3] {
    let (store, bus) =
        tokio::join!(timeout(TIME, inner.store.ping()), timeout(TIME, inner.bus.ping()));
    let state = &inner.control.view().state;
    [
        ("store", matches!(store, Ok(Ok(()))) && state.store.is_none()),
        ("bus", matches!(bus, Ok(Ok(())))),
        ("cluster", state.can_review()),
    ]
}

/// Whether requests can be answered truly now. One line for each of what is needed.
pub(crate) async fn ready(inner: Arc<Inner>) -> Response {
    let checks = checks(&inner).await;
    let line = |(name, is_fine): &(&str, bool)| {
        let word = if *is_fine { "ok" } else { "failed" };
        format!("{name} {word}")
    };
    let lines: Vec<String> = checks.iter().map(line).collect();
    let is_ready = checks.iter().all(|(_, is_fine)| *is_fine);
    text(
        if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE },
        lines.join("\n") + "\n",
    )
}

/// Whether requests of the API server can be judged. The door needs neither store nor bus, and who
/// takes a replica away for want of them would open it.
pub(crate) fn ready_for_admission(inner: &Inner) -> Response {
    if inner.control.view().state.can_review() {
        text(StatusCode::OK, "cluster ok\n".to_owned())
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, "cluster failed\n".to_owned())
    }
}

fn text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
