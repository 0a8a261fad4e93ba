//! One object at the door of a cluster, judged beside what is there.

use super::{Objects, nearby::nearby, trim};
use crate::check::Question;
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, NodeId, Object, Scalar, Source, View};
use cofferdam_model::ObjectKey;
use cofferdam_policy::{
    Detail, Explain, Facts, Finding, Judged, ObjectSource, Outcome, Remake, Screened, Stage,
    Target, Tries, screen_with,
};
use cofferdam_posture::{ObjectFacts, ObjectId, ObjectSet};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A request that was read, its objects trimmed and defaulted like those that are there.
#[derive(Debug)]
pub struct Incoming {
    source: Source,
    object: NodeId,
    old_object: Option<NodeId>,
    request: Option<NodeId>,
    is_as_it_was: bool,
}

/// What is asked about one object.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// The object, and what is about to be done with it.
    pub incoming: &'a Incoming,
    /// The same for matching: resource, subresource, operation.
    pub target: &'a Target<'a>,
    /// Codes of policies whose failures are told in full, with the smallest change that would pass.
    pub explain: &'a BTreeSet<String>,
}

/// What the policies say about one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewVerdict {
    /// The verdicts with findings, in order of code; one whose findings are all excepted is a pass.
    pub verdicts: Vec<Judged>,
    /// Policies that are about the object and hold.
    pub passed: usize,
}

impl Incoming {
    /// `source` is a text of one document, such as an AdmissionReview, in which stand the object
    /// and what else is known of the request. `namespace` is that of the request, for objects that
    /// leave it to the request. `None` where there is no such object.
    pub fn new(
        mut source: Source,
        object: NodeId,
        old_object: Option<NodeId>,
        request: Option<NodeId>,
        namespace: Option<&str>,
    ) -> Option<Self> {
        let document = source.documents.first_mut()?;
        let tree = &mut document.tree;
        // Before anything is left out of it or put into it.
        let is_as_it_was =
            old_object.is_some_and(|old| said(tree.view(old)) == said(tree.view(object)));
        for id in [Some(object), old_object].into_iter().flatten() {
            trim::tree(tree, id);
            if let (Some(namespace), Some(metadata)) = (namespace, tree.view(id).get("metadata"))
                && metadata.get("namespace").is_none_or(|given| given.as_str() == Some(""))
            {
                let metadata = metadata.id();
                tree.set(metadata, "namespace", Scalar::String(namespace));
            }
            cofferdam_manifest::default(tree, id);
        }
        let about = Object::of(tree.view(object))?;
        source.path = cofferdam_posture::title(&about);
        document.objects = vec![object];
        Some(Self { source, object, old_object, request, is_as_it_was })
    }

    /// The object as it was before the request, in the place of the new one; judged to know what
    /// was wrong already.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        let Self { mut source, old_object, request, is_as_it_was, .. } = self;
        let object = old_object?;
        source.documents.first_mut()?.objects = vec![object];
        Some(Self { source, object, old_object: None, request, is_as_it_was })
    }

    /// The object.
    pub fn object(&self) -> Option<Object<'_>> {
        Object::of(self.view(self.object)?)
    }

    /// Bytes of the object's text.
    pub fn bytes(&self) -> usize {
        self.view(self.object).map_or(0, bytes)
    }

    /// Bytes of the text of the object as it was; 0 where there was none.
    pub fn bytes_before(&self) -> usize {
        self.old_object.and_then(|id| self.view(id)).map_or(0, bytes)
    }

    /// Whether the request leaves the object as it was in all that it says and is found by: its
    /// status may differ, and what of its metadata is neither a label nor an annotation.
    pub const fn is_as_it_was(&self) -> bool {
        self.is_as_it_was
    }

    /// `Deployment shop/web`.
    pub fn title(&self) -> &str {
        &self.source.path
    }

    /// The object in a text of its own, were it this.
    fn changed(&self, object: &Json) -> Option<(Source, NodeId)> {
        let text = object.to_string();
        let mut source =
            cofferdam_manifest::read(&self.source.path, text.into(), &Meter::default());
        let document = source.documents.first_mut()?;
        let id = *document.objects.first()?;
        cofferdam_manifest::default(&mut document.tree, id);
        Some((source, id))
    }

    fn view(&self, id: NodeId) -> Option<View<'_>> {
        Some(self.source.documents.first()?.tree.view(id))
    }
}

