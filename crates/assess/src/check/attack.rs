//! Attack paths, in the words of a report.

use super::{AttackPath, PathStep};
use cofferdam_posture::{ObjectId, ObjectSet, paths};
use std::collections::HashSet;

/// The ways in, and the objects that they lead over.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) paths: Vec<AttackPath>,
    pub(super) objects: HashSet<ObjectId>,
}

/// Looks for ways in over the whole set, and keeps those that lead over an object that is meant.
pub(super) fn ways(set: &ObjectSet<'_>, is_meant: impl Fn(ObjectId) -> bool) -> Ways {
    let mut ways = Ways::default();
    for path in paths(set) {
        if !path.steps.iter().any(|step| is_meant(step.object)) {
            continue;
        }
        ways.objects.extend(path.steps.iter().map(|step| step.object));
        let steps = path.steps.into_iter().map(|step| PathStep {
            text: step.text,
            line: step.place.as_ref().and_then(|place| u32::try_from(place.line).ok()),
            file: step.place.map(|place| place.file.to_string()),
        });
        ways.paths.push(AttackPath {
            from: path.start.as_str().to_owned(),
            to: path.goal.as_str().to_owned(),
            steps: steps.collect(),
            cuts: path.cut.into_iter().map(|cut| cut.advice).collect(),
        });
    }
    ways
}
