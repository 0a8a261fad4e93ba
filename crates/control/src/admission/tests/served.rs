//! The door over TLS.

use super::{enforcing, privileged, request};
use crate::admission::{
    certificate::{Authorities, Serving},
    configuration::Address,
    server::{Handle, Identity, ServeError, serve},
};
use jiff::Timestamp;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;

fn trusting(pem: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// One request over a connection of its own; the status line, the body, and the certificate that
/// was shown.
async fn post(
    address: SocketAddr,
    trust: &str,
    path: &str,
    body: &str,
) -> Result<(u16, String, Vec<u8>), String> {
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connected = trusting(trust).connect(name, stream).await;
    let mut stream = connected.map_err(|error| error.to_string())?;
    let certificate = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok((status, body.to_owned(), certificate))
}

fn issue(authorities: &Authorities, now: Timestamp) -> Serving {
    let names = Address::Url("https://127.0.0.1:1/x".to_owned()).names();
    authorities.current().issue(&names, now).unwrap()
}

/// What stands in a body that is to wait, and for how long.
const LATE: &str = "comes-late";
const WAITS: Duration = Duration::from_millis(20);

/// A door that answers.
struct Served {
    address: SocketAddr,
    identity: Arc<Identity>,
    /// Bodies that came to be judged.
    judged: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
    server: JoinHandle<Result<(), ServeError>>,
}

async fn served(authorities: &Authorities, now: Timestamp) -> Served {
    let path = authorities.path().clone();
    let identity = Arc::new(Identity::new(&issue(authorities, now), path).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (door, _) = enforcing(&["CFD-POD-0001"]);
    let (stop, stopped) = watch::channel(false);
    let judged = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&judged);
    let handle: Handle = Arc::new(move |body, waited| {
        count.fetch_add(1, Ordering::Relaxed);
        let is_late = std::str::from_utf8(body).is_ok_and(|body| body.contains(LATE));
        if is_late && waited < WAITS { Err(WAITS / 2) } else { Ok(door.handle(body)) }
    });
    let server = tokio::spawn(serve(listener, handle, Arc::clone(&identity), stopped));
    Served { address, identity, judged, stop, server }
}

fn body() -> String {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": request("CREATE", &privileged(true), None),
    })
    .to_string()
}

/// What the client of the test believes too.
#[expect(clippy::disallowed_methods, reason = "TLS asks the clock of the machine")]
fn today() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn reviews_are_answered_and_certificates_change_without_a_restart() {
    let now = today();
    let mut authorities = Authorities::generate(now).unwrap();
    let old_trust = authorities.trusted_pem();
    let Served { address, identity, judged, stop, server } = served(&authorities, now).await;
    let path = authorities.path().as_str().to_owned();
    let path = &*path;
    let body = body();
    let (status, answer, first) = post(address, &old_trust, path, &body).await.unwrap();
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["response"]["allowed"], false);
    // One that is to wait is handed in again, and answered.
    let late = body.replace("705ab4f5", LATE);
    let (status, answer, _) = post(address, &old_trust, path, &late).await.unwrap();
    assert!(status == 200 && answer.contains(LATE), "{answer}");
    assert!(judged.swap(1, Ordering::Relaxed) >= 3);
    // Who does not know the path is not judged, and nothing is written down of him.
    let shorter = &path[..path.len() - 1];
    for wrong in ["/", "/other", "/admission", "/admission/", shorter, &format!("{path}0")] {
        assert_eq!(post(address, &old_trust, wrong, &body).await.unwrap().0, 404, "{wrong}");
    }
    assert_eq!(judged.load(Ordering::Relaxed), 1);
    let long = "x".repeat(9 << 20);
    let refused = post(address, &old_trust, path, &long).await.unwrap().0;
    assert!(matches!(refused, 413 | 0), "{refused}");

    // The authority turns: both are believed, until the new one signs.
    let late = authorities.current().expires() - jiff::SignedDuration::from_hours(24);
    assert!(authorities.turn(late).unwrap());
    let both = authorities.trusted_pem();
    assert_eq!(post(address, &both, path, &body).await.unwrap().2, first);
    // Issued as of today, so that the client's clock believes it.
    let next = Authorities::generate(now).unwrap();
    identity.set(&issue(&next, now)).unwrap();
    assert!(post(address, &old_trust, path, &body).await.is_err(), "not believed any more");
    let (status, _, second) = post(address, &next.trusted_pem(), path, &body).await.unwrap();
    assert_eq!(status, 200);
    assert_ne!(first, second);
    identity.set_path(next.path().clone());
    assert_eq!(post(address, &next.trusted_pem(), path, &body).await.unwrap().0, 404);
    let path = next.path().as_str();
    assert_eq!(post(address, &next.trusted_pem(), path, &body).await.unwrap().0, 200);

    stop.send(true).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// More connections than there are places, from the address of the API server itself: some say
/// nothing, some shake hands and say nothing then.
#[tokio::test]
async fn whoever_only_connects_keeps_nobody_waiting() {
    let now = today();
    let authorities = Authorities::generate(now).unwrap();
    let trust = authorities.trusted_pem();
    let Served { address, judged, stop, server, .. } = served(&authorities, now).await;
    let mut idle = Vec::new();
    let mut shaken = Vec::new();
    for number in 0..600 {
        let stream = TcpStream::connect(address).await.unwrap();
        if number < 20 {
            let name = ServerName::try_from("127.0.0.1").unwrap();
            shaken.push(trusting(&trust).connect(name, stream).await.unwrap());
        } else {
            idle.push(stream);
        }
    }
    let body = body();
    for _ in 0..3 {
        let asked = post(address, &trust, authorities.path().as_str(), &body);
        // Less than a handshake may take, and than an API server waits.
        let answer = timeout(Duration::from_secs(3), asked).await.expect("in time").unwrap();
        assert_eq!(answer.0, 200);
    }
    assert_eq!(judged.load(Ordering::Relaxed), 3);
    stop.send(true).unwrap();
    drop((idle, shaken));
    server.await.unwrap().unwrap();
}
