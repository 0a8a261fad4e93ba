//! Secrets of the cluster that all replicas share: what one of them writes first, all use.

use cofferdam_cluster::{ClusterError, Connection};
use cofferdam_model::Diagnostic;
use serde_json::Value;
use std::collections::BTreeMap;

/// Replicas that start together try as often to agree.
const ATTEMPTS: u32 = 10;
/// What the API server answers when the Secret was written in between.
const CONFLICT: u16 = 409;

/// What a Secret holds, by the decoded values of its keys.
pub(super) type Data = BTreeMap<String, Vec<u8>>;

/// A Secret that the server fills.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) connection: Connection,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Place {
    /// What all replicas use. `decide` is given what the Secret holds and its version; it says what
    /// is used, and the Secret to be written first, if that is not there yet. Where another replica
    /// was faster, what that one wrote is decided upon.
    pub(super) async fn agree<T>(
        &self,
        decide: impl Fn(&Data, Option<&str>) -> Result<(T, Option<Value>), Diagnostic>,
    ) -> Result<T, Diagnostic> {
        let Self { connection, namespace, name } = self;
        let told = |error: ClusterError| error.diagnostic(&connection.identity().server);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let kept = connection.secret(namespace, name).await.map_err(told)?;
            let version = kept.as_ref().map(|kept| kept.version().to_owned());
            let data = kept.iter().flat_map(|kept| {
                kept.keys().filter_map(|key| Some((key.to_owned(), kept.get(key)?.to_vec())))
            });
            let (used, wanted) = decide(&data.collect(), version.as_deref())?;
            let Some(wanted) = wanted else { return Ok(used) };
            match connection.apply(&wanted.to_string()).await {
                Ok(_) => return Ok(used),
                Err(error) if error.code() == Some(CONFLICT) && attempt < ATTEMPTS => {}
                Err(error) => return Err(told(error)),
            }
        }
    }
}
