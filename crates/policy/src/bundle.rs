//! All policies and exceptions that are asked together.

use crate::{
    Excepted, Exception, ExceptionUse, NamedRule, Policy, Stage, Target,
    admission::{self, Action, Asked, Binding, ParamObject},
    compile,
    document::{API_VERSION, Header},
    exception::{self, is_of_pod_security},
    hash::Hasher,
    index::Index,
    yaml::{Document, documents},
};
use cofferdam_model::{Diagnostic, Digest, Exit, Severity};
use jiff::Timestamp;
use std::{collections::BTreeSet, sync::OnceLock};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A policy that the binary brings along, before it is compiled.
#[derive(Debug)]
struct BuiltIn {
    /// The folder of its area in `rules/`.
    area: &'static str,
    /// Where it is, for diagnostics: `built-in:pod/privileged-container`.
    place: &'static str,
    code: &'static str,
    name: &'static str,
    text: &'static str,
}

/// The area of the rules about images, all of them and no others; a test holds it to that.
const IMAGES: &str = "image";

/// One file of policies and exceptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its path, for diagnostics.
    pub place: String,
    /// Its text: YAML, one or several documents.
    pub text: String,
}

/// Policies and exceptions, compiled.
#[derive(Debug)]
pub struct Bundle {
    /// Sorted by code.
    pub policies: Vec<Policy>,
    /// Sorted by name.
    pub exceptions: Vec<Exception>,
    /// Bindings of plain ValidatingAdmissionPolicies, sorted by name.
    pub bindings: Vec<Binding>,
    /// Objects that their parameters can be read from.
    pub params: Vec<ParamObject>,
    /// SHA-256 over all policies and exceptions.
    pub digest: Digest,
    /// Made when it is first asked.
    index: OnceLock<Index>,
}

impl Bundle {
    /// The policies that the binary brings along.
    pub fn built_in() -> Result<Self, Vec<Diagnostic>> {
        Self::with(&[])
    }

    /// The built-in policies and the user's own. A policy with the name of a built-in one
    /// replaces it; two with one code are an error that names both places.
    pub fn with(files: &[PolicyFile]) -> Result<Self, Vec<Diagnostic>> {
        Self::of_areas(files, |_| true)
    }

    /// [`Bundle::with`] for who judges images only: the other built-in policies are known by name
    /// and code, and not compiled, which would take longer than judging.
    pub fn of_images(files: &[PolicyFile]) -> Result<Self, Vec<Diagnostic>> {
        Self::of_areas(files, |area| area == IMAGES)
    }

    fn of_areas(
        files: &[PolicyFile],
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        Collected::with(files, is_wanted).bundle()
    }

    /// Only the user's own. The built-in policies are known by name and code, for exceptions from
    /// them.
    pub fn only(files: &[PolicyFile]) -> Result<Self, Vec<Diagnostic>> {
        Self::of_areas(files, |_| false)
    }

    /// What policies with the name of a built-in one take out of force: they replace it also where
    /// they are not asked themselves.
    pub fn left_unasked(&self) -> Vec<Diagnostic> {
        self.policies.iter().filter_map(left_unasked).collect()
    }

    /// Exceptions that do nothing any more, each told with its place.
    pub fn expired(&self, now: Timestamp) -> Vec<Diagnostic> {
        let expired = self.exceptions.iter().filter(|one| one.expires <= now);
        let told = expired.map(|one| {
            let what = format!("the exception {} has expired, and excuses nothing", one.name);
            Diagnostic::new(Exit::Usage, what)
                .at(&one.place)
                .because(format!("it held until {}, as {} said", one.expires, one.owner))
                .remedy("give it another date if it is still accepted, or delete it")
        });
        told.collect()
    }

    /// The namespaces whose objects it may judge otherwise than `before` did: what differs is about
    /// objects of these and about nothing else. Nothing where more may differ.
    pub fn changed_within(&self, before: &Self) -> Option<BTreeSet<String>> {
        let bound = |all: &Self| format!("{:?}{:?}", all.bindings, all.params);
        if bound(self) != bound(before) {
            return None;
        }
        let (now, then) = (self.identities(), before.identities());
        now.symmetric_difference(&then).map(|(only, _)| only.map(str::to_owned)).collect()
    }

    /// Whether it excuses findings of images otherwise than `before` did, wherever they run.
    pub fn excuses_images_as(&self, before: &Self) -> bool {
        self.of_images_excused().eq(before.of_images_excused())
    }

