//! From a request to its handler: who asks, whether that may be, and whether it is meant.

use crate::{
    Inner,
    call::{Answered, Call, Query, Scope},
    cookie, proxy,
    refusal::{Kind, Refusal},
    routes::{Access, Method, Route},
    server::Peer,
};
use axum::{body, extract::Request, response::Response};
use bytes::Bytes;
use cofferdam_identity::{Grant, Principal, Proof, Role};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// The header that proves that a request is meant.
const CSRF: &str = "x-cofferdam-csrf";
/// What a browser says of where a request comes from (Fetch Metadata).
const SITE: &str = "sec-fetch-site";
/// The largest document that a route takes: accounts and tokens are small.
const BODY_MAX: usize = 64 << 10;
/// How long a document may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How long an answer may take. A database that is slower than that is not available.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// The name of the route that answered, for the metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answerer(pub(crate) &'static str);

/// Answers a request of a route.
pub(crate) async fn dispatch(
    inner: Arc<Inner>,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
) -> Response {
    let instance = request.uri().path().to_owned();
    let answered =
        match timeout(ANSWER_TIME, answer(Arc::clone(&inner), route, path, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(Refusal::unavailable("The answer took too long")),
        };
    let mut response =
        answered.unwrap_or_else(|refusal| refusal.logged(&*inner.control, &instance));
    response.extensions_mut().insert(Answerer(route.name));
    response
}

async fn answer(
    inner: Arc<Inner>,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
) -> Answered {
    let now = (inner.clock)();
    let (parts, body) = request.into_parts();
    let cookie = cookie::read(&parts.headers, inner.settings.is_secure);
    let principal = who(&inner, &parts.headers, cookie.as_deref(), now).await?;
    let scope = may(route, principal.as_ref())?;
    if route.method != Method::Get {
        meant(principal.as_ref(), &parts.headers)?;
    }
    let query = Query::read(parts.uri.query().unwrap_or_default(), route)?;
    let body = match route.body {
        Some(_) => document(&parts.headers, body).await?,
        None => Bytes::new(),
    };
    let peer = parts.extensions.get::<Peer>();
    let trusted = &inner.settings.trusted_proxies;
    let address = peer.map(|peer| proxy::client(peer.0.ip(), &parts.headers, trusted));
    let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    let api = inner;
    let call = Call { api, principal, scope, cookie, address, path, query, body, now };
    (route.handler)(call).await
}

/// Who asks, by a token or a session.
pub(crate) async fn who(
    inner: &Inner,
    headers: &HeaderMap,
    cookie: Option<&str>,
    now: Timestamp,
) -> Result<Option<Principal>, Refusal> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let value = value.to_str().unwrap_or_default();
        let token =
            value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let known = match token {
            Some((_, token)) => inner.identity.token(token.trim(), now).await?,
            None => None,
        };
        let unknown = || Refusal::new(Kind::SignIn, "The API token is not known, or expired.");
        return known.map(Some).ok_or_else(unknown);
    }
    match cookie {
        Some(value) => Ok(inner.identity.session(value, now).await?),
        None => Ok(None),
    }
}

/// What of it whoever asks may see or change.
fn may(route: &Route, principal: Option<&Principal>) -> Result<Scope, Refusal> {
    if route.access == Access::Anyone {
        return Ok(Scope::All);
    }
    let Some(principal) = principal else {
        return Err(Refusal::new(Kind::SignIn, "Sign in, or send an API token."));
    };
    if principal.must_change && !route.path.starts_with("/session") {
        let detail = "Change the password first: PUT /api/v1/session/password.";
        return Err(Refusal::new(Kind::Forbidden, detail));
    }
    let grant = match route.access {
        Access::May(verb, resource) => principal.grant(resource, verb),
        Access::SignedIn | Access::Anyone if principal.role == Role::Developer => Grant::Namespaces,
        Access::SignedIn | Access::Anyone => Grant::All,
    };
    if route.is_by_session && principal.proof == Proof::Token && grant != Grant::Nothing {
        let detail = "This takes a session: sign in with name and password. \
                      An API token gives access to nobody.";
        return Err(Refusal::new(Kind::Forbidden, detail));
    }
    match grant {
        Grant::All => Ok(Scope::All),
        Grant::Namespaces => Ok(Scope::Namespaces(principal.namespaces.clone())),
        Grant::Nothing => {
            let detail = format!("The role {} may not do this.", principal.role);
            Err(Refusal::new(Kind::Forbidden, detail))
        }
    }
}

/// Whether a request that changes something is meant, and no page of another site sent it.
fn meant(principal: Option<&Principal>, headers: &HeaderMap) -> Result<(), Refusal> {
    let site = headers.get(SITE).and_then(|value| value.to_str().ok());
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Refusal::new(Kind::NotMeant, "The request comes from another site."));
    }
    let csrf = headers.get(CSRF).and_then(|value| value.to_str().ok());
    if principal.is_some_and(|principal| !principal.is_meant(csrf)) {
        let detail = "Send the header X-Cofferdam-CSRF with the value of GET /api/v1/session.";
        return Err(Refusal::new(Kind::NotMeant, detail));
    }
    Ok(())
}

/// The document that a request brings. That it says to be JSON keeps forms of other sites out:
/// they cannot say so without asking first.
async fn document(headers: &HeaderMap, body: body::Body) -> Result<Bytes, Refusal> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(Kind::NotJson, "Send a document of type application/json."));
    }
    read(body, BODY_MAX, BODY_TIME).await
}

/// Reads a body within bounds of size and time.
pub(crate) async fn read(body: body::Body, most: usize, time: Duration) -> Result<Bytes, Refusal> {
    match timeout(time, body::to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let detail = format!("The document is longer than {most} bytes, or was cut off.");
            Err(Refusal::new(Kind::TooLarge, detail))
        }
        Err(_) => Err(Refusal::new(Kind::Malformed, "The document took too long to come.")),
    }
}
