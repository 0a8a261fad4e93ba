//! Listening: connections within bounds of number, time and size, plain or over TLS, and an end
//! that cuts nobody off.

use axum::response::Response;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// Connections at a time; more wait in the kernel's queue. Each costs some 80 KiB at most.
const CONNECTIONS: usize = 1_024;
/// How long a request's head, or the next one on the same connection, may take to come.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// Bytes of a request's head, and of what is read ahead.
const BUFFER: usize = 64 << 10;
/// How long the greeting of TLS may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long one connection lasts, streams too: who reads slower than that is cut off, and whoever
/// lost the right to a stream loses it by then.
const LIFETIME: Duration = Duration::from_hours(1);
/// How long what was begun may take to end when the server ends.
const GRACE: Duration = Duration::from_secs(10);
/// How long to wait when the machine gives no more files.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// What requests come over.
#[derive(Clone)]
pub enum Transport {
    /// Plain HTTP: on the loopback, or behind something that speaks TLS.
    Plain,
    /// TLS. The configuration may exchange its certificate while the server runs
    /// (`ResolvesServerCert`).
    Tls(Arc<ServerConfig>),
}

/// Answers requests by `answer` until `shutdown`; then ends what was begun and returns. Nothing
/// that a client does ends it.
pub async fn serve<A, F>(
    listener: TcpListener,
    transport: Transport,
    answer: A,
    shutdown: impl Future<Output = ()>,
) where
    A: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let acceptor = match transport {
        Transport::Plain => None,
        Transport::Tls(config) => Some(TlsAcceptor::from(config)),
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let (acceptor, answer) = (acceptor.clone(), answer.clone());
        let stopping = stopping.clone();
        connections.spawn(async move {
            let _ = stream.set_nodelay(true);
            match acceptor {
                None => connection(stream, peer, answer, stopping).await,
                Some(acceptor) => {
                    // Whoever greets wrongly, or never, is let go without a word.
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await {
                        connection(stream, peer, answer, stopping).await;
                    }
                }
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = stop.send(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(GRACE, ended).await;
}

/// The next connection, when there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    if let Ok((stream, peer)) = listener.accept().await {
        Some((stream, peer, place))
    } else {
        // A client that went away, or no more files: the next one may do better.
        sleep(EXHAUSTED).await;
        None
    }
}

async fn connection<S, A, F>(
    stream: S,
    peer: SocketAddr,
    answer: A,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Request<Incoming>, SocketAddr) -> F,
    F: Future<Output = Response>,
{
    let service = service_fn(|request| {
        let answered = answer(request, peer);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(BUFFER);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What goes wrong on a connection is its client's trouble: there is nobody to tell.
    tokio::select! {
        _ = serving.as_mut() => return,
        _ = stopping.wait_for(|is_stopping| *is_stopping) => {}
        () = sleep(LIFETIME) => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, serving).await;
}
