//! Why a request is not answered: problem details (RFC 9457).

use crate::{Control, wire::problem::Problem};
use axum::{body::Body, response::Response};
use cofferdam_identity::IdentityError;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_store::StoreError;
use hyper::{
    StatusCode,
    header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Letters of a path that are written to the log.
const INSTANCE_MAX: usize = 200;

/// Kinds of problems. Each has a stable word and a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request cannot be understood.
    Malformed,
    /// Nobody is signed in.
    SignIn,
    /// Whoever is signed in may not.
    Forbidden,
    /// A request that changes something does not prove that it is meant.
    NotMeant,
    /// There is no such thing, or it may not be seen.
    NotFound,
    /// The path is there, the method is not.
    Method,
    /// It contradicts what is there.
    Conflict,
    /// It is larger than anything that is taken here.
    TooLarge,
    /// It is not JSON.
    NotJson,
    /// It is for another server.
    WrongHost,
    /// What it says cannot be.
    Invalid,
    /// It came too often.
    TooMany,
    /// A mistake of ours.
    Bug,
    /// Something that is needed does not answer.
    Unavailable,
}

impl Kind {
    /// The word in its `type`, its status and its title.
    const fn says(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::Malformed => ("malformed", 400, "The request cannot be understood"),
            Self::SignIn => ("sign-in", 401, "Nobody is signed in"),
            Self::Forbidden => ("forbidden", 403, "The account may not do this"),
            Self::NotMeant => ("not-meant", 403, "The request does not prove that it is meant"),
            Self::NotFound => ("not-found", 404, "There is no such thing"),
            Self::Method => ("method", 405, "This cannot be done here"),
            Self::Conflict => ("conflict", 409, "It contradicts what is there"),
            Self::TooLarge => ("too-large", 413, "The request is too large"),
            Self::NotJson => ("not-json", 415, "The request is not JSON"),
            Self::WrongHost => ("wrong-host", 421, "The request is for another server"),
            Self::Invalid => ("invalid", 422, "What the request says cannot be"),
            Self::TooMany => ("too-many", 429, "Too many attempts"),
            Self::Bug => ("bug", 500, "Cofferdam made a mistake"),
            Self::Unavailable => ("unavailable", 503, "Cofferdam cannot answer at the moment"),
        }
    }
}

/// A request that is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    detail: String,
    /// What a mistake of ours comes from: for the log, and for nobody else.
    cause: Option<String>,
    /// Seconds to wait.
    retry_after: Option<u64>,
    /// The methods that there are.
    allow: Option<String>,
}

impl Refusal {
    /// A refusal that says what is wrong with this request.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), cause: None, retry_after: None, allow: None }
    }

    /// The thing that was asked for is not there, or not for whoever asks.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no {what} of this name that you may see."))
    }

    /// The path is there with other methods.
    pub(crate) fn method(allow: String) -> Self {
        let detail = format!("This path takes {allow}.");
        Self { allow: Some(allow), ..Self::new(Kind::Method, detail) }
    }

    /// Something that is needed does not answer.
    pub(crate) fn unavailable(why: impl std::fmt::Display) -> Self {
        let detail = format!("{why}. Try again in a moment.");
        Self { retry_after: Some(2), ..Self::new(Kind::Unavailable, detail) }
    }

    /// As an answer to the request for a path. A mistake of ours goes to the log with its cause,
    /// and the answer says where to find it there.
    pub(crate) fn logged(mut self, control: &dyn Control, instance: &str) -> Response {
        if let Some(cause) = self.cause.take() {
            let reference = reference();
            self.detail = format!("{} The log says more, under {reference}.", self.detail);
            let what = format!("a request was not answered for a mistake of ours ({reference})");
            let place: String = instance.chars().take(INSTANCE_MAX).collect();
            control.log(Diagnostic::new(Exit::Infrastructure, what).at(place).because(cause));
        }
        self.response(instance)
    }

    /// As an answer to the request for a path.
    pub(crate) fn response(self, instance: &str) -> Response {
        let (word, status, title) = self.kind.says();
        let problem = Problem {
            kind: format!("https://cofferdam.dev/problems/{word}"),
            title: title.to_owned(),
            status,
            detail: self.detail,
            instance: instance.to_owned(),
        };
        let mut response = Response::new(Body::from(json(&problem)));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        if self.kind == Kind::SignIn {
            headers.insert("www-authenticate", HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Something short by which a line of the log is found again.
fn reference() -> String {
    // Keyed at random, and otherwise at each call.
    format!("{:08x}", RandomState::new().build_hasher().finish() & u64::from(u32::MAX))
}

/// A document of ours as JSON. Ours have string keys and finite numbers: that cannot fail.
pub(crate) fn json<T: serde::Serialize>(document: &T) -> Vec<u8> {
    serde_json::to_vec(document).unwrap_or_default()
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable("The database does not answer"),
            StoreError::Conflict(_) => {
                Self::new(Kind::Conflict, "Something of this name is there already.")
            }
            // A cursor of another list: what a client sent.
            StoreError::Unsupported(why) => Self::new(Kind::Malformed, format!("{why}.")),
            StoreError::Damaged(_)
            | StoreError::Corrupt(_)
            | StoreError::Stream(_)
            | StoreError::Internal(_) => {
                let detail = "The database does not take this, or what it holds cannot be read.";
                Self { cause: Some(error.to_string()), ..Self::new(Kind::Bug, detail) }
            }
        }
    }
}

impl From<IdentityError> for Refusal {
    fn from(error: IdentityError) -> Self {
        let says = format!("{error}.");
        match error {
            IdentityError::Refused => {
                Self::new(Kind::SignIn, "Name, password or code is wrong, or no longer good.")
            }
            IdentityError::TooMany(wait) => Self {
                retry_after: Some(wait.as_secs().max(1)),
                ..Self::new(Kind::TooMany, "Too many attempts: wait before the next one.")
            },
            IdentityError::Invalid(_) => Self::new(Kind::Invalid, says),
            IdentityError::Taken(_) | IdentityError::LastAdmin => Self::new(Kind::Conflict, says),
            IdentityError::Missing(what) => Self::missing(what),
            IdentityError::Store(error) => error.into(),
            IdentityError::Machine(_) => Self::unavailable("The machine gave out"),
        }
    }
}
