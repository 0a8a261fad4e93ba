//! The server that is asked, and how it answers.

use super::ServerAccess;
use crate::places;
use cofferdam_api::LocalServer;
use cofferdam_download::{Client, Request, Settings};
use cofferdam_model::{Diagnostic, Exit};
use serde_json::Value;
use std::{env, fmt::Write as _, time::Duration};

/// Bytes of one answer: 500 findings with their explanations are some megabytes.
const ANSWER: u64 = 64 << 20;
/// A person waits.
const TIME: Duration = Duration::from_mins(1);

/// A server and the right to ask it.
pub(crate) struct Server {
    url: String,
    token: String,
    client: Client,
    /// It is the one that `up` started here: nothing lies between.
    is_local: bool,
}

impl Server {
    /// The server that is named, or the one that `up` started.
    pub(super) fn find(access: &ServerAccess) -> Result<Self, Diagnostic> {
        let settings = Settings {
            certificates: access.ca_certificate.clone(),
            total_timeout: TIME,
            // Whoever waits at a terminal tries again.
            attempts: 2,
            ..Settings::default()
        };
        let token = env::var_os("COFFERDAM_TOKEN").and_then(|token| token.into_string().ok());
        let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
        let client = Client::new(&settings)?;
        if let Some(url) = &access.server {
            let token = token.ok_or_else(|| {
                Diagnostic::new(Exit::Usage, "there is no API token for the server")
                    .at(url)
                    .remedy("make one in the console under Access, and put it into COFFERDAM_TOKEN")
            })?;
            let url = address(url)?;
            return Ok(Self { url, token, client, is_local: false });
        }
        let path = places::data()?.join("server.json");
        let local = LocalServer::read(&path).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot use what `cofferdam up` left")
                .at(path.display())
                .because(error)
                .remedy("start `cofferdam up` again, or say --server URL")
        })?;
        let local = local.ok_or_else(|| {
            Diagnostic::new(Exit::Usage, "there is no server to ask")
                .remedy("start one with `cofferdam up`, or set COFFERDAM_URL and COFFERDAM_TOKEN")
        })?;
        Ok(Self { url: local.url, token: token.unwrap_or(local.token), client, is_local: true })
    }

    /// The document at a path of the API.
    pub(super) async fn get(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<Value, Diagnostic> {
        let (status, document) = self.ask(path, query).await?;
        if status == 200 { Ok(document) } else { Err(self.refused(status, path, &document)) }
    }

    /// The same; nothing where there is none.
    pub(super) async fn look(&self, path: &str) -> Result<Option<Value>, Diagnostic> {
        let (status, document) = self.ask(path, &[]).await?;
        match status {
            200 => Ok(Some(document)),
            404 => Ok(None),
            _ => Err(self.refused(status, path, &document)),
        }
    }

    async fn ask(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<(u16, Value), Diagnostic> {
        let pair = |(name, value): &(String, String)| format!("{}={}", encode(name), encode(value));
        let query = query.iter().map(pair).collect::<Vec<_>>().join("&");
        let url = format!("{}/api/v1{path}?{query}", self.url);
        let url = url.trim_end_matches('?');
        let request = Request::get(url)
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/json");
        let response = self.client.send(request).await.map_err(|error| {
            let remedy = "is it running? `cofferdam up` starts one; --server URL names another";
            if self.is_local || error.remedy.is_none() { error.remedy(remedy) } else { error }
        })?;
        let (status, place) = (response.status(), response.place());
        let bytes = response.bytes(ANSWER).await?;
        let document = serde_json::from_slice(&bytes).map_err(|error| {
            Diagnostic::new(Exit::Infrastructure, "the answer is not Cofferdam's")
                .at(place)
                .because(error)
                .remedy("check the address: it is that of the console, without a path")
        })?;
        Ok((status, document))
    }

    /// What the server said, and what to do about it.
    fn refused(&self, status: u16, path: &str, document: &Value) -> Diagnostic {
        let detail = document["detail"].as_str().unwrap_or("it does not say why");
        let (exit, what) = match status {
            400 | 404 | 422 => (Exit::Usage, "the server does not take the question"),
            401 => (Exit::Usage, "the server does not know the API token"),
            403 => (Exit::Usage, "the API token may not see this"),
            _ => (Exit::Infrastructure, "the server cannot answer"),
        };
        let diagnostic = Diagnostic::new(exit, what)
            .at(format!("{}/api/v1{path}", self.url))
            .because(detail.trim_end_matches('.'));
        match status {
            401 => diagnostic.remedy(
                "start `cofferdam up` again, or make a new token and put it into COFFERDAM_TOKEN",
            ),
            403 => diagnostic.remedy("ask an admin for a token of another role"),
            _ => diagnostic,
        }
    }
}

/// The address of a server, as other words are put after it.
fn address(url: &str) -> Result<String, Diagnostic> {
    if ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    Err(Diagnostic::new(Exit::Usage, "the address of the server is no URL")
        .at(url)
        .remedy("write http:// or https:// before it: `up` speaks http, `serve` https"))
}

/// A text as a part of a URL (RFC 3986, unreserved characters stay).
pub(super) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
