//! Pages of lists that are in memory: hundreds of policies, thousands of packages.

use crate::{
    call::{Query, malformed},
    refusal::Refusal,
    wire::List,
};
use std::cmp::Ordering;

/// An order of a list: its name on the wire, and how two items compare.
pub(crate) type Order<T> = (&'static str, fn(&T, &T) -> Ordering);

/// The page of a list that a query asks for. Without a word about the order it stays as it is.
/// The cursor is the number of items before it.
pub(crate) fn page<T>(
    mut items: Vec<T>,
    query: &Query,
    orders: &[Order<T>],
) -> Result<List<T>, Refusal> {
    if let Some((field, is_descending)) = query.sort() {
        let Some((_, compare)) = orders.iter().find(|(name, _)| *name == field) else {
            let names: Vec<&str> = orders.iter().map(|(name, _)| *name).collect();
            return Err(malformed(format!("This list is sorted by {}.", names.join(", "))));
        };
        items.sort_by(
            |one, other| {
                if is_descending { compare(other, one) } else { compare(one, other) }
            },
        );
    }
    let before: usize = query.word("after")?.unwrap_or(0);
    let limit = usize::from(query.limit()?);
    let total = items.len();
    let end = before.saturating_add(limit);
    let items = items.into_iter().skip(before).take(limit).collect();
    Ok(List {
        items,
        total: u64::try_from(total).unwrap_or(u64::MAX),
        total_is_exact: true,
        next: (end < total).then(|| end.to_string()),
    })
}

/// Whether a text is in one of these, whatever the case of its letters; nothing is in everything.
pub(crate) fn has(text: Option<&str>, places: &[&str]) -> bool {
    let Some(text) = text else { return true };
    let text = text.to_lowercase();
    places.iter().any(|place| place.to_lowercase().contains(&text))
}
