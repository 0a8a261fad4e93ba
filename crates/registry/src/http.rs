//! One repository of one registry over HTTP: tokens, refusals, bounded bodies.

use crate::{
    Challenge, Credential,
    token::{self, TokenRequest},
};
use cofferdam_download::{Client, Request, Response, stays_home};
use cofferdam_model::{Diagnostic, Exit, ImageReference};
use std::sync::{Mutex, PoisonError};

/// One repository, with what it takes to be let in.
#[derive(Debug)]
pub(crate) struct Repository {
    client: Client,
    /// `https://host/v2/repository`.
    base: String,
    name: String,
    credential: Option<Credential>,
    /// The `Authorization` that was accepted last. Tokens expire: a refusal renews it once.
    authorization: Mutex<Option<String>>,
}

/// Docker Hub's registry answers elsewhere than its name says.
fn host(registry: &str) -> &str {
    if registry == "docker.io" { "registry-1.docker.io" } else { registry }
}

impl Repository {
    pub(crate) fn new(
        client: Client,
        reference: &ImageReference,
        scheme: &str,
        credential: Option<Credential>,
    ) -> Self {
        Self {
            client,
            base: format!("{scheme}://{}/v2/{}", host(&reference.registry), reference.repository),
            name: reference.repository.clone(),
            credential,
            authorization: Mutex::default(),
        }
    }

    /// `GET base/path`, with a token when the registry asks for one.
    pub(crate) async fn get(
        &self,
        path: &str,
        headers: &[(&str, String)],
    ) -> Result<Response, Diagnostic> {
        let url = format!("{}/{path}", self.base);
        let mut renewed = false;
        loop {
            let mut request = Request::get(&url);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            if let Some(authorization) = self.authorization() {
                request = request.header("authorization", &authorization);
            }
            let response = self.client.send(request).await?;
            if response.status() != 401 || renewed {
                return accept(response, &url);
            }
            let challenge = response.header("www-authenticate").and_then(Challenge::parse);
            let Some(authorization) = self.answer(challenge.as_ref()).await? else {
                return accept(response, &url);
            };
            *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(authorization);
            renewed = true;
        }
    }

    fn authorization(&self) -> Option<String> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What answers a challenge; none when there is nothing to answer it with.
    async fn answer(&self, challenge: Option<&Challenge>) -> Result<Option<String>, Diagnostic> {
        let Some(challenge) = challenge else { return Ok(None) };
        let Challenge::Bearer { realm, service, scope } = challenge else {
            return Ok(token::direct(challenge, self.credential.as_ref()));
        };
        if stays_home(realm) && !stays_home(&self.base) {
            return Err(Diagnostic::new(
                Exit::Infrastructure,
                "the registry names a token service on this machine, which is none of its business",
            )
            .at(realm));
        }
        let request = token::request(
            realm,
            service.as_deref(),
            scope.as_deref(),
            &self.name,
            self.credential.as_ref(),
        );
        let request = match request {
            TokenRequest::Get { url, authorization: Some(authorization) } => {
                Request::get(&url).header("authorization", &authorization)
            }
            TokenRequest::Get { url, authorization: None } => Request::get(&url),
            TokenRequest::Post { url, form } => Request::post_form(&url, form),
        };
        let response = accept(self.client.send(request).await?, realm)?;
        let body = response.bytes(token::ANSWER_BYTES_MAX).await?;
        token::bearer(&body).map(Some).ok_or_else(|| {
            Diagnostic::new(Exit::Infrastructure, "the token service gave no token").at(realm)
        })
    }
}

/// Turns a refusal into what a person can do about it.
fn accept(response: Response, url: &str) -> Result<Response, Diagnostic> {
    let refuse = |exit, what: &str| Diagnostic::new(exit, what).at(url);
    match response.status() {
        200..=299 => Ok(response),
        401 | 403 => Err(refuse(Exit::Infrastructure, "the registry refuses access")
            .remedy("log in with `docker login` or `podman login`, or check the name")),
        404 => Err(refuse(Exit::Usage, "the registry has no such image")
            .remedy("check the name and the tag")),
        429 => Err(refuse(Exit::Infrastructure, "the registry limits how often it is asked")
            .remedy("wait, or log in for a higher limit")),
        status => Err(refuse(Exit::Infrastructure, "the registry gave no answer we can use")
            .because(format!("HTTP status {status}"))),
    }
}
