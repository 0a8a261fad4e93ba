//! Layers made into one file system: what is hidden is not installed, and yet retrievable.

use crate::collect::Collected;
use cofferdam_inventory::FileFacts;
use cofferdam_layers::{Fate, Overlay};
use cofferdam_model::{Location, Problem, Secret, SecretPlace};

/// What all layers say together.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Facts of the files that are visible in the end, with their layers.
    pub(crate) files: Vec<FileFacts>,
    /// Every credential, the deleted ones marked.
    pub(crate) secrets: Vec<Secret>,
    /// Every problem, with its layer.
    pub(crate) problems: Vec<Problem>,
}

/// Applies the layers to what each says by itself.
pub(crate) fn merge(overlay: &Overlay, layers: Vec<Collected>) -> Merged {
    let mut merged = Merged { problems: overlay.written_through(), ..Merged::default() };
    for (layer, collected) in layers.into_iter().enumerate() {
        for (path, mut facts) in collected.files {
            // Damage in a file that is gone by the end does not concern what is there.
            if overlay.fate(layer, &path) == Fate::Visible {
                set_layer(&mut facts, layer);
                merged.files.push(facts);
            }
        }
        merged.secrets.extend(
            collected.secrets.into_iter().map(|secret| mark_deleted(secret, layer, overlay)),
        );
        merged.problems.extend(collected.problems.into_iter().map(|mut problem| {
            in_layer(&mut problem, layer);
            problem
        }));
    }
    merged
}

fn set_layer(facts: &mut FileFacts, layer: usize) {
    for package in &mut facts.packages {
        package.location.layer = Some(layer);
    }
    for owned in &mut facts.owned {
        owned.layer = Some(layer);
    }
    if let Some(found) = &mut facts.distribution {
        found.location.layer = Some(layer);
    }
    for problem in &mut facts.problems {
        in_layer(problem, layer);
    }
}

/// Says which layer; a problem of the layer as a whole becomes one at its root.
fn in_layer(problem: &mut Problem, layer: usize) {
    let location = problem.location.get_or_insert_with(|| Location::path(""));
    location.layer = Some(layer);
}

fn mark_deleted(mut secret: Secret, layer: usize, overlay: &Overlay) -> Secret {
    if let SecretPlace::File { location, deleted_in, .. } = &mut secret.place {
        location.layer = Some(layer);
        *deleted_in = match overlay.fate(layer, location.file()) {
            Fate::Visible => None,
            Fate::DeletedIn(by) | Fate::ReplacedIn(by) => Some(by),
        };
    }
    secret
}
