//! Fuzz targets of `manifest`: YAML and JSON.

use crate::Target;
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, Object, Pod, Scalar, Source, Value, View, default, read};

#[path = "../../../crates/manifest/examples/documents/canonical.rs"]
mod canonical;

pub(crate) const TARGETS: &[Target] = &[("manifest_yaml", yaml), ("manifest_json", json)];

/// No tree that is read is deeper.
const DEPTH_MAX: usize = 300;

fn yaml(bytes: &[u8]) {
    let Some(mut source) = text(bytes) else { return };
    for document in &mut source.documents {
        walk(document.tree.root(), &source.text, 0);
        for id in &document.objects {
            if let Some(object) = Object::of(document.tree.view(*id)) {
                let containers = Pod::of(&object).map(|pod| pod.containers().count());
                assert!(containers.unwrap_or_default() <= source.text.len() + 600_000);
            }
            default(&mut document.tree, *id);
            let id = document.tree.set(*id, "fuzz", Scalar::EmptyList);
            document.tree.push(id, Scalar::Int(1));
        }
        walk(document.tree.root(), &source.text, 0);
    }
}

/// Every JSON text is YAML. What both ways of reading take, they take for the same.
fn json(bytes: &[u8]) {
    let Some(direct) = text(bytes) else { return };
    if !direct.text.trim_ascii_start().starts_with('{') || !direct.problems.is_empty() {
        return;
    }
    let (Some(document), 1) = (direct.documents.first(), direct.documents.len()) else { return };
    let behind = format!("# YAML\n{}", direct.text);
    let other = read("fuzz.yaml", behind.into(), &Meter::default());
    if let (Some(other), true) = (other.documents.first(), other.problems.is_empty()) {
        let dump = |view| {
            let mut json = String::new();
            canonical::write(view, &mut json);
            json
        };
        assert_eq!(dump(document.tree.root()), dump(other.tree.root()));
    }
}

fn text(bytes: &[u8]) -> Option<Source> {
    let text = str::from_utf8(bytes).ok()?;
    let source = read("fuzz.yaml", text.into(), &Meter::default());
    assert!(source.documents.is_sorted_by_key(|document| document.index));
    assert!(source.problems.iter().all(|problem| problem.detail.starts_with("line ")));
    Some(source)
}

/// Looks at every value and holds its place against the text.
fn walk(view: View<'_>, text: &str, depth: usize) {
    assert!(depth < DEPTH_MAX);
    for span in [Some(view.span()), view.key_span()].into_iter().flatten() {
        let stretch = text.get(span.start as usize..span.end as usize);
        assert!(stretch.is_some(), "{span:?} is no stretch of the text");
        if depth < 2 {
            assert!(Lines::of(text).at(span.start) <= Lines::of(text).at(span.end));
        }
    }
    for element in view.elements() {
        walk(element, text, depth + 1);
    }
    for (key, value) in view.entries() {
        assert_eq!(view.get(key).map(View::id), Some(value.id()), "{key:?}");
        walk(value, text, depth + 1);
    }
    assert!(!matches!(view.value(), Value::Float(number) if !number.is_finite()));
}
