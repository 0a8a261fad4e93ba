//! An API server, asked one thing after the other.

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::TlsConnector;

/// How often a request is tried, and how long it waits in between.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// The administrator of the API server in a folder of `cargo xtask rig apiserver up`.
pub(crate) struct Api {
    port: u16,
    connector: TlsConnector,
}

impl Api {
    pub(crate) fn of(folder: &Path) -> Result<Self, String> {
        let text = |name: &str| {
            let path = folder.join(name);
            let text = cofferdam_bounds::file::read_text(&path, 1 << 20);
            text.map_err(|error| format!("{}: {error}", path.display()))
        };
        let wrong = |error: &dyn std::fmt::Display| error.to_string();
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text("pki/ca.crt")?.as_bytes()) {
            let certificate = certificate.map_err(|error| wrong(&error))?;
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(text("pki/admin.crt")?.as_bytes()).collect();
        let key = PrivateKeyDer::from_pem_slice(text("pki/admin.key")?.as_bytes());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .with_root_certificates(roots)
            .with_client_auth_cert(
                chain.map_err(|error| wrong(&error))?,
                key.map_err(|error| wrong(&error))?,
            )
            .map_err(|error| wrong(&error))?;
        let port = text("port")?.trim().parse().map_err(|error| wrong(&error))?;
        Ok(Self { port, connector: TlsConnector::from(Arc::new(config)) })
    }

    /// One request; the status and everything that was answered. Dry runs can be asked again where
    /// a busy machine lost one.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<(u16, String), String> {
        for _ in 1..ATTEMPTS {
            match self.once(method, path, body).await {
                Ok(answer) => return Ok(answer),
                Err(_) => sleep(PAUSE).await,
            }
        }
        self.once(method, path, body).await
    }

    async fn once(&self, method: &str, path: &str, body: &str) -> Result<(u16, String), String> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let name = ServerName::try_from("127.0.0.1").map_err(|error| error.to_string())?;
        let connected = self.connector.connect(name, stream).await;
        let mut stream = connected.map_err(|error| error.to_string())?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: \
             application/json\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.map_err(|error| error.to_string())?;
        stream.write_all(body.as_bytes()).await.map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        // A server that closes without a farewell has said all the same.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok((status.ok_or("no answer")?, answer))
    }
}