    /// Whether what an object of this namespace is called, or was made for, may excuse it.
    pub fn may_excuse_objects(&self, namespace: Option<&str>, now: Timestamp) -> bool {
        self.exceptions.iter().any(|one| one.names_objects(namespace) && one.expires > now)
    }

    /// The exceptions that name a policy about images, each by what tells it from every other.
    fn of_images_excused(&self) -> impl Iterator<Item = Digest> {
        let about_images = self.policies.iter().filter(|policy| !policy.is_about_objects());
        let names: BTreeSet<&str> =
            about_images.flat_map(|policy| [&*policy.code, &*policy.name]).collect();
        let is_meant =
            move |one: &&Exception| one.policies().iter().any(|name| names.contains(&**name));
        self.exceptions.iter().filter(is_meant).map(Exception::digest)
    }

    /// Of each policy and exception the only namespace that it is about, and what tells it from
    /// every other.
    fn identities(&self) -> BTreeSet<(Option<&str>, String)> {
        let policies = self.policies.iter().map(|policy| {
            // What is no object lies in no namespace.
            let only = policy.namespace.as_deref().filter(|_| policy.is_about_objects());
            let words = [&policy.title, &policy.description, &policy.place];
            (only, format!("{} {words:?} {:?}", policy.digest, policy.references))
        });
        let exceptions = self.exceptions.iter().map(|exception| {
            (exception.namespace(), format!("{} {}", exception.digest(), exception.place))
        });
        policies.chain(exceptions).collect()
    }

    /// Who answers for one failure of a rule that is no policy, if somebody does, and what became of
    /// the exceptions that are about it.
    pub fn excuse(
        &self,
        rule: &NamedRule<'_>,
        target: &Target<'_>,
        now: Timestamp,
    ) -> (Option<Excepted>, Vec<ExceptionUse>) {
        exception::excuse(&self.exceptions, rule, target, now)
    }

    /// Which policies can be about a resource.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.policies))
    }

    /// A policy as it is asked: by itself, or once for each of its bindings.
    pub(crate) fn of<'b>(&'b self, policy: &'b Policy) -> impl Iterator<Item = Asked<'b>> {
        let is_bound =
            move |binding: &&Binding| policy.admission.is_some() && binding.policy == policy.name;
        let mut bindings = self.bindings.iter().filter(is_bound).peekable();
        let alone = bindings.peek().is_none().then_some(None);
        let params = &*self.params;
        alone.into_iter().chain(bindings.map(Some)).map(move |binding| Asked {
            binding,
            params,
            ..Asked::of(policy)
        })
    }
}

fn left_unasked(own: &Policy) -> Option<Diagnostic> {
    let is_replaced = |rule: &&BuiltIn| rule.name == own.name && !own.place.starts_with(rule.place);
    let rule = BUILT_IN.iter().find(is_replaced)?;
    let read = documents(rule.place, rule.text).iter().find_map(|one| compile::built_in(one).ok());
    let stages = read?.stages.into_iter().filter(|stage| !own.stages.contains(stage));
    let stages: Vec<&str> = stages.map(Stage::as_str).collect();
    let at = (!stages.is_empty()).then(|| format!("at {}", stages.join(", ")));
    let within = own.namespace.as_ref().map(|name| format!("outside of the namespace {name}"));
    let lost: Vec<String> = at.into_iter().chain(within).collect();
    if lost.is_empty() {
        return None;
    }
    let what = format!("the built-in {} is asked no more {}", rule.code, lost.join(", nor "));
    Some(
        Diagnostic::new(Exit::Usage, what)
            .at(&own.place)
            .because(format!("this policy has its name, {}, and replaces it", rule.name))
            .remedy("give it a name of its own, or let it be asked there too"),
    )
}

#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) policies: Vec<Policy>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) params: Vec<ParamObject>,
    /// Built-in policies that exist and are not asked.
    others: Vec<&'static BuiltIn>,
    errors: Vec<Diagnostic>,
}

impl Collected {
    fn of(files: &[PolicyFile]) -> Self {
        let mut collected = Self::default();
        for file in files {
            collected.file(&file.place, &file.text);
        }
        collected
    }

    /// Files, and the built-in policies of the areas that are wanted.
    pub(crate) fn with(files: &[PolicyFile], is_wanted: impl Fn(&str) -> bool) -> Self {
        let mut all = Self::of(files);
        let is_replaced = |rule: &BuiltIn| all.policies.iter().any(|own| own.name == rule.name);
        let kept = BUILT_IN.iter().filter(|rule| !is_replaced(rule));
        let (wanted, others): (Vec<&BuiltIn>, _) = kept.partition(|rule| is_wanted(rule.area));
        all.others = others;
        for rule in wanted {
            all.rule(rule);
        }
        all
    }

