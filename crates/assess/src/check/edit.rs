//! A patch of an object as edits of its file, where that is plain.
//!
//! A person's file keeps its order, its comments and its style: only lines that the patch is about
//! change. What would need more than that (anchors, a map that begins behind a dash, lists that
//! grow) has no edit, and the patch alone says what to do.

mod render;

use super::{Edit, object::region};
use cofferdam_manifest::{Lines, Span, View};
use cofferdam_policy::{PatchKind, PatchOperation};
use render::{block, flow};

/// The edits that make a patch, in the order of the patch; none unless all of it is plain.
pub(super) fn edits(object: View<'_>, lines: &Lines<'_>, patch: &[PatchOperation]) -> Box<[Edit]> {
    let text: &str = object.tree().text();
    let changes: Option<Vec<Change>> =
        patch.iter().map(|operation| change(object, text, operation)).collect();
    let changes = changes.filter(|changes| are_apart(changes)).unwrap_or_default();
    let edit = |change: Change| {
        let place = region(lines, number(change.start), number(change.end));
        Edit { place, text: change.text }
    };
    changes.into_iter().map(edit).collect()
}

/// A replacement of bytes.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    start: usize,
    end: usize,
    text: String,
}

fn number(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn are_apart(changes: &[Change]) -> bool {
    let mut spans: Vec<(usize, usize)> = changes.iter().map(|one| (one.start, one.end)).collect();
    spans.sort_unstable();
    spans.windows(2).all(|pair| matches!(pair, [(_, end), (start, _)] if end <= start))
        // Two insertions at one place would depend on their order.
        && spans.windows(2).all(|pair| matches!(pair, [one, other] if one != other))
}

fn change(object: View<'_>, text: &str, operation: &PatchOperation) -> Option<Change> {
    let steps: Vec<String> = operation.path.split('/').skip(1).map(unescape).collect();
    let (around, found, missing) = walk(object, &steps)?;
    match (operation.op, &operation.value, missing) {
        (PatchKind::Remove, _, []) => remove(object, text, &steps),
        (PatchKind::Add | PatchKind::Replace, Some(value), []) => {
            let span = bytes(found);
            let old = text.get(span.0..span.1)?;
            let is_plain = !old.is_empty() && !old.contains('\n') && lies_in(found, around);
            let is_container = found.is_map() || found.is_list();
            let is_plain = is_plain && (!is_container || is_flow(old) && has_no_anchor(old));
            is_plain.then(|| Change { start: span.0, end: span.1, text: flow(value) })
        }
        (PatchKind::Add, Some(value), missing) if found.is_map() => {
            insert(found, text, missing, value)
        }
        _ => None,
    }
}

/// As far as the file goes: the last value that is written, what is around it, and the steps that
/// are left from there.
fn walk<'t, 's>(
    object: View<'t>,
    steps: &'s [String],
) -> Option<(View<'t>, View<'t>, &'s [String])> {
    let mut around = object;
    let mut found = object;
    if object.is_tangled() {
        return None;
    }
    for (at, step) in steps.iter().enumerate() {
        let next =
            if found.is_list() { found.element(step.parse().ok()?) } else { found.get(step) };
        match next.filter(|next| !next.is_defaulted()) {
            Some(next) if lies_in(next, found) && !next.is_tangled() => {
                (around, found) = (found, next);
            }
            // An anchor or an alias: a change there would change other things too.
            Some(_) => return None,
            None => return Some((around, found, steps.get(at..)?)),
        }
    }
    Some((around, found, &[]))
}

fn is_flow(text: &str) -> bool {
    text.starts_with(['{', '['])
}

/// An alias elsewhere may need what stands here. A `&` in a string or a comment looks the same,
/// and costs no more than the edit.
fn has_no_anchor(text: &str) -> bool {
    !text.contains('&')
}

fn bytes(view: View<'_>) -> (usize, usize) {
    let Span { start, end } = view.span();
    (start as usize, end as usize)
}

fn lies_in(inner: View<'_>, outer: View<'_>) -> bool {
    let (inner, outer) = (inner.span(), outer.span());
    outer.start <= inner.start && inner.end <= outer.end
}

/// Adds a member to a map, with the maps that are missing on the way.
fn insert(
    map: View<'_>,
    text: &str,
    missing: &[String],
    value: &serde_json::Value,
) -> Option<Change> {
    // What a merge key brings stands elsewhere, with the indentation that it has there.
    if map.entries().any(|(_, view)| !view.is_defaulted() && !lies_in(view, map)) {
        return None;
    }
    let (start, end) = bytes(map);
    if text.get(start..)?.starts_with('{') {
        let at = start + 1;
        let comma = if map.entries().any(|(_, view)| !view.is_defaulted()) { ", " } else { "" };
        let [key, rest @ ..] = missing else { return None };
        let value = render::nested(rest, value.clone());
        let text = format!("{}: {}{comma}", flow(&key.as_str().into()), flow(&value));
        return Some(Change { start: at, end: at, text });
    }
    let first = map.element(0)?.key_span()?.start as usize;
    let indent = indent(text, first)?;
    // Behind the last line that belongs to the map; a comment on that line stays on it.
    let last = text.get(start..end)?.trim_end().len() + start;
    let at = text.get(last..)?.find('\n').map_or(text.len(), |rest| last + rest);
    let is_clean = text.get(last..at)?.trim_start();
    if !(is_clean.is_empty() || is_clean.starts_with('#')) {
        return None;
    }
    let lines = block(missing, value, indent);
    Some(Change { start: at, end: at, text: lines })
}

/// The column of a key at the beginning of its line; dashes before it count as room.
fn indent(text: &str, key: usize) -> Option<usize> {
    let line = text.get(..key)?.rfind('\n').map_or(0, |end| end + 1);
    let before = text.get(line..key)?;
    before.chars().all(|one| matches!(one, ' ' | '-')).then_some(before.len())
}

/// Takes a member with its lines out of a block; the maps that are empty then, too.
fn remove(object: View<'_>, text: &str, steps: &[String]) -> Option<Change> {
    let mut length = steps.len();
    loop {
        let (around, found, missing) = walk(object, steps.get(..length)?)?;
        if !missing.is_empty() || !around.is_map() || length == 0 {
            return None;
        }
        let siblings = around.entries().filter(|(_, view)| !view.is_defaulted()).count();
        if siblings == 1 && length > 1 {
            length -= 1;
            continue;
        }
        let key = found.key_span()?.start as usize;
        let line = text.get(..key)?.rfind('\n').map_or(0, |end| end + 1);
        if !text.get(line..key)?.chars().all(|one| one == ' ') {
            return None;
        }
        let (start, end) = bytes(found);
        let end = text.get(key..end.max(start))?.trim_end().len() + key;
        let rest = text.get(end..)?;
        let (tail, end) = match rest.find('\n') {
            Some(at) => (rest.get(..at)?, end + at + 1),
            None => (rest, text.len()),
        };
        let tail = tail.trim_start();
        let is_clean = tail.is_empty() || tail.starts_with('#');
        let is_clean = is_clean && has_no_anchor(text.get(line..end)?);
        return is_clean.then(|| Change { start: line, end, text: String::new() });
    }
}

/// A step of a JSON pointer (RFC 6901, section 4).
fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests;
