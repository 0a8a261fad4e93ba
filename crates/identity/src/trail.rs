//! The trail: who changed what, when and from where. Nothing rewrites it.

use crate::{Identity, IdentityError, Who, secret};
use cofferdam_store::rows::Trail;
use jiff::Timestamp;
use serde_json::Value;

impl Identity {
    /// Adds to the trail.
    pub async fn note(
        &self,
        who: &Who,
        action: &str,
        what: &str,
        detail: Option<Value>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let entry = Trail {
            id: secret::identifier()?,
            at: now,
            who: who.name.clone(),
            action: action.to_owned(),
            what: what.to_owned(),
            detail: detail.map(|detail| detail.to_string()),
            address: who.address.clone(),
        };
        Ok(self.store().put_trail(&[entry]).await?)
    }
}
