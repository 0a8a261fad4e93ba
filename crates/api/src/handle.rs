//! What answers each route: a question to the store, and its answer as a document.

pub(crate) mod access;
pub(crate) mod admission;
pub(crate) mod cluster;
pub(crate) mod finding;
pub(crate) mod image;
mod objects;
pub(crate) mod overview;
pub(crate) mod policy;
pub(crate) mod session;
pub(crate) mod workload;

use crate::wire::List;
use cofferdam_store::Listed;

/// A page of the store as a document.
fn list<T, U>(listed: Listed<T>, each: impl FnMut(T) -> U) -> List<U> {
    List {
        items: listed.items.into_iter().map(each).collect(),
        total: listed.total,
        total_is_exact: listed.total_is_exact,
        next: listed.next.map(|next| next.text()),
    }
}
