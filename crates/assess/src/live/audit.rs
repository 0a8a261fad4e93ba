//! All objects of a cluster, judged as a directory of files is; or some of them, in a join that is
//! no larger than what they can depend on.

use super::{Objects, nearby::around};
use crate::check::{self, AttackPath, Beside, ChangedLines, Changes, Check, Question, ReadFile};
use cofferdam_manifest::Source;
use cofferdam_model::ObjectKey;
use cofferdam_policy::Stage;
use std::{collections::BTreeSet, sync::Arc};

/// The attack paths of a cluster: the one thing that is looked for in all objects together. Whoever
/// judges in steps looks for them once, for as long as the objects stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// The paths, the worst first.
    pub paths: Vec<AttackPath>,
    /// The objects that they lead over, by their keys as people read them: `Deployment shop/web`.
    pub over: BTreeSet<String>,
    /// The namespaces in which nothing may reach a pod that no NetworkPolicy lets in.
    pub default_denials: BTreeSet<String>,
    /// Namespaces of which nobody knows whether other policies do the same: some could not be read,
    /// or are of another maker; nothing: all namespaces.
    pub unknown_denials: Option<BTreeSet<String>>,
}

impl Ways {
    /// Looks for them.
    pub fn of(objects: &Objects) -> Self {
        let whole = check::whole(&files(objects.sources().collect()), objects.lacking());
        let check::Whole { paths, over, default_denials, unknown_denials } = whole;
        Self { paths, over, default_denials, unknown_denials }
    }
}

/// Judges all objects at the stage `background`. The path of each is its key as people read it.
///
/// Whoever shares the objects with others audits a clone of them, which costs little: a judgement
/// of a whole cluster takes seconds.
pub fn audit(objects: &Objects, question: &Question<'_>) -> Check {
    let files = files(objects.sources().collect());
    let world = Some(objects.world(question.kubernetes_minor));
    let lacking = objects.lacking();
    let beside = Beside { is_whole: true, lacking, on_path: None, world };
    let question = Question { stage: Stage::Background, changes: None, ..*question };
    check::judged(Vec::new(), files, Vec::new(), &beside, &question)
}

/// Judges some objects as [`audit`] judges all: beside those that they can depend on, and as steps
/// of these paths. What it costs depends on their namespaces, not on the size of the cluster.
pub fn audit_some(
    objects: &Objects,
    keys: &BTreeSet<ObjectKey>,
    ways: &Ways,
    question: &Question<'_>,
) -> Check {
    let wants_all_rights = super::asks_for_rights(question.bundle, Stage::Background);
    let files = files(around(objects, keys, wants_all_rights));
    let world = Some(objects.world(question.kubernetes_minor));
    let lacking = objects.lacking();
    let beside = Beside { is_whole: true, lacking, on_path: Some(&ways.over), world };
    let changes = Changes {
        files: keys.iter().map(|key| (key.to_string(), ChangedLines::All)).collect(),
        ..Changes::default()
    };
    let question = Question { stage: Stage::Background, changes: Some(&changes), ..*question };
    check::judged(Vec::new(), files, Vec::new(), &beside, &question)
}

/// In the order of their paths, as files are.
fn files(mut sources: Vec<&Arc<Source>>) -> Vec<ReadFile> {
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources.into_iter().map(|source| ReadFile::of_source(Arc::clone(source))).collect()
}
