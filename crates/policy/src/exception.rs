//! Exceptions: findings that somebody answers for, until a date.

use crate::{
    Excepted, Facts, Finding, Outcome, Target, Verdict,
    document::{ExceptionDocument, ObjectMatch},
    glob,
    hash::Hasher,
    yaml::{Document, Located},
};
use cofferdam_cel::{Handle, List, Lookup, Map, Value};
use cofferdam_model::{Diagnostic, Digest, Exit, OwnerKey};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::collections::BTreeSet;

/// A `PolicyException`: who, why, until when, and exactly what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// `metadata.name`.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// From when on it does nothing.
    pub expires: Timestamp,
    /// Where it was read.
    pub place: String,
    /// The only namespace that it is about, if it lies in one.
    namespace: Option<String>,
    policies: Vec<String>,
    vulnerabilities: Vec<String>,
    packages: Vec<String>,
    paths: Vec<String>,
    images: Vec<String>,
    objects: Vec<ObjectMatch>,
    containers: Vec<String>,
    include_unknown: bool,
}

/// An exception that covers findings of what is no object, such as an image, for some of the
/// objects that run it: for those of its namespace, for those that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalException {
    /// Who answers for it, why, and until when.
    pub excepted: Excepted,
    /// What it covers: a verdict of the decision, and a finding of that, by their numbers.
    pub findings: BTreeSet<(usize, usize)>,
    namespace: Option<String>,
    objects: Vec<ObjectMatch>,
}

impl LocalException {
    /// Whether it holds for an object that runs what was judged.
    pub fn holds_for(&self, object: &Target<'_>, now: Timestamp) -> bool {
        self.excepted.expires > now && is_within(self.namespace.as_deref(), &self.objects, object)
    }
}

/// What became of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionUse {
    /// Name of the exception.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was read.
    pub place: String,
    /// What became of it.
    pub status: ExceptionStatus,
}

/// What became of an exception in one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionStatus {
    /// It covered so many findings.
    Used(usize),
    /// Nothing that it names was found: it can go.
    Unused,
    /// It has expired and does nothing; it would have covered so many findings.
    Expired(usize),
}