fn bytes(view: View<'_>) -> usize {
    let span = view.span();
    usize::try_from(span.end.saturating_sub(span.start)).unwrap_or(usize::MAX)
}

/// What an object says and is found by, as it is written.
fn said(object: View<'_>) -> BTreeMap<(&str, &str), &str> {
    let metadata = |key| object.at(&["metadata", key]);
    let parts = [
        ("", Some(object)),
        ("labels", metadata("labels")),
        ("annotations", metadata("annotations")),
    ];
    let entries = parts.into_iter().flat_map(|(part, map)| {
        let entries = map.into_iter().flat_map(View::entries);
        entries.map(move |(key, value)| ((part, key), text(value)))
    });
    let is_said = |(key, _): &(_, _)| {
        !matches!(key, ("", "metadata" | "status") | ("annotations", trim::APPLIED))
    };
    entries.filter(is_said).collect()
}

fn text(view: View<'_>) -> &str {
    let span = view.span();
    view.tree().text().get(span.start as usize..span.end as usize).unwrap_or_default()
}

/// Judges one object at the stage `admission`, beside those that are there.
pub fn review(objects: &Objects, review: &Review<'_>, question: &Question<'_>) -> ReviewVerdict {
    let incoming = review.incoming;
    let mut verdict = ReviewVerdict::default();
    let mut look = |facts: &Facts<'_>| {
        let changed = |object: &Json, look: &mut dyn FnMut(&Facts<'_>)| {
            if let Some((source, id)) = incoming.changed(object) {
                with_facts(objects, review, question, (&source, id), look);
            }
        };
        verdict = judge(facts, review, question, &changed);
    };
    with_facts(objects, review, question, (&incoming.source, incoming.object), &mut look);
    verdict
}

