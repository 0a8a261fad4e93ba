//! The API server's audit events: its webhook backend sends them here in batches.
//!
//! Source: `audit.k8s.io/v1` `EventList`. Only the event of the last stage is kept: one for each
//! request. Bodies of requests and answers are not read.

mod detail;
mod event;
mod loose;

use crate::{
    Inner, dispatch,
    refusal::{Kind, Refusal},
};
use axum::{body::Body, extract::Request, response::Response};
use cofferdam_model::{Diagnostic, Exit, Problem};
use cofferdam_store::{by_halves, rows::Event};
use hyper::{StatusCode, header::AUTHORIZATION};
use std::{sync::Arc, time::Duration};

/// Bytes of a batch: the API server truncates batches at 10 MiB (`--audit-webhook-truncate-max-batch-size`).
const BATCH: usize = (10 << 20) + (64 << 10);
/// How long a batch may take to come.
const TIME: Duration = Duration::from_secs(30);
/// Events of a batch; the API server sends at most 400 unless told otherwise
/// (`--audit-webhook-batch-max-size`).
pub(crate) const EVENTS: usize = 10_000;

/// Reads a batch: what could be read, and what could not.
pub fn read(bytes: &[u8]) -> (Vec<Event>, Vec<Problem>) {
    event::read(bytes)
}

/// Answers `POST /audit`.
pub(crate) async fn take(inner: Arc<Inner>, request: Request) -> Response {
    let instance = request.uri().path().to_owned();
    match taken(&inner, request).await {
        Ok(()) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(refusal) => refusal.logged(&*inner.control, &instance),
    }
}

async fn taken(inner: &Inner, request: Request) -> Result<(), Refusal> {
    let Some(token) = &inner.settings.audit_token else {
        return Err(Refusal::new(Kind::NotFound, "Audit events are not taken here."));
    };
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !cofferdam_identity::is_equal(given, token) {
        return Err(Refusal::new(Kind::SignIn, "Send the token that was set up for audit events."));
    }
    let bytes = dispatch::read(request.into_body(), BATCH, TIME).await?;
    let (events, problems) = read(&bytes);
    // A batch of which nothing can be read is refused, so that the API server says so in its log.
    if let (true, Some(problem)) = (events.is_empty(), problems.first()) {
        return Err(Refusal::new(Kind::Malformed, format!("{}.", problem.detail)));
    }
    let refused = by_halves(&events, |some| inner.store.put_events(some)).await?;
    if let Some((event, why)) = refused.first() {
        let what = format!("{} audit events cannot be stored", refused.len());
        let bug = Diagnostic::new(Exit::Infrastructure, what).at(&event.id).because(why);
        inner.control.log(bug);
    }
    Ok(())
}