impl Exception {
    /// Reads a document that says it is an exception.
    pub(crate) fn read(document: &Document<'_>) -> Result<Self, Vec<Diagnostic>> {
        let ExceptionDocument { metadata, spec, .. } =
            document.read().map_err(|error| vec![error])?;
        let mut errors = Vec::new();
        let mut refuse = |at: &Located<String>, what: &str| {
            errors.push(Diagnostic::new(Exit::Usage, what).at(document.locate(at)));
        };
        for (field, what) in [
            (&spec.owner, "an exception names its owner"),
            (&spec.reason, "an exception says its reason"),
        ] {
            if field.value.trim().is_empty() {
                refuse(field, what);
            }
        }
        let expires = expiry(&spec.expires.value);
        if expires.is_none() {
            refuse(&spec.expires, "expires is a date, such as 2026-12-31, or a time in RFC 3339");
        }
        if spec.policies.is_empty() {
            refuse(&metadata.name, "an exception names the policies that it is about");
        }
        if spec.r#match.objects.contains(&ObjectMatch::default()) {
            let what = "an object under match is said by its kind, namespace or name: without any \
                        it would be every one";
            refuse(&metadata.name, what);
        }
        match expires {
            Some(expires) if errors.is_empty() => Ok(Self {
                name: metadata.name.value,
                owner: spec.owner.value,
                reason: spec.reason.value,
                expires,
                place: document.first_line(),
                namespace: metadata.namespace,
                policies: spec.policies.into_iter().map(|policy| policy.value).collect(),
                vulnerabilities: spec.r#match.vulnerabilities,
                packages: spec.r#match.packages,
                paths: spec.r#match.paths,
                images: spec.r#match.images,
                objects: spec.r#match.objects,
                containers: spec.r#match.containers,
                include_unknown: spec.include_unknown,
            }),
            _ => Err(errors),
        }
    }

    /// Whether it is about some objects only, and such as may lie in this namespace.
    pub(crate) fn names_objects(&self, namespace: Option<&str>) -> bool {
        !self.objects.is_empty() && (self.namespace.is_none() || self.namespace() == namespace)
    }

    /// Codes and names of the policies that it is about.
    pub(crate) fn policies(&self) -> &[String] {
        &self.policies
    }

    /// The only namespace that it is about.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut hasher = Hasher::new("exception");
        hasher.text(&self.name).text(&self.owner).text(&self.reason);
        hasher.text(&self.expires.to_string());
        hasher.text(self.namespace.as_deref().unwrap_or_default());
        hasher.text(if self.include_unknown { "unknown too" } else { "" });
        for list in [
            &self.policies,
            &self.vulnerabilities,
            &self.packages,
            &self.paths,
            &self.images,
            &self.containers,
        ] {
            hasher.text(&list.len().to_string());
            for item in list {
                hasher.text(item);
            }
        }
        for object in &self.objects {
            hasher.text(&format!("{object:?}"));
        }
        hasher.finish()
    }

    /// Whether it is about something here, as far as it says where.
    fn is_within(&self, target: &Target<'_>) -> bool {
        is_within(self.namespace.as_deref(), &self.objects, target)
    }

    /// Whether it is about this finding wherever that is, expired or not.
    fn covers(&self, verdict: &Verdict, finding: &Finding, facts: &Facts<'_>) -> bool {
        let about = |policy: &String| *policy == verdict.code || *policy == verdict.name;
        self.policies.iter().any(about)
            && (finding.outcome != Outcome::Unknown || self.include_unknown)
            && self.covers_image(finding, facts)
            && self.covers_element(finding, facts)
            && (facts.root("image").is_some() || self.covers_file(facts))
    }

    /// Whether it is about a failure of a rule that is no policy. What names containers, images or
    /// parts of them is not: nobody says which of them such a rule is about.
    fn covers_rule(&self, rule: &NamedRule<'_>, target: &Target<'_>) -> bool {
        let about = |policy: &String| *policy == rule.code || *policy == rule.name;
        let parts = [&self.containers, &self.images, &self.vulnerabilities, &self.packages];
        self.policies.iter().any(about)
            && self.is_within(target)
            && parts.iter().all(|list| list.is_empty())
            && any(&self.paths, &[rule.file])
    }

    /// An image by what it is called, a container by the image that it runs.
    fn covers_image(&self, finding: &Finding, facts: &Facts<'_>) -> bool {
        if self.images.is_empty() {
            return true;
        }
        let mut names: Vec<String> =
            facts.roots().flat_map(|(_, source)| source.target_names()).collect();
        names.extend(element(finding, facts).and_then(|(_, handle)| image_of(&handle)));
        names.iter().any(|name| any(&self.images, &[name]))
    }

    /// The container, or the part of an image, that the finding is about.
    fn covers_element(&self, finding: &Finding, facts: &Facts<'_>) -> bool {
        let of_image = !(self.vulnerabilities.is_empty() && self.packages.is_empty())
            || !self.paths.is_empty() && facts.root("image").is_some();
        if self.containers.is_empty() && !of_image {
            return true;
        }
        let Some((source, handle)) = element(finding, facts) else { return false };
        let is_container =
            || text_of(&handle, "name").is_some_and(|name| any(&self.containers, &[&name]));
        if !self.containers.is_empty() && !is_container() {
            return false;
        }
        let identity = source.identity(handle.node);
        !of_image
            || any(&self.vulnerabilities, &identity.vulnerability)
                && any(&self.paths, identity.path.as_slice())
                && (any(&self.packages, identity.package.as_slice())
                    || source.purl(handle.node).is_some_and(|purl| any(&self.packages, &[&purl])))
    }

    /// The file that the object, or the Dockerfile, was read from. What was found may stand in
    /// another.
    fn covers_file(&self, facts: &Facts<'_>) -> bool {
        if self.paths.is_empty() {
            return true;
        }
        let own = ["object", "dockerfile"].into_iter().find_map(|name| facts.root(name));
        let place = own.and_then(|source| source.place(crate::facts::TOP));
        let file = place.as_ref().map(|place| &*place.file);
        any(&self.paths, file.as_slice())
    }
}

