//! Serving the door over TLS: one path that only API servers know, bounded in every direction. It knows nothing of what it
//! serves but that bytes go in and come out.

use super::{
    SecretPath,
    certificate::Serving,
    request::BODY_BYTES_MAX,
    strangers::{Stranger, Strangers},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    convert::Infallible,
    future::pending,
    io, net,
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread::available_parallelism,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::{Semaphore, oneshot, watch},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// Connections at once. An API server keeps a few open and sends all reviews over them.
const CONNECTIONS_MAX: usize = 256;

/// A handshake that takes longer is none.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Headers, and then the body, come within this; an API server would not wait longer either.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of headers and of what is read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Reviews that are judged at once, for every processor: a long one keeps no short one waiting.
const THREADS_PER_PROCESSOR: usize = 2;

/// After a failure to accept (no file descriptors left) a moment passes.
const BREATH: Duration = Duration::from_millis(50);

/// Why a certificate cannot be served with.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The PEM of a certificate or key.
    #[error("the certificate of the door cannot be read: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// The key or the TLS settings.
    #[error("the certificate of the door cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// Sockets.
    #[error("serving the door: {0}")]
    Io(#[from] io::Error),
}

/// What the door is known by, the certificate that is served with, and what it knows an API server
/// by, the path; others can take their place while connections go on.
#[derive(Debug)]
pub struct Identity {
    key: RwLock<Arc<CertifiedKey>>,
    path: RwLock<SecretPath>,
}

impl Identity {
    /// Serves with this certificate, at this path.
    pub fn new(serving: &Serving, path: SecretPath) -> Result<Self, ServeError> {
        Ok(Self { key: RwLock::new(Arc::new(certified(serving)?)), path: RwLock::new(path) })
    }

    /// Serves at this path from the next request on.
    pub fn set_path(&self, path: SecretPath) {
        *self.path.write().unwrap_or_else(PoisonError::into_inner) = path;
    }

    fn is_path(&self, given: &str) -> bool {
        self.path.read().unwrap_or_else(PoisonError::into_inner).is(given)
    }

    /// Serves new connections with this certificate.
    pub fn set(&self, serving: &Serving) -> Result<(), ServeError> {
        let key = Arc::new(certified(serving)?);
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.key.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn certified(serving: &Serving) -> Result<CertifiedKey, ServeError> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(serving.certificate_pem.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(serving.key_pem.as_bytes())?;
    let key = aws_lc_rs::sign::any_supported_type(&key)?;
    Ok(CertifiedKey::new(chain?, key))
}

/// What answers: the body of a request in, and for how long it has waited; that of the answer out, or
/// how long it is to wait yet. It is called on the threads that serve: to hand a review to another
/// thread and back costs a fifth of judging it.
pub type Handle = Arc<dyn Fn(&[u8], Duration) -> Result<Vec<u8>, Duration> + Send + Sync>;

/// What all connections share.
struct Served {
    handle: Handle,
    identity: Arc<Identity>,
}

/// What the requests of one connection share: who sends them is a stranger until one of them knows
/// the path.
struct Peer {
    served: Arc<Served>,
    stranger: Mutex<Option<Stranger>>,
}

/// Answers reviews, by [`super::Door::handle_waiting`], until `stop` says so; connections that are in the
/// middle of a request end it. It has threads of its own, so that no review waits for what else the
/// process does, and the one that calls it waits.
pub fn serve_alone(
    listener: net::TcpListener,
    handle: Handle,
    identity: Arc<Identity>,
    stop: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let processors = available_parallelism().map_or(1, usize::from);
    let runtime = Builder::new_multi_thread()
        .worker_threads(processors * THREADS_PER_PROCESSOR)
        .thread_name("door")
        .enable_all()
        .build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        serve(TcpListener::from_std(listener)?, handle, identity, stop).await
    })
}

/// [`serve_alone`] on the threads of whoever calls it.
pub(super) async fn serve(
    listener: TcpListener,
    handle: Handle,
    identity: Arc<Identity>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&identity) as _);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let served = Arc::new(Served { handle, identity });
    let strangers = Arc::new(Strangers::default());
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return Ok(()) };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stop) => break,
        };
        let Ok((stream, address)) = accepted else {
            sleep(BREATH).await;
            continue;
        };
        let (acceptor, stop) = (acceptor.clone(), stop.clone());
        let (stranger, leave) = strangers.enter(address.ip());
        let stranger = Mutex::new(Some(stranger));
        let peer = Arc::new(Peer { served: Arc::clone(&served), stranger });
        tokio::spawn(async move {
            tokio::select! {
                () = connection(stream, &acceptor, peer, stop) => {}
                () = asked(leave) => {}
            }
            drop(permit);
        });
    }
    let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
    let _ = timeout(PATIENCE, connections.acquire_many(all)).await;
    Ok(())
}

/// Waits until a stranger is to leave. Whoever is none any more is never told.
async fn asked(leave: oneshot::Receiver<()>) {
    if leave.await.is_err() {
        pending::<()>().await;
    }
}

/// One connection, to its end. Whatever goes wrong is the client's to find out.
async fn connection(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    peer: Arc<Peer>,
    mut stop: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
    let service = service_fn(move |request| answer(request, Arc::clone(&peer)));
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = connection.as_mut() => {}
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(PATIENCE, connection).await;
        }
    }
}

/// Waits to be told to stop; whoever would tell that and is gone has told it.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn answer(
    request: Request<Incoming>,
    peer: Arc<Peer>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match judge(request, &peer).await {
        Ok(body) => {
            let mut response = Response::new(Full::new(Bytes::from(body)));
            let json = http::HeaderValue::from_static("application/json");
            response.headers_mut().insert(http::header::CONTENT_TYPE, json);
            response
        }
        Err(status) => {
            let mut response = Response::new(Full::new(Bytes::new()));
            *response.status_mut() = status;
            let close = http::HeaderValue::from_static("close");
            response.headers_mut().insert(http::header::CONNECTION, close);
            response
        }
    })
}

async fn judge(request: Request<Incoming>, peer: &Peer) -> Result<Vec<u8>, StatusCode> {
    let served = &peer.served;
    if !served.identity.is_path(request.uri().path()) {
        return Err(StatusCode::NOT_FOUND);
    }
    drop(peer.stranger.lock().unwrap_or_else(PoisonError::into_inner).take());
    if request.method() != Method::POST {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
    let body = timeout(PATIENCE, body).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?.to_bytes();
    let came = Instant::now();
    loop {
        match (served.handle)(&body, came.elapsed()) {
            Ok(answer) => return Ok(answer),
            Err(wait) => sleep(wait).await,
        }
    }
}