/// Shows the facts of the object that is reviewed, or of another in its place.
fn with_facts(
    objects: &Objects,
    review: &Review<'_>,
    question: &Question<'_>,
    (source, id): (&Source, NodeId),
    look: &mut dyn FnMut(&Facts<'_>),
) {
    let incoming = review.incoming;
    let Some(document) = source.documents.first() else { return };
    let Some(about) = Object::of(document.tree.view(id)) else { return };
    let wants_all_rights = super::asks_for_rights(question.bundle, Stage::Admission);
    let mut held = nearby(objects, &about, review.target.namespace, wants_all_rights);
    // As in an audit.
    let own = held.partition_point(|(_, one, _)| one.path <= source.path);
    held.insert(own, (about, source, document));
    let set = ObjectSet::of_known(held).lacking(objects.lacking());
    let is_it =
        |(_, entry): &(ObjectId, &cofferdam_posture::Entry<'_>)| std::ptr::eq(entry.source, source);
    let Some((id, entry)) = set.entries().find(is_it) else { return };
    // Requests and objects of a cluster are one line each, and nobody opens a file at it.
    let no_lines = Lines::of("");
    let object = ObjectSource::new(entry.object.view, &*source.path, &no_lines);
    let world = objects.world(question.kubernetes_minor);
    let known = ObjectFacts::of(&set, id, &object, &world);
    let mut facts = known.facts();
    let root = |id: Option<NodeId>| {
        let view = incoming.view(id?).filter(|view| view.is_map())?;
        Some(ObjectSource::new(view, incoming.title(), &no_lines))
    };
    if let Some(request) = root(incoming.request) {
        facts.insert("request", request);
    }
    // What is said to a pod lies in no namespace by itself.
    let namespace = review.target.namespace.filter(|_| about.namespace.is_none());
    let namespace = namespace.map(|name| ObjectKey::new("v1", "Namespace", None, name));
    let namespace = namespace.and_then(|key| Some(objects.get(&key)?.1));
    let namespace = namespace.and_then(|source| Some((super::objects::object(source)?, source)));
    if let Some((object, source)) = namespace {
        facts.insert("namespaceObject", ObjectSource::new(object.view, &*source.path, &no_lines));
    }
    match root(incoming.old_object) {
        Some(old) => facts.insert("oldObject", old),
        None => facts.insert_null("oldObject"),
    }
    look(&facts);
}

/// Bytes of an object of which all is noted at once, as of nearly all.
const SMALL_BYTES: usize = 8 << 10;

/// Bytes of an object, and findings, up to which the digest is that of all that was read. What every
/// finding rests on is looked for in the whole object, so that the cost grows with both; who waits
/// at a door must not be made to wait by a pod of a thousand containers. Beyond, a digest is that of
/// the policy alone, and no change is looked for.
const SEALED_BYTES_MAX: usize = 64 << 10;
const SEALED_FINDINGS_MAX: usize = 200;

/// Findings of one policy up to which the change that would pass is looked for, each by trying.
const EXPLAINED_MAX: usize = 8;

/// Changed objects that are judged for that, for all findings of a review.
const TRIES_MAX: usize = 64;

fn judge(
    facts: &Facts<'_>,
    review: &Review<'_>,
    question: &Question<'_>,
    changed: &Remake<'_>,
) -> ReviewVerdict {
    let Question { bundle, now, .. } = *question;
    let target = review.target;
    let screen = |detail| screen_with(bundle, facts, target, Stage::Admission, now, detail);
    let bytes = review.incoming.bytes();
    let brief = (bytes > SMALL_BYTES).then(|| screen(Detail::Brief)).filter(|brief| {
        let findings: usize = brief.verdicts.iter().map(|one| one.verdict.findings.len()).sum();
        bytes > SEALED_BYTES_MAX || findings > SEALED_FINDINGS_MAX
    });
    if let Some(Screened { verdicts, passed, .. }) = brief {
        return ReviewVerdict { verdicts, passed };
    }
    let Screened { mut verdicts, passed, .. } = screen(Detail::Sealed);
    let stage = Stage::Admission;
    let explain = Explain { bundle, facts, target, stage, now, remake: changed };
    let fails = |judged: &Judged| judged.verdict.outcome > Outcome::Pass;
    let failed = verdicts.iter().filter(|judged| fails(judged)).map(|judged| &judged.verdict.code);
    let explained: BTreeSet<String> =
        failed.filter(|code| review.explain.contains(*code)).cloned().collect();
    if explained.is_empty() {
        return ReviewVerdict { verdicts, passed };
    }
    let (some, none) = (Tries::new(TRIES_MAX).knowing(&verdicts), Tries::new(0));
    for policy in bundle.policies.iter().filter(|policy| explained.contains(&policy.code)) {
        let mut mine: Vec<&mut Judged> =
            verdicts.iter_mut().filter(|judged| judged.verdict.code == policy.code).collect();
        let findings: usize = mine.iter().map(|judged| judged.verdict.findings.len()).sum();
        let tries = if findings > EXPLAINED_MAX { &none } else { &some };
        let again = explain.verdicts_within(policy, tries).into_iter();
        let again = again.filter(|verdict| !verdict.findings.is_empty());
        for (judged, told) in mine.iter_mut().zip(again) {
            for (finding, told) in judged.verdict.findings.iter_mut().zip(told.findings) {
                *finding = Finding { exception: finding.exception.take(), ..told };
            }
        }
    }
    ReviewVerdict { verdicts, passed }
}
