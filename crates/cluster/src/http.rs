//! One request and its answer, within bounds of time and memory.

use crate::ClusterError;
use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use kube_client::client::Body;
use serde::Deserialize;
use std::{error::Error, io, time::Duration};
use tokio::time::timeout;

/// Until an answer is complete. The API server ends requests itself after 60 s.
const ANSWER: Duration = Duration::from_secs(65);

/// Bytes of the body of a refusal.
const REFUSAL_BYTES_MAX: usize = 256 << 10;

/// What to accept where the values of objects are nobody's business.
pub(crate) const METADATA_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// The same for one object, and for the events of a watch.
pub(crate) const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
/// What to accept elsewhere.
pub(crate) const JSON: &str = "application/json";

/// What the API server says when it says no (API conventions, "Response Status Kind").
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Status {
    pub(crate) code: u16,
    reason: String,
    message: String,
}

impl From<Status> for ClusterError {
    fn from(Status { code, reason, message }: Status) -> Self {
        Self::Refused { code, reason, message }
    }
}

/// A request without a body.
pub(crate) fn get(path: &str, accept: &'static str) -> Result<Request<Body>, ClusterError> {
    build(Request::get(path).header(header::ACCEPT, accept), Vec::new())
}

/// A request with a body of that type.
pub(crate) fn build(
    builder: http::request::Builder,
    body: Vec<u8>,
) -> Result<Request<Body>, ClusterError> {
    builder.body(Body::from(body)).map_err(|error| ClusterError::Malformed(error.to_string()))
}

/// Sends a request; the answer is yes, and its body is still to be read.
pub(crate) async fn send(
    client: &kube_client::Client,
    request: Request<Body>,
) -> Result<Response<Body>, ClusterError> {
    let response = within(client.send(request)).await?.map_err(|error| unreachable(&error))?;
    let code = response.status().as_u16();
    if response.status().is_success() {
        return Ok(response);
    }
    let body = within(collect(response.into_body(), REFUSAL_BYTES_MAX)).await??;
    let mut status: Status = serde_json::from_slice(&body).unwrap_or_default();
    status.code = code;
    Err(status.into())
}

/// Sends a request and reads the answer, at most `limit` bytes.
pub(crate) async fn ask(
    client: &kube_client::Client,
    request: Request<Body>,
    limit: usize,
) -> Result<Vec<u8>, ClusterError> {
    let response = send(client, request).await?;
    within(collect(response.into_body(), limit)).await?
}

async fn within<T>(work: impl Future<Output = T>) -> Result<T, ClusterError> {
    let late = |_| ClusterError::Unreachable(format!("no answer in {} s", ANSWER.as_secs()));
    timeout(ANSWER, work).await.map_err(late)
}

async fn collect(mut body: Body, limit: usize) -> Result<Vec<u8>, ClusterError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unreachable(&error))?;
        let data = frame.into_data().unwrap_or_default();
        if bytes.len().saturating_add(data.len()) > limit {
            return Err(ClusterError::TooLong(limit));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// What went wrong, down to the cause at the bottom, which is the one that tells a person most.
pub(crate) fn unreachable(error: &kube_client::Error) -> ClusterError {
    // The first says only which part of the client it was.
    let mut cause = Some(error.source().unwrap_or(error));
    let mut texts: Vec<String> = Vec::new();
    while let Some(error) = cause {
        let is_cut = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
        if error.downcast_ref::<io::Error>().is_some_and(is_cut) {
            return ClusterError::Unreachable("the connection was cut".to_owned());
        }
        let text = error.to_string();
        // Most wrappers repeat what they wrap.
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        cause = error.source();
    }
    ClusterError::Unreachable(texts.join(": "))
}