/// Whether one of the values is as one of the patterns says; without patterns any is.
fn any(patterns: &[String], values: &[&str]) -> bool {
    patterns.is_empty()
        || patterns.iter().any(|pattern| values.iter().any(|v| glob::matches(pattern, v)))
}

/// Whether a target lies in the only namespace, if there is one, and is one of the objects, if
/// there are some.
fn is_within(namespace: Option<&str>, objects: &[ObjectMatch], target: &Target<'_>) -> bool {
    (namespace.is_none() || namespace == target.namespace)
        && (objects.is_empty() || objects.iter().any(|one| one.fits(target)))
}

impl ObjectMatch {
    fn fits(&self, target: &Target<'_>) -> bool {
        let fits = |pattern: &Option<String>, value: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| value.is_some_and(|v| glob::matches(pattern, v)))
        };
        let is_it =
            |kind: &str, name: Option<&str>| fits(&self.kind, Some(kind)) && fits(&self.name, name);
        let is_owner = |owner: &OwnerKey| is_it(&owner.kind, Some(&owner.name));
        target.is_object()
            && fits(&self.namespace, target.namespace)
            && (is_it(target.kind, target.name) || target.owners.iter().any(is_owner))
    }
}

fn text_of(handle: &Handle<'_>, key: &str) -> Option<String> {
    match handle.source.member(handle.node, key) {
        Lookup::Value(value) => value.as_str().map(str::to_owned),
        _ => None,
    }
}

/// The image that a container names: its own field, or that of the facts about it.
fn image_of(container: &Handle<'_>) -> Option<String> {
    text_of(container, "image").or_else(|| match container.source.member(container.node, "image") {
        Lookup::Value(image) => text_of(&image.handle()?, "text"),
        _ => None,
    })
}

/// A rule that is no policy, such as a check of a Pod Security Standard, and the file of what it is
/// about.
#[derive(Clone, Copy, Debug)]
pub struct NamedRule<'a> {
    /// Its code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The file that the object was read from.
    pub file: &'a str,
}

/// Names of rules that are no policies and can be excepted: the checks of Pod Security Standards.
/// Which there are differs by version; one that nothing needs is reported as such.
pub(crate) fn is_of_pod_security(name: &str) -> bool {
    name.starts_with("PSS-") || name.starts_with("pod-security-")
}

/// Who answers for one failure of such a rule, if somebody does, and what became of the exceptions
/// that are about it.
pub(crate) fn excuse(
    exceptions: &[Exception],
    rule: &NamedRule<'_>,
    target: &Target<'_>,
    now: Timestamp,
) -> (Option<Excepted>, Vec<ExceptionUse>) {
    let (mut excepted, mut uses) = (None, Vec::new());
    for exception in exceptions.iter().filter(|one| one.covers_rule(rule, target)) {
        if excepted.is_some() {
            break;
        }
        let has_expired = exception.expires <= now;
        excepted = (!has_expired).then(|| exception.excepted());
        let status =
            if has_expired { ExceptionStatus::Expired(1) } else { ExceptionStatus::Used(1) };
        let (name, owner, place) =
            (exception.name.clone(), exception.owner.clone(), exception.place.clone());
        uses.push(ExceptionUse { name, owner, place, status });
    }
    (excepted, uses)
}

