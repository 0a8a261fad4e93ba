//! The resources of a kustomization, to say where what it gives is written.
//!
//! A built object is found among the resources by its kind and name, to which a kustomization may
//! add a prefix and a suffix; a value in it by its path, when the resource has it there too and
//! equal. What patches, generators and replacements wrote stays without an origin.

use super::{Origin, shown, text};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, Object, Source, Value, View, read};
use std::{
    collections::HashSet,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// Names of the file that makes a folder a kustomization.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Files of one kustomization and its bases.
const FILES_MAX: usize = 2_000;

/// Values in values. Manifests have some ten levels.
const DEPTH_MAX: u32 = 64;

/// The file that makes a folder a kustomization.
pub(super) fn kustomization(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// The files that a kustomization and its bases take their objects from.
pub(super) fn resources(folder: &Path, meter: &Meter) -> Vec<Source> {
    let mut seen = HashSet::new();
    let mut left = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if seen.len() >= FILES_MAX || !seen.insert(path.clone()) {
            continue;
        }
        let file = if path.is_dir() { kustomization(&path) } else { Some(path.clone()) };
        let Some((file, text)) = file.and_then(|file| Some((file.clone(), text(&file)?))) else {
            continue;
        };
        let source = read(&shown(&file), text.into(), meter);
        if path.is_dir() {
            let names = source.documents.iter().flat_map(|document| {
                let view = document.tree.root();
                ["resources", "bases", "components"]
                    .into_iter()
                    .filter_map(move |key| view.get(key))
            });
            let names = names.flat_map(View::elements).filter_map(View::as_str);
            left.extend(names.map(|name| joined(&path, name)));
        } else {
            found.push(source);
        }
    }
    // In an order that does not depend on how they were come by.
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// `overlay` and `../base` as `base`.
fn joined(folder: &Path, name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in folder.join(name).components() {
        let is_named = matches!(path.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if is_named => {
                path.pop();
            }
            component => path.push(component),
        }
    }
    path
}

/// For each line of what was built where it is written.
pub(super) fn origins(built: &Source, resources: &[Source]) -> Vec<Option<Origin>> {
    let lines = Lines::of(&built.text);
    let mut origins = vec![None; built.text.lines().count()];
    for document in &built.documents {
        for id in &document.objects {
            let view = document.tree.view(*id);
            let Some((source, written)) = Object::of(view).and_then(|it| written(&it, resources))
            else {
                continue;
            };
            let mut walk = Walk {
                path: source.path.as_str().into(),
                built: &lines,
                written: Lines::of(&source.text),
                origins: &mut origins,
            };
            walk.both(view, written, 0);
        }
    }
    origins
}

/// The resource that an object was made from: the one with its kind, and the longest name that
/// stands in its name. Two of them are none.
fn written<'s>(object: &Object<'_>, resources: &'s [Source]) -> Option<(&'s Source, View<'s>)> {
    let name = object.name?;
    let mut best: Option<(usize, &Source, View<'_>)> = None;
    let mut is_alone = false;
    for source in resources {
        for document in &source.documents {
            let views = document.objects.iter().map(|id| document.tree.view(*id));
            for view in views {
                let Some(candidate) = Object::of(view) else { continue };
                let Some(short) = candidate.name.filter(|short| name.contains(short)) else {
                    continue;
                };
                if (candidate.kind, candidate.group()) != (object.kind, object.group()) {
                    continue;
                }
                let longest = best.map_or(0, |(length, ..)| length);
                if short.len() > longest {
                    (best, is_alone) = (Some((short.len(), source, view)), true);
                } else if short.len() == longest {
                    is_alone = false;
                }
            }
        }
    }
    best.filter(|_| is_alone).map(|(_, source, view)| (source, view))
}

struct Walk<'w> {
    path: Arc<str>,
    built: &'w Lines<'w>,
    written: Lines<'w>,
    origins: &'w mut Vec<Option<Origin>>,
}

impl Walk<'_> {
    /// Notes where the parts of a value are written that the resource has too.
    fn both(&mut self, built: View<'_>, written: View<'_>, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        if built.is_map() {
            for (key, value) in built.entries() {
                if let Some(other) = written.get(key) {
                    self.note(value, other);
                    self.both(value, other, depth + 1);
                }
            }
        } else if built.is_list() {
            for (index, value) in built.elements().enumerate() {
                if let Some(other) = counterpart(value, index, written) {
                    // The line where a map begins is that of its first entry.
                    if !value.is_map() {
                        self.note(value, other);
                    }
                    self.both(value, other, depth + 1);
                }
            }
        }
    }

    fn note(&mut self, built: View<'_>, written: View<'_>) {
        let is_same = match (built.value(), written.value()) {
            (Value::Map, Value::Map) | (Value::List, Value::List) => true,
            (Value::Map | Value::List, _) | (_, Value::Map | Value::List) => false,
            (one, other) => one == other,
        };
        let start = |view: View<'_>| view.key_span().unwrap_or_else(|| view.span()).start;
        let (line, _) = self.built.at(start(built));
        let place = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
        let origin = place.and_then(|place| self.origins.get_mut(place));
        if let Some(origin) = origin.filter(|origin| is_same && origin.is_none()) {
            let (line, _) = self.written.at(start(written));
            *origin = Some(Origin { path: Arc::clone(&self.path), line });
        }
    }
}

/// The element of the resource's list that an element was made from: the one with its name, or,
/// where they have none, the one at its position.
fn counterpart<'w>(value: View<'_>, index: usize, written: View<'w>) -> Option<View<'w>> {
    let name = |view: View<'_>| view.get("name").and_then(|name| name.as_str().map(str::to_owned));
    match name(value) {
        Some(wanted) => written.elements().find(|other| name(*other).as_ref() == Some(&wanted)),
        None => written.element(index),
    }
}
