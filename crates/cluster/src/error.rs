//! Why the API server did not do what was asked.

use cofferdam_model::{Diagnostic, Exit};

/// Why the API server did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// No answer: no connection, no trust, no time.
    #[error("the API server does not answer: {0}")]
    Unreachable(String),
    /// An answer, and it is no (API conventions, "Response Status Kind").
    #[error("the API server answers {code} {reason}: {message}")]
    Refused {
        /// HTTP status.
        code: u16,
        /// `Forbidden`, `Expired`; empty where the server says none.
        reason: String,
        /// For a person.
        message: String,
    },
    /// An answer that is longer than we hold in memory.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// An answer that is not what the API promises.
    #[error("the answer is not what the API promises: {0}")]
    Malformed(String),
    /// The API server does not serve this kind.
    #[error("the API server serves no {0}")]
    NoSuchKind(String),
}

impl ClusterError {
    /// The HTTP status of an answer that is no.
    pub fn code(&self) -> Option<u16> {
        if let Self::Refused { code, .. } = self { Some(*code) } else { None }
    }

    /// Whether it is likely to be over soon, without anybody doing anything: the API server is away,
    /// busy or starting.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Unreachable(_)) || matches!(self.code(), Some(410 | 429 | 503 | 504))
    }

    /// The same for a person at the command line.
    pub fn diagnostic(&self, server: &str) -> Diagnostic {
        let diagnostic = Diagnostic::new(Exit::Infrastructure, "cannot use the cluster")
            .at(server)
            .because(self);
        diagnostic.remedy(match self {
            Self::Unreachable(_) => "see whether kubectl reaches this cluster from here",
            Self::Refused { code: 401, .. } => {
                "the credentials are not accepted: log in again, or choose another context"
            }
            Self::Refused { code: 403, .. } => {
                "the account may not do this: choose another context, or grant it the right"
            }
            Self::Refused { code: 404, message, .. } if message.starts_with("namespaces ") => {
                "make it with `kubectl create namespace`, or name another with --namespace"
            }
            _ => "see whether the address is that of a Kubernetes API server",
        })
    }
}