/// Marks the findings that exceptions cover, and says what became of each exception.
pub(crate) fn apply(
    exceptions: &[Exception],
    verdicts: &mut [&mut Verdict],
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
) -> Vec<ExceptionUse> {
    let mut uses = Vec::new();
    for exception in exceptions {
        let expired = exception.expires <= now;
        let is_within = exception.is_within(target);
        let mut count = 0;
        for verdict in verdicts.iter_mut() {
            for index in 0..verdict.findings.len() {
                let Some(finding) = verdict.findings.get(index) else { continue };
                let is_open = is_within && finding.exception.is_none();
                if !is_open || !exception.covers(verdict, finding, facts) {
                    continue;
                }
                count += 1;
                if let (false, Some(finding)) = (expired, verdict.findings.get_mut(index)) {
                    finding.exception = Some(exception.excepted());
                }
            }
        }
        let status = match (expired, count) {
            (true, count) => ExceptionStatus::Expired(count),
            (false, 0) => ExceptionStatus::Unused,
            (false, count) => ExceptionStatus::Used(count),
        };
        let (name, owner, place) =
            (exception.name.clone(), exception.owner.clone(), exception.place.clone());
        uses.push(ExceptionUse { name, owner, place, status });
    }
    for verdict in verdicts.iter_mut() {
        verdict.settle();
    }
    uses
}

/// The exceptions that cover open findings of what is no object, each for some objects only.
pub(crate) fn local(
    exceptions: &[Exception],
    verdicts: &[Verdict],
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
) -> Vec<LocalException> {
    let is_local = |one: &&Exception| one.namespace.is_some() || !one.objects.is_empty();
    let is_meant = |one: &&Exception| is_local(one) && one.expires > now && !target.is_object();
    let of = |exception: &Exception| {
        let mut findings = BTreeSet::new();
        for (number, verdict) in verdicts.iter().enumerate() {
            let found = verdict.findings.iter().enumerate();
            let covered = found.filter(|(_, finding)| {
                finding.exception.is_none() && exception.covers(verdict, finding, facts)
            });
            findings.extend(covered.map(|(at, _)| (number, at)));
        }
        let (namespace, objects) = (exception.namespace.clone(), exception.objects.clone());
        LocalException { excepted: exception.excepted(), findings, namespace, objects }
    };
    let all = exceptions.iter().filter(is_meant).map(of);
    all.filter(|local| !local.findings.is_empty()).collect()
}

impl Exception {
    fn excepted(&self) -> Excepted {
        Excepted {
            name: self.name.clone(),
            owner: self.owner.clone(),
            reason: self.reason.clone(),
            expires: self.expires,
        }
    }
}

impl Verdict {
    /// Works out the outcome again, and until when it holds, now that findings are excepted.
    fn settle(&mut self) {
        let open = self.findings.iter().filter(|finding| finding.exception.is_none());
        self.outcome = open.map(|finding| finding.outcome).max().unwrap_or(Outcome::Pass);
        let expiries = self.findings.iter().filter_map(|finding| finding.exception.as_ref());
        let first = expiries.map(|exception| exception.expires).min();
        self.valid_until = [self.valid_until, first].into_iter().flatten().min();
    }
}

/// The fact that a finding is about.
fn element<'f>(
    finding: &Finding,
    facts: &'f Facts<'_>,
) -> Option<(&'f dyn crate::facts::FactSource, Handle<'f>)> {
    let place = finding.element.as_ref()?;
    let mut steps = place.list.split('.');
    let root = steps.next()?;
    let mut list = Handle::new(facts.root(root)?, crate::facts::TOP);
    for step in steps {
        let Lookup::Value(value) = list.source.member(list.node, step) else { return None };
        list = value.handle()?;
    }
    match list.source.element(list.node, place.index) {
        Lookup::Value(Value::Map(Map::Source(handle)) | Value::List(List::Source(handle))) => {
            Some((facts.owner(&handle, root)?, handle))
        }
        _ => None,
    }
}

/// A day, which ends the exception at its start in UTC, or a point in time.
fn expiry(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let day = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
        Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}
