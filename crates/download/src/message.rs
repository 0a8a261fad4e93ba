//! Requests and answers.

use crate::{address::shown, client::broken};
use cofferdam_bounds::Exceeded;
use cofferdam_model::{Diagnostic, Exit};
use reqwest::Url;

/// What to ask for.
#[derive(Clone)]
pub struct Request {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    /// A form to post; without it the request is a GET.
    pub(crate) form: Option<String>,
}

impl Request {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), headers: Vec::new(), form: None }
    }

    /// A POST of a form that is encoded already (`application/x-www-form-urlencoded`).
    pub fn post_form(url: impl Into<String>, form: impl Into<String>) -> Self {
        Self { form: Some(form.into()), ..Self::get(url) }
    }

    /// Adds a header. `authorization` is not sent on to another host by a redirect.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// An answer whose body is still on its way.
#[derive(Debug)]
pub struct Response {
    pub(crate) inner: reqwest::Response,
}

impl Response {
    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// A header's first value, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// Where it came from in the end, for people.
    pub fn place(&self) -> String {
        shown(self.inner.url())
    }

    /// The length of the body, when the server says.
    pub fn length(&self) -> Option<u64> {
        self.inner.content_length()
    }

    /// The next piece of the body, some tens of kilobytes at most; `None` at its end. A body that
    /// ends before its announced length is an error. The caller counts.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Diagnostic> {
        match self.inner.chunk().await {
            Ok(chunk) => Ok(chunk.map(Into::into)),
            Err(error) => Err(broken(self.inner.url(), &error)),
        }
    }

    /// The whole body, at most `limit` bytes.
    pub async fn bytes(mut self, limit: u64) -> Result<Vec<u8>, Diagnostic> {
        let mut bytes = Vec::new();
        check_limit(self.inner.url(), self.length().unwrap_or(0), limit)?;
        while let Some(chunk) = self.chunk().await? {
            let length = bytes.len().saturating_add(chunk.len());
            check_limit(self.inner.url(), u64::try_from(length).unwrap_or(u64::MAX), limit)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Refuses a body that is, or says it will be, longer than it may be.
pub(crate) fn check_limit(url: &Url, length: u64, limit: u64) -> Result<(), Diagnostic> {
    if length <= limit {
        return Ok(());
    }
    Err(Diagnostic::new(Exit::Infrastructure, "the answer is too long")
        .at(shown(url))
        .because(Exceeded { what: "bytes of the body", limit }))
}