    /// Code, name and place of every policy that is known.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let asked = self.policies.iter().map(|one| (&*one.code, &*one.name, &*one.place));
        asked.chain(self.others.iter().map(|rule| (rule.code, rule.name, rule.place)))
    }

    /// A rule that we bring along: known to be a policy.
    fn rule(&mut self, rule: &BuiltIn) {
        for document in documents(rule.place, rule.text) {
            match compile::built_in(&document) {
                Ok(policy) => self.policies.push(policy),
                Err(errors) => self.errors.extend(errors),
            }
        }
    }

    fn file(&mut self, place: &str, text: &str) {
        let documents = documents(place, text);
        if documents.is_empty() {
            self.errors.push(Diagnostic::new(Exit::Usage, "there is no policy in it").at(place));
        }
        for document in documents {
            self.document(&document);
        }
    }

    fn document(&mut self, document: &Document<'_>) {
        let header: Header = match document.read() {
            Ok(header) => header,
            Err(error) => return self.errors.push(error),
        };
        if header.api_version.value != API_VERSION {
            return self.of_a_cluster(document, &header);
        }
        match &*header.kind.value {
            "ClusterSecurityPolicy" | "SecurityPolicy" => match compile::compile(document) {
                Ok(policy) => self.policies.push(policy),
                Err(errors) => self.errors.extend(errors),
            },
            "PolicyException" | "ClusterPolicyException" => match Exception::read(document) {
                Ok(exception) => self.exceptions.push(exception),
                Err(errors) => self.errors.extend(errors),
            },
            other => {
                let what = format!(
                    "kind is {other:?}, expected ClusterSecurityPolicy, SecurityPolicy, \
                     ClusterPolicyException or PolicyException"
                );
                let place = document.locate(&header.kind);
                self.errors.push(Diagnostic::new(Exit::Usage, what).at(place));
            }
        }
    }

    /// Policies of Kubernetes' own, and what they read their parameters from.
    fn of_a_cluster(&mut self, document: &Document<'_>, header: &Header) {
        let (group, _) = header.api_version.value.split_once('/').unwrap_or_default();
        match (group, &*header.kind.value) {
            (admission::GROUP, "ValidatingAdmissionPolicy") => {
                match compile::admission::compile(document) {
                    Ok(policy) => self.policies.push(policy),
                    Err(errors) => self.errors.extend(errors),
                }
            }
            (admission::GROUP, "ValidatingAdmissionPolicyBinding") => {
                match Binding::read(document) {
                    Ok(binding) => self.bindings.push(binding),
                    Err(errors) => self.errors.extend(errors),
                }
            }
            _ => match ParamObject::read(document) {
                Some(params) => self.params.push(params),
                None => self.errors.push(
                    not_ours(&header.api_version.value).at(document.locate(&header.api_version)),
                ),
            },
        }
    }

    /// An object that is no policy must be the parameters of one.
    fn refuse_strangers(&mut self) {
        let kinds: Vec<_> = self
            .policies
            .iter()
            .filter_map(|policy| policy.admission.as_ref()?.param_kind.as_ref())
            .collect();
        for object in &self.params {
            if !kinds.iter().any(|kind| object.is_of(kind)) {
                self.errors.push(not_ours(object.api_version()).at(&object.place));
            }
        }
        for binding in &self.bindings {
            let is_it =
                |policy: &Policy| policy.admission.is_some() && policy.name == binding.policy;
            if !self.policies.iter().any(is_it) {
                let what = format!(
                    "binding {}: there is no ValidatingAdmissionPolicy {}",
                    binding.name, binding.policy
                );
                self.errors.push(Diagnostic::new(Exit::Usage, what).at(&binding.place));
            }
        }
    }

    /// A policy of a cluster is as severe as what its bindings do.
    fn weigh(&mut self) {
        for policy in self.policies.iter_mut().filter(|policy| policy.admission.is_some()) {
            let bindings = self.bindings.iter().filter(|binding| binding.policy == policy.name);
            let severity =
                bindings.flat_map(|binding| &binding.actions).map(|action| match action {
                    Action::Deny => Severity::High,
                    Action::Warn => Severity::Low,
                    Action::Audit => Severity::None,
                });
            policy.severity = severity.max().unwrap_or(Severity::High);
        }
    }

    fn bundle(mut self) -> Result<Bundle, Vec<Diagnostic>> {
        self.check()?;
        Ok(self.finish())
    }

    /// All errors, if there are any.
    pub(crate) fn check(&mut self) -> Result<(), Vec<Diagnostic>> {
        self.sort();
        self.errors.extend(self.twins());
        // An exception that names a policy which does not exist protects nobody from a typing
        // error.
        self.errors.extend(self.unknown_policies());
        self.refuse_strangers();
        let errors = std::mem::take(&mut self.errors);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn sort(&mut self) {
        self.policies.sort_by(|a, b| (&a.code, &a.name).cmp(&(&b.code, &b.name)));
        self.exceptions.sort_by(|a, b| (&a.name, &a.place).cmp(&(&b.name, &b.place)));
        self.bindings.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// The bundle of all that was collected.
    pub(crate) fn finish(mut self) -> Bundle {
        self.sort();
        self.weigh();
        crate::memo::share(&mut self.policies);
        let mut hasher = Hasher::new("bundle");
        for policy in &self.policies {
            hasher.digest(&policy.digest);
        }
        for exception in &self.exceptions {
            hasher.digest(&exception.digest());
        }
        for binding in &self.bindings {
            hasher.text(&format!("{binding:?}"));
        }
        for object in &self.params {
            hasher.text(&format!("{object:?}"));
        }
        Bundle {
            policies: self.policies,
            exceptions: self.exceptions,
            bindings: self.bindings,
            params: self.params,
            digest: hasher.finish(),
            index: OnceLock::new(),
        }
    }

    /// Two policies with one code or one name, two exceptions with one name.
    fn twins(&self) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        let mut names: Vec<(&str, &str, &str)> = Vec::new();
        for (code, name, place) in self.known() {
            names.extend([("code", code, place), ("policy", name, place)]);
        }
        for exception in &self.exceptions {
            names.push(("exception", &exception.name, &exception.place));
        }
        for binding in &self.bindings {
            names.push(("binding", &binding.name, &binding.place));
        }
        names.sort_unstable();
        for pair in names.windows(2) {
            if let [(kind, name, first), (other, twin, second)] = pair
                && (kind, name) == (other, twin)
            {
                let what = format!("the {kind} {name} is there twice");
                let error = Diagnostic::new(Exit::Usage, what).at(second);
                errors.push(error.because(format!("it is also at {first}")));
            }
        }
        errors
    }

    /// What exceptions name and does not exist.
    pub(crate) fn unknown_policies(&self) -> Vec<Diagnostic> {
        let known: BTreeSet<&str> =
            self.known().flat_map(|(code, policy, _)| [code, policy]).collect();
        let is_known = |name: &&String| known.contains(&***name) || is_of_pod_security(name);
        let mut errors = Vec::new();
        for exception in &self.exceptions {
            for name in exception.policies().iter().filter(|name| !is_known(name)) {
                let what = format!("exception {}: there is no policy {name}", exception.name);
                errors.push(Diagnostic::new(Exit::Usage, what).at(&exception.place));
            }
        }
        errors
    }
}

