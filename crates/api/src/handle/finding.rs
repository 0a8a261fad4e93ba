//! Findings.

use super::{image, list};
use crate::{
    call::{Answered, Call, given},
    refusal::Refusal,
    rows,
};
use cofferdam_store::{FindingFilter, SubjectKind};

/// `GET /findings`
pub(crate) async fn list_all(call: Call) -> Answered {
    let subject = call.query.owned("subject");
    // Findings of an image are in no namespace; who runs the image may see them.
    let is_visible = match &subject {
        Some(subject) => image::may_see(&call, subject).await?,
        None => false,
    };
    let is_narrowed = call.query.text("namespace").is_some();
    let filter = FindingFilter {
        namespaces: if is_visible && !is_narrowed { None } else { call.namespaces() },
        subject,
        subject_kind: call.query.word("subjectKind")?,
        rule: call.query.owned("rule"),
        severity: call.query.word("severity")?,
        outcome: call.query.word("outcome")?,
        text: call.query.owned("q"),
        at: call.query.at(call.now)?,
    };
    let listed = call.api.store.findings(&filter, &call.query.page(true)?).await?;
    Ok(given(&list(listed, rows::finding)))
}

/// `GET /findings/{id}`
pub(crate) async fn get(call: Call) -> Answered {
    let missing = || Refusal::missing("finding");
    let found = call.api.store.finding(call.id()).await?.ok_or_else(missing)?;
    let is_visible = call.may_see(found.namespace.as_deref())
        || found.subject_kind == SubjectKind::Image
            && image::may_see(&call, &found.subject).await?;
    if is_visible { Ok(given(&rows::finding(found))) } else { Err(missing()) }
}
