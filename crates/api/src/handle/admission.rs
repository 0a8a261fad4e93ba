//! What was decided at the door.

use super::list;
use crate::{
    call::{Answered, Call, given},
    rows,
    wire::{Time, admission::AdmissionStatus},
};
use cofferdam_store::ReviewFilter;

/// `GET /admission/reviews`
pub(crate) async fn reviews(call: Call) -> Answered {
    let filter = ReviewFilter {
        decision: call.query.word("decision")?,
        namespaces: call.namespaces(),
        user: call.query.owned("user"),
        text: call.query.owned("q"),
    };
    let listed = call.api.store.reviews(&filter, &call.query.page(true)?).await?;
    Ok(given(&list(listed, rows::review)))
}

/// `GET /admission/status`
pub(crate) async fn status(call: Call) -> Answered {
    let door = call.api.control.door();
    let status = door.status.unwrap_or_default();
    Ok(given(&AdmissionStatus {
        installed: door.is_installed,
        ca_expires: door.authority_expires.map(Time),
        certificate_expires: door.certificate_expires.map(Time),
        reviews: status.reviews(),
        p50: status.p50_micros,
        p99: status.p99_micros,
        failed_open: status.failed_open,
    }))
}
