//! Attack paths, in the words of a report.

use super::{
    AttackPath, PathStep, Place,
    read::{ReadFile, Written},
};
use cofferdam_posture::{ObjectId, ObjectSet, Paths, Step, paths};
use std::collections::HashSet;

/// The ways in, and the objects that they lead over.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) paths: Vec<AttackPath>,
    pub(super) objects: HashSet<ObjectId>,
    /// Steps that could not be followed.
    pub(super) left_out: usize,
}

/// Looks for ways in over the whole set, and keeps those that lead over an object that is meant.
pub(super) fn ways<'a>(
    set: &ObjectSet<'_>,
    is_meant: impl Fn(ObjectId) -> bool,
    file: impl Fn(ObjectId) -> Option<&'a ReadFile>,
) -> Ways {
    let Paths { found, left_out } = paths(set);
    let mut ways = Ways { left_out, ..Ways::default() };
    for path in found {
        if !path.steps.iter().any(|step| is_meant(step.object)) {
            continue;
        }
        ways.objects.extend(path.steps.iter().map(|step| step.object));
        ways.paths.push(AttackPath {
            from: path.start.as_str().to_owned(),
            to: path.goal.as_str().to_owned(),
            steps: path.steps.into_iter().map(|step| told(&step, file(step.object))).collect(),
            cuts: path.cut.into_iter().map(|cut| cut.advice).collect(),
        });
    }
    ways
}

fn told(step: &Step, file: Option<&ReadFile>) -> PathStep {
    let line = step.place.as_ref().and_then(|place| u32::try_from(place.line).ok());
    let written = file.zip(line).map(|(file, line)| file.written(Place::line(line)));
    let (path, line) = match written {
        Some(Written { is_rendered: true, .. }) | None => (None, None),
        Some(Written { place, file, .. }) => (file.map(|file| file.to_string()), Some(place.line)),
    };
    let file = path.or_else(|| step.place.as_ref().map(|place| place.file.to_string()));
    PathStep { text: step.text.clone(), file, line }
}
