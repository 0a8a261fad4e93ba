//! All objects of a cluster, judged as a directory of files is.

use super::Objects;
use crate::check::{ChangedLines, Changes, Check, Question, ReadFile, judged};
use cofferdam_model::ObjectKey;
use cofferdam_policy::Stage;
use std::{collections::BTreeSet, sync::Arc};

/// Judges all objects, or some of them beside all others, at the stage `background`. The path of
/// each is its key as people read it: `Deployment shop/web`.
///
/// Whoever shares the objects with others audits a clone of them, which costs little: a judgement
/// of a whole cluster takes seconds.
pub fn audit(
    objects: &Objects,
    only: Option<&BTreeSet<ObjectKey>>,
    question: &Question<'_>,
) -> Check {
    let mut sources: Vec<_> = objects.sources().collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let files = sources.into_iter().map(|source| ReadFile::of_source(Arc::clone(source)));
    let changes = only.map(|keys| Changes {
        files: keys.iter().map(|key| (key.to_string(), ChangedLines::All)).collect(),
    });
    let changes = changes.as_ref();
    let question = Question { stage: Stage::Background, changes, ..*question };
    judged(Vec::new(), files.collect(), Vec::new(), true, &question)
}
