//! Leaves out what the API server keeps in an object for itself.

use cofferdam_manifest::{NodeId, Tree, View};

/// What was last applied, as `kubectl` keeps it: a second copy of the object in the object.
pub(super) const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The entries of an object that are left out: each with the map that it stands in.
fn entries(object: View<'_>) -> Vec<(NodeId, &'static str)> {
    let metadata = object.get("metadata");
    let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
    let has_applied = annotations.is_some_and(|all| all.get(APPLIED).is_some());
    // A map that only held the copy was not there before it.
    let is_alone = has_applied && annotations.is_some_and(|all| all.len() == 1);
    let found = [
        object.get("status").map(|_| (object.id(), "status")),
        metadata.and_then(|all| all.get("managedFields").map(|_| (all.id(), "managedFields"))),
        metadata.filter(|_| is_alone).map(|all| (all.id(), "annotations")),
        annotations.filter(|_| has_applied && !is_alone).map(|all| (all.id(), APPLIED)),
    ];
    found.into_iter().flatten().collect()
}

/// Leaves it out of a tree.
pub(super) fn tree(tree: &mut Tree, object: NodeId) {
    for (map, key) in entries(tree.view(object)) {
        tree.remove(map, key);
    }
}

/// The text of a JSON object without it; `None` where all of it stays.
pub(super) fn text(object: View<'_>) -> Option<String> {
    let entries = entries(object);
    let tree = object.tree();
    let value = |(map, key): &(NodeId, &str)| tree.view(*map).get(key);
    let mut spans: Vec<(usize, usize)> = entries
        .iter()
        .filter_map(value)
        .filter_map(|value| Some((value.key_span()?.start as usize, value.span().end as usize)))
        .collect();
    if spans.is_empty() {
        return None;
    }
    spans.sort_unstable();
    let mut text = tree.text().to_string();
    for (start, end) in spans.into_iter().rev() {
        let (start, end) = with_comma(&text, start, end)?;
        text.replace_range(start..end, "");
    }
    Some(text)
}

/// The stretch of an entry of a JSON object, with the comma behind or, of the last one, before it.
fn with_comma(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let rest = text.get(end..)?;
    let behind = rest.trim_ascii_start();
    if behind.starts_with(',') {
        return Some((start, end + rest.len() - behind.len() + 1));
    }
    let before = text.get(..start)?.trim_ascii_end();
    Some((before.strip_suffix(',').unwrap_or(before).len(), end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_bounds::Meter;
    use cofferdam_manifest::read;

    fn check(before: &str, expected: Option<&str>) {
        let mut source = read("x", before.into(), &Meter::default());
        let document = &mut source.documents[0];
        let object = document.tree.root().id();
        assert_eq!(text(document.tree.root()).as_deref(), expected, "{before}");
        tree(&mut document.tree, object);
        let left = entries(document.tree.root());
        assert!(left.is_empty(), "{left:?}");
        // Trimmed text and trimmed tree hold the same.
        if let Some(expected) = expected {
            let again = read("x", expected.into(), &Meter::default());
            let written = |view| cofferdam_policy::written(view);
            assert_eq!(
                written(again.documents[0].tree.root()),
                written(source.documents[0].tree.root())
            );
        }
    }

    #[test]
    fn what_the_server_keeps_for_itself_goes() {
        check(r#"{"kind":"Pod","spec":{"status":1}}"#, None);
        check(r#"{"kind":"Pod","status":{"a":[1]}}"#, Some(r#"{"kind":"Pod"}"#));
        check(r#"{"status": {} , "kind":"Pod"}"#, Some(r#"{ "kind":"Pod"}"#));
        check(r#"{"status":{}}"#, Some("{}"));
        check(
            r#"{"metadata":{"managedFields":[{"x":"}"}],"name":"a"},"status":null}"#,
            Some(r#"{"metadata":{"name":"a"}}"#),
        );
        let applied = r#""kubectl.kubernetes.io/last-applied-configuration":"{\"a\":1}""#;
        check(
            &format!(r#"{{"metadata":{{"annotations":{{{applied}}}}},"status":{{}}}}"#),
            Some(r#"{"metadata":{}}"#),
        );
        check(
            &format!(r#"{{"metadata":{{"annotations":{{"a":"b",{applied}}}}}}}"#),
            Some(r#"{"metadata":{"annotations":{"a":"b"}}}"#),
        );
    }
}
