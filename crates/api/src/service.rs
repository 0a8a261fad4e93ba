//! The service: which server a request is for, what answers it, and what every answer says.

use crate::{
    Catalogue, Control, Inner, Routes, Transport, audit, console,
    dispatch::{Answerer, dispatch},
    health,
    metrics::{self, Metrics},
    proxy::Network,
    refusal::{Kind, Refusal},
    routes::{Method, ROUTES, Route},
    server::{self, Peer},
    stream::{self, Streams},
};
use axum::{
    Router,
    body::Body,
    extract::{RawPathParams, Request},
    response::Response,
    routing::{MethodFilter, MethodRouter, get, post},
};
use bytes::Bytes;
use cofferdam_bus::Bus;
use cofferdam_identity::Identity;
use cofferdam_store::Store;
use hyper::{
    body::Incoming,
    header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, HeaderValue},
    service::Service as _,
};
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use std::{net::SocketAddr, sync::Arc, time::Instant};
use tokio::{net::TcpListener, sync::watch};

/// The subject of the bus on which changes are told: JSON, `{"kind": "workload", "id": …}`.
pub const EVENTS: &str = "changed";

/// What the API is made of.
pub struct ApiParts {
    /// Where everything is kept.
    pub store: Store,
    /// Where changes are told, on [`EVENTS`].
    pub bus: Bus,
    /// Who may come in.
    pub identity: Arc<Identity>,
    /// The controllers.
    pub control: Arc<dyn Control>,
    /// The policies that are asked; others may be given at any time.
    pub catalogue: watch::Receiver<Arc<Catalogue>>,
    /// How it is set up.
    pub settings: Settings,
    /// The time.
    pub clock: fn() -> Timestamp,
}

/// How the API is set up.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whether what is shown is a recording, no live cluster.
    pub is_recorded: bool,
    /// Whether nothing is changed in the cluster, whoever asks.
    pub read_only: bool,
    /// Whether browsers come over TLS, here or in front.
    pub is_secure: bool,
    /// The names and addresses by which browsers may ask, without the port; nothing: any. On the
    /// loopback they must be said, or a page of another site could rebind its own name to us.
    pub hosts: Option<Vec<String>>,
    /// Proxies that are believed who asks (`X-Forwarded-For`); nothing: whoever connects does.
    pub trusted_proxies: Vec<Network>,
    /// What the API server proves itself with at `/audit`; nothing: there is no such path.
    pub audit_token: Option<String>,
}

impl Settings {
    /// The names of the loopback.
    pub fn loopback() -> Self {
        let hosts = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        Self { hosts: Some(hosts.to_vec()), ..Self::default() }
    }
}

/// The API.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
    routes: TowerToHyperService<Routes>,
}

/// What every answer says to browsers: this is a whole page of its own, and nothing else.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

