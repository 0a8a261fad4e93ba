//! Kubernetes objects in trees.

#[cfg(test)]
mod tests;

use crate::{NodeId, Tree, View};

/// A map that says which kind of object it is.
#[derive(Clone, Copy, Debug)]
pub struct Object<'t> {
    /// The whole object.
    pub view: View<'t>,
    /// Group and version, such as `apps/v1`; `v1` in the core group.
    pub api_version: &'t str,
    /// Such as `Deployment`.
    pub kind: &'t str,
    /// Its name, if it is given as a string.
    pub name: Option<&'t str>,
    /// Its namespace, if one is given and not empty.
    pub namespace: Option<&'t str>,
}

impl<'t> Object<'t> {
    /// The object that a map is: one with an `apiVersion` and a `kind`.
    pub fn of(view: View<'t>) -> Option<Self> {
        let text = |path: &[&str]| view.at(path)?.as_str().filter(|text| !text.is_empty());
        Some(Self {
            view,
            api_version: text(&["apiVersion"])?,
            kind: text(&["kind"])?,
            name: text(&["metadata", "name"]),
            namespace: text(&["metadata", "namespace"]),
        })
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &'t str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The version within the group.
    pub fn version(&self) -> &'t str {
        self.api_version.split_once('/').map_or(self.api_version, |(_, version)| version)
    }
}

/// The objects of a document: the document itself, or if it is a list of objects, those in it.
pub(crate) fn objects(tree: &mut Tree) -> Vec<NodeId> {
    let mut found = Vec::new();
    // Lists may stand in lists; the depth of the tree bounds this.
    let mut left = vec![tree.root().id()];
    while let Some(id) = left.pop() {
        let Some(Items { ids, api_version, kind }) = items(tree.view(id)) else {
            found.extend(Object::of(tree.view(id)).map(|object| object.view.id()));
            continue;
        };
        for item in ids.iter().filter(|_| !kind.is_empty()) {
            name(tree, *item, &api_version, &kind);
        }
        left.extend(ids.into_iter().rev());
    }
    found
}

/// The items of a list of objects; those of a `PodList` need not say that they are Pods.
fn items(view: View<'_>) -> Option<Items> {
    let kind = view.get("kind")?.as_str()?.strip_suffix("List")?.to_owned();
    let items = view.get("items").filter(|items| items.is_list())?;
    let api_version = view.get("apiVersion").and_then(View::as_str).unwrap_or_default().to_owned();
    Some(Items { ids: items.elements().map(View::id).collect(), api_version, kind })
}

/// What a list of objects holds.
struct Items {
    ids: Vec<NodeId>,
    api_version: String,
    /// Of each item, if it does not say; empty in a plain `List`.
    kind: String,
}

fn name(tree: &mut Tree, item: NodeId, api_version: &str, kind: &str) {
    let view = tree.view(item);
    if view.is_map() && view.get("kind").is_none() {
        tree.set(item, "kind", crate::Scalar::String(kind));
        tree.set(item, "apiVersion", crate::Scalar::String(api_version));
    }
}
