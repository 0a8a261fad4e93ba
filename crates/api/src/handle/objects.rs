//! Objects of the cluster as they are stored, for whatever shows some of them.

use crate::{call::Call, refusal::Refusal};
use cofferdam_store::{LARGEST_PAGE, ObjectFilter, ObjectSort, Page, rows::Object};
use serde_json::Value;

/// Objects of a kind that are shown at most: as many namespaces, and twice as many nodes, as
/// Kubernetes is made for.
const OBJECTS: usize = 10_000;

/// The first of these objects, by name, and whether there are more.
pub(super) async fn objects(
    call: &Call,
    filter: ObjectFilter,
) -> Result<(Vec<Object>, bool), Refusal> {
    let mut page =
        Page { limit: LARGEST_PAGE, after: None, sort: ObjectSort::Name, descending: false };
    let mut all = Vec::new();
    while all.len() < OBJECTS {
        let listed = call.api.store.objects(&filter, &page).await?;
        all.extend(listed.items);
        page.after = listed.next;
        if page.after.is_none() {
            break;
        }
    }
    Ok((all, page.after.is_some()))
}

pub(super) fn parsed(object: &Object) -> Value {
    serde_json::from_str(&object.json.0).unwrap_or_default()
}