impl Api {
    /// Puts it together.
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts { store, bus, identity, control, catalogue, settings, clock } = parts;
        let document = Bytes::from(format!("{:#}\n", crate::openapi()));
        let inner = Arc::new(Inner {
            store,
            bus,
            identity,
            control,
            catalogue,
            settings,
            clock,
            metrics: Metrics::default(),
            streams: Streams::default(),
            document,
        });
        let routes = TowerToHyperService::new(router(&inner));
        Self { inner, routes }
    }

    /// Answers requests until `shutdown`. Streams end then; what was begun is ended.
    pub async fn serve(
        &self,
        listener: TcpListener,
        transport: Transport,
        shutdown: impl Future<Output = ()>,
    ) {
        let api = self.clone();
        let shutdown = async {
            shutdown.await;
            self.inner.streams.end();
        };
        let answer = move |request, peer| {
            let api = api.clone();
            async move { api.answer(request, peer).await }
        };
        server::serve(listener, transport, answer, shutdown).await;
    }

    /// Hears of changes until `stop` says so, and tells all streams. Without it they say nothing.
    pub fn listen(&self, stop: watch::Receiver<bool>) -> impl Future<Output = ()> + use<> {
        stream::listen(Arc::clone(&self.inner), stop)
    }

    async fn answer(&self, request: hyper::Request<Incoming>, peer: SocketAddr) -> Response {
        let began = Instant::now();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let instance = request.uri().path().to_owned();
        let is_local = is_local(name(&request));
        let mut response = match self.host(&request) {
            Ok(()) => match self.routes.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            Err(refusal) => refusal.response(&instance),
        };
        let route = response.extensions().get::<Answerer>().map_or("other", |by| by.0);
        self.inner.metrics.count(route, response.status(), began.elapsed());
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if self.inner.settings.is_secure && !is_local {
            let value = HeaderValue::from_static("max-age=31536000");
            headers.insert("strict-transport-security", value);
        }
        // Only the console's files may be kept.
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    }

    /// Whether a request is for us: a name that somebody rebound to our address is not ours.
    fn host(&self, request: &Request) -> Result<(), Refusal> {
        let Some(hosts) = &self.inner.settings.hosts else { return Ok(()) };
        let name = name(request);
        if hosts.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        let detail = format!("This server is {}.", hosts.join(", "));
        Err(Refusal::new(Kind::WrongHost, detail))
    }
}

/// The name that a request asks for, without the port.
fn name(request: &Request) -> &str {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    let host = host.unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a name is everybody's own (RFC 6761, 6.3). What is said of it to a browser holds for
/// all servers of the machine, those without TLS too. Browsers note nothing of addresses.
fn is_local(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// All paths.
fn router(inner: &Arc<Inner>) -> Routes {
    let mut router = Router::new();
    for path in paths() {
        let mut methods = MethodRouter::new();
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let inner = Arc::clone(inner);
            let handler = move |parameters: RawPathParams, request: Request| {
                let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                let path = parameters.iter().map(own).collect();
                dispatch(Arc::clone(&inner), route, path, request)
            };
            methods = methods.on(filter(route.method), handler);
        }
        let allow = allow(path);
        let refuse = move |request: Request| {
            let refusal = Refusal::method(allow.clone());
            async move { refusal.response(request.uri().path()) }
        };
        router = router.route(&format!("/api/v1{path}"), methods.fallback(refuse));
    }
    let document = inner.document.clone();
    let openapi = move || {
        let document = document.clone();
        async move {
            let mut response = Response::new(Body::from(document));
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
    };
    let missing = |request: Request| async move {
        Refusal::new(Kind::NotFound, "There is no such path: see /api/v1/openapi.json.")
            .response(request.uri().path())
    };
    let with = |inner: &Arc<Inner>| Arc::clone(inner);
    let (ready, door) = (with(inner), with(inner));
    let (counts, taken) = (with(inner), with(inner));
    router
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/{*rest}", axum::routing::any(missing))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(move || health::ready(Arc::clone(&ready))))
        .route(
            "/readyz/admission",
            get(move || std::future::ready(health::ready_for_admission(&door))),
        )
        .route("/metrics", get(move |request| metrics::answer(Arc::clone(&counts), request)))
        .route("/audit", post(move |request| audit::take(Arc::clone(&taken), request)))
        .fallback(console::answer)
}

/// Every path once.
fn paths() -> impl Iterator<Item = &'static str> {
    let is_first =
        |index: usize, path: &str| !ROUTES.iter().take(index).any(|earlier| earlier.path == path);
    ROUTES
        .iter()
        .enumerate()
        .filter(move |(index, route)| is_first(*index, route.path))
        .map(|(_, route)| route.path)
}

/// The methods of a path, for people and for the header.
fn allow(path: &str) -> String {
    let on_it = |route: &&Route| route.path == path;
    let methods: Vec<String> = ROUTES
        .iter()
        .filter(on_it)
        .map(|route| route.method.as_str().to_ascii_uppercase())
        .collect();
    methods.join(", ")
}

const fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}
