//! The client: one pool of connections, one set of limits.

use crate::{
    Request, Response, Settings,
    address::{self, is_loopback, is_loopback_host, shown},
    retry,
};
use cofferdam_bounds::file;
use cofferdam_model::{Diagnostic, Exit};
use reqwest::{Certificate, ClientBuilder, Url, redirect};
use std::{error::Error, fmt, io, sync::Arc};

/// Redirects of one request: registries need two, a feed moved twice needs three.
const REDIRECTS_MAX: usize = 10;

/// Bytes of the file of certificate authorities: the system's own has 220 KB.
const CERTIFICATES_BYTES_MAX: u64 = 8 << 20;

/// Sends requests within limits. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    /// Through the proxies that the environment names.
    outer: reqwest::Client,
    /// For this machine, where no proxy belongs.
    loopback: reqwest::Client,
    pub(crate) settings: Arc<Settings>,
}

impl Client {
    /// A client with these settings. Must be used within a tokio runtime.
    pub fn new(settings: &Settings) -> Result<Self, Diagnostic> {
        // One provider for the process. It fails when there is one already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let certificates = certificates(settings)?;
        // A minimal container has no authorities of its own; those that were named must do then.
        let build = |adjust: fn(ClientBuilder) -> ClientBuilder| {
            let more = adjust(builder(settings)).tls_certs_merge(certificates.iter().cloned());
            let only = || adjust(builder(settings)).tls_certs_only(certificates.iter().cloned());
            more.build().or_else(|_| only().build()).map_err(|error| {
                Diagnostic::new(Exit::Infrastructure, "cannot set up TLS").because(causes(&error))
            })
        };
        Ok(Self {
            outer: build(|builder| builder)?,
            loopback: build(ClientBuilder::no_proxy)?,
            settings: Arc::new(settings.clone()),
        })
    }

    /// Sends a request and gives the answer, whatever its status. What is temporary (no
    /// connection, "too many requests", a server's trouble) is tried again after a wait; the last
    /// such answer is given.
    pub async fn send(&self, request: Request) -> Result<Response, Diagnostic> {
        let url = address::parse(&request.url)?;
        let mut attempt = 1;
        loop {
            let result = self.build(&request, &url)?.send().await;
            let last = attempt >= self.settings.attempts;
            let wish = match result {
                Ok(inner) if last || !retry::is_temporary(inner.status().as_u16()) => {
                    return Ok(Response { inner });
                }
                Ok(inner) => {
                    let response = Response { inner };
                    retry::retry_after(response.header("retry-after"), response.header("date"))
                }
                Err(error) if last || !is_temporary(&error) => return Err(broken(&url, &error)),
                Err(_) => None,
            };
            tokio::time::sleep(retry::wait(&self.settings, attempt, wish)).await;
            attempt += 1;
        }
    }

    /// `http` for a loopback host that does not speak TLS, `https` for all others. `host` may
    /// have a port.
    pub async fn scheme(&self, host: &str) -> &'static str {
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
        });
        if !is_loopback_host(name) {
            return "https";
        }
        let Ok(url) = Url::parse(&format!("https://{host}/")) else { return "https" };
        match self.loopback.get(url).send().await {
            Ok(_) => "https",
            Err(error) if speaks_tls(&error) => "https",
            Err(_) => "http",
        }
    }

    fn build(&self, request: &Request, url: &Url) -> Result<reqwest::RequestBuilder, Diagnostic> {
        let client = if is_loopback(url) { &self.loopback } else { &self.outer };
        let mut builder = match &request.form {
            None => client.get(url.clone()),
            Some(form) => client
                .post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.clone()),
        };
        for (name, value) in &request.headers {
            let unusable = |what: &str| {
                Diagnostic::new(Exit::Usage, format!("the {what} of a header cannot be sent"))
                    .at(shown(url))
            };
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| unusable("name"))?;
            let mut value =
                reqwest::header::HeaderValue::from_str(value).map_err(|_| unusable("value"))?;
            value.set_sensitive(name == "authorization");
            builder = builder.header(name, value);
        }
        Ok(builder)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn builder(settings: &Settings) -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("cofferdam/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .timeout(settings.total_timeout)
        .redirect(redirects())
}

/// Redirects may not leave TLS, nor lead from outside to this machine.
fn redirects() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        if attempt.previous().len() > REDIRECTS_MAX {
            return attempt.error("too many redirects");
        }
        let local = attempt.previous().iter().all(is_loopback);
        match attempt.url().scheme() {
            "https" if local || !is_loopback(attempt.url()) => attempt.follow(),
            "http" if local && is_loopback(attempt.url()) => attempt.follow(),
            _ => attempt.error("a redirect away from https, or to this machine"),
        }
    })
}

fn certificates(settings: &Settings) -> Result<Vec<Certificate>, Diagnostic> {
    let Some(path) = &settings.certificates else { return Ok(Vec::new()) };
    let refuse = |cause: &dyn fmt::Display| {
        Diagnostic::new(Exit::Usage, "cannot use the file of certificate authorities")
            .at(path.display())
            .because(cause)
            .remedy("name a PEM file of certificates")
    };
    let pem = file::read(path, CERTIFICATES_BYTES_MAX).map_err(|error| refuse(&error.error))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| refuse(&causes(&error)))?;
    if found.is_empty() { Err(refuse(&"no certificate in it")) } else { Ok(found) }
}

/// Whether trying again may help: the connection failed or broke; not: the answer made no sense.
fn is_temporary(error: &reqwest::Error) -> bool {
    error.is_timeout() || error.is_connect() || error.is_request() && !error.is_redirect()
}

/// A failed exchange, with its causes and without secrets.
pub(crate) fn broken(url: &Url, error: &reqwest::Error) -> Diagnostic {
    let (what, remedy) = if error.is_timeout() {
        ("the server does not answer in time", "try again later")
    } else if error.is_redirect() {
        ("the server redirects where we do not go", "use the address that it leads to, if right")
    } else if speaks_tls(error) {
        (
            "the server's certificate is not trusted",
            "install the system's certificate authorities, or name the server's own in a PEM file",
        )
    } else if error.is_connect() {
        ("cannot connect", "check the address, the network and the proxy")
    } else {
        ("the connection broke", "try again")
    };
    Diagnostic::new(Exit::Infrastructure, what)
        .at(shown(error.url().unwrap_or(url)))
        .because(causes(error))
        .remedy(remedy)
}

/// Whether the other side got as far as showing a certificate, though one that we do not trust.
fn speaks_tls(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&cause| below(cause)).any(|cause| {
        let tls = cause.downcast_ref::<rustls::Error>();
        matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
    })
}

/// The next cause. What an `io::Error` carries is not among its sources, but is one here.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    carried.map(|carried| carried as &(dyn Error + 'static)).or_else(|| error.source())
}

/// The innermost cause: the outer ones repeat the URL, credentials included.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