fn not_ours(version: &str) -> Diagnostic {
    Diagnostic::new(Exit::Usage, format!("apiVersion is {version:?}, expected {API_VERSION}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RootSet;

    #[test]
    fn rules_are_what_their_table_says() {
        let bundle = Bundle::built_in().unwrap();
        assert_eq!(bundle.policies.len(), BUILT_IN.len());
        for rule in BUILT_IN {
            let policy = bundle.policies.iter().find(|policy| policy.code == rule.code);
            let policy = policy.unwrap_or_else(|| panic!("{rule:?}"));
            assert_eq!(policy.name, rule.name);
            let is_about_images = policy.needs.has(RootSet::of(["image"]));
            assert_eq!(is_about_images, rule.area == IMAGES, "{}", rule.place);
        }
    }

    #[test]
    fn rules_that_are_not_asked_are_known() {
        let images = Bundle::of_images(&[]).unwrap();
        assert!(images.policies.iter().all(|policy| policy.code.starts_with("CFD-IMG-")));
        let file = |text: &str| PolicyFile { place: "own.yaml".into(), text: text.into() };
        let exception = |policy: &str| {
            file(&format!(
                "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata: {{name: e}}\n\
                 spec: {{owner: o, reason: r, expires: 2027-01-01, policies: [{policy}]}}\n"
            ))
        };
        assert!(Bundle::of_images(&[exception("CFD-POD-0001")]).is_ok());
        assert!(Bundle::of_images(&[exception("CFD-POD-9999")]).is_err());
    }
}
