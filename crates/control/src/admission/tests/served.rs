//! The door over TLS.

use super::{enforcing, privileged, request};
use crate::admission::{
    certificate::{Authorities, Serving},
    configuration::{Address, PATH},
    server::{Handle, Identity, serve},
};
use jiff::Timestamp;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
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
    let identity = Arc::new(Identity::new(&issue(&authorities, now)).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (door, _decided) = enforcing(&["CFD-POD-0001"]);
    let (stop, stopped) = watch::channel(false);
    let handle: Handle = Arc::new(move |body| door.handle(body));
    let server = tokio::spawn(serve(listener, handle, Arc::clone(&identity), stopped));

    let body = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": request("CREATE", &privileged(true), None),
    })
    .to_string();
    let (status, answer, first) = post(address, &old_trust, PATH, &body).await.unwrap();
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["response"]["allowed"], false);
    assert_eq!(post(address, &old_trust, "/other", "{}").await.unwrap().0, 404);
    let long = "x".repeat(9 << 20);
    let refused = post(address, &old_trust, PATH, &long).await.unwrap().0;
    assert!(matches!(refused, 413 | 0), "{refused}");

    // The authority turns: both are believed, until the new one signs.
    let late = authorities.current().expires() - jiff::SignedDuration::from_hours(24);
    assert!(authorities.turn(late).unwrap());
    let both = authorities.trusted_pem();
    assert_eq!(post(address, &both, PATH, &body).await.unwrap().2, first);
    // Issued as of today, so that the client's clock believes it.
    let next = Authorities::generate(now).unwrap();
    identity.set(&issue(&next, now)).unwrap();
    assert!(post(address, &old_trust, PATH, &body).await.is_err(), "not believed any more");
    let (status, _, second) = post(address, &next.trusted_pem(), PATH, &body).await.unwrap();
    assert_eq!(status, 200);
    assert_ne!(first, second);

    stop.send(true).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
