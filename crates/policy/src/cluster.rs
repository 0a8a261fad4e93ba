//! Policies and exceptions that lie in a cluster: one that is broken takes no other out of force.

use crate::{
    Bundle, Exception, Policy, PolicyFile, Stage,
    admission::{self, Binding, ParamObject},
    bundle::Collected,
    compile,
    document::API_VERSION,
    yaml::documents,
};
use cofferdam_model::{Diagnostic, Exit, ObjectKey};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// The group of our own kinds.
const GROUP: &str = "cofferdam.dev";

/// Documents of a whole cluster: ten times what the largest rule sets have.
const DOCUMENTS_MAX: usize = 2_000;

/// Documents of one namespace, so that no namespace takes the room of all others.
const IN_NAMESPACE_MAX: usize = 100;

/// Bytes of one document. The largest policies known have 20 KB, and etcd takes 1.5 MiB.
const DOCUMENT_BYTES_MAX: usize = 256 << 10;

/// The fields of metadata that say something to us.
const METADATA: [&str; 4] = ["name", "namespace", "labels", "annotations"];

/// An object of a cluster: a policy, an exception, a binding, or what is the parameter of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterDocument {
    /// Its key. It alone says what the object is and where it lies.
    pub key: ObjectKey,
    /// The object.
    pub json: Arc<str>,
}

/// All such objects of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterDocuments {
    /// The objects.
    pub documents: Vec<ClusterDocument>,
    /// API versions and kinds of parameters of which every object is among them. Parameters of
    /// other kinds are unknown.
    pub params: BTreeSet<(String, String)>,
}

impl ClusterDocument {
    /// The object as a file would say it: without what an API server adds.
    pub fn file(&self) -> PolicyFile {
        let mut object: Map<String, Value> = serde_json::from_str(&self.json).unwrap_or_default();
        object.remove("status");
        object.insert("apiVersion".to_owned(), self.key.api_version.clone().into());
        object.insert("kind".to_owned(), self.key.kind.clone().into());
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.retain(|field, _| METADATA.contains(&&**field));
            metadata.insert("name".to_owned(), self.key.name.clone().into());
            match &self.key.namespace {
                Some(namespace) => {
                    metadata.insert("namespace".to_owned(), namespace.clone().into());
                }
                None => drop(metadata.remove("namespace")),
            }
        }
        PolicyFile { place: self.key.to_string(), text: Value::Object(object).to_string() }
    }

    /// Who was there first has the code: what is for all before what is for one namespace, then by
    /// age. Times are RFC 3339 in UTC, in order as texts.
    fn rank(&self) -> (bool, String, &ObjectKey) {
        let object: Value = serde_json::from_str(&self.json).unwrap_or_default();
        let created = object.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
        (self.key.namespace.is_some(), created.unwrap_or_default().to_owned(), &self.key)
    }

    fn error(&self, what: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Exit::Usage, what).at(&self.key)
    }
}

impl Bundle {
    /// The built-in policies, the user's own, and those of a cluster. Files are taken as a whole
    /// or not at all, as in [`Bundle::with`]; of what lies in the cluster everything is taken that
    /// can be, and what is not in force is told with its key as the place.
    ///
    /// Nothing in a cluster replaces a built-in policy or one of a file. What lies in a namespace
    /// is about that namespace only. A ValidatingAdmissionPolicy is asked in the background, for
    /// the API server asks it at the door itself.
    pub fn with_cluster(
        files: &[PolicyFile],
        cluster: &ClusterDocuments,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut all = Collected::with(files, |_| true);
        all.check()?;
        Ok(add(all, cluster))
    }
}

/// What was collected and is fine, with what can be taken of a cluster, and what cannot.
pub(crate) fn add(all: Collected, cluster: &ClusterDocuments) -> (Bundle, Vec<Diagnostic>) {
    let mut found = Found::of(all);
    let mut ranked: Vec<_> = cluster.documents.iter().map(|one| (one.rank(), one)).collect();
    ranked.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (_, document) in ranked {
        found.take(document);
    }
    found.finish(cluster)
}

/// What was found so far.
struct Found {
    all: Collected,
    /// Policies of the cluster's own kind, and what binds them.
    policies: Vec<Policy>,
    bindings: Vec<Binding>,
    /// Codes and names that are taken, with the places that have them.
    codes: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    documents: usize,
    in_namespaces: BTreeMap<String, usize>,
    problems: Vec<Diagnostic>,
}

impl Found {
    fn of(all: Collected) -> Self {
        let (mut codes, mut names) = (BTreeMap::new(), BTreeMap::new());
        for (code, name, place) in all.known() {
            codes.insert(code.to_owned(), place.to_owned());
            names.insert(name.to_owned(), place.to_owned());
        }
        Self {
            all,
            policies: Vec::new(),
            bindings: Vec::new(),
            codes,
            names,
            documents: 0,
            in_namespaces: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    fn take(&mut self, document: &ClusterDocument) {
        let taken = self.room(document).map_err(|error| vec![error]).and_then(|()| {
            let file = document.file();
            // A mistake of ours over one document takes no other out of force.
            let read = catch_unwind(AssertUnwindSafe(|| self.read(document, &file)));
            let failed = |_| Err(vec![document.error("reading it failed, please report this")]);
            read.unwrap_or_else(failed).map_err(|errors| {
                let at = |error: Diagnostic| error.at(&document.key);
                errors.into_iter().map(at).collect()
            })
        });
        self.problems.extend(taken.err().unwrap_or_default());
    }

    /// Whether there is room for one more; parameters are counted by who gives them.
    fn room(&mut self, document: &ClusterDocument) -> Result<(), Diagnostic> {
        if ![GROUP, admission::GROUP].contains(&document.key.group()) {
            return Ok(());
        }
        let refuse = |what: String| Err(document.error(what).remedy("delete what is not needed"));
        if document.json.len() > DOCUMENT_BYTES_MAX {
            return refuse(format!("it has more than {} KiB", DOCUMENT_BYTES_MAX >> 10));
        }
        if let Some(namespace) = &document.key.namespace {
            let count = self.in_namespaces.entry(namespace.clone()).or_default();
            if *count >= IN_NAMESPACE_MAX {
                let what = "policies and exceptions are in force of one namespace";
                return refuse(format!("no more than {IN_NAMESPACE_MAX} {what}"));
            }
            *count += 1;
        }
        if self.documents >= DOCUMENTS_MAX {
            let what = "policies and exceptions are in force of one cluster";
            return refuse(format!("no more than {DOCUMENTS_MAX} {what}"));
        }
        self.documents += 1;
        Ok(())
    }

    fn read(&mut self, from: &ClusterDocument, file: &PolicyFile) -> Result<(), Vec<Diagnostic>> {
        // One line of JSON is one document of YAML.
        let documents = documents(&file.place, &file.text);
        let [document] = &*documents else {
            return Err(vec![from.error("it cannot be read")]);
        };
        let key = &from.key;
        let place = key.to_string();
        let is_of_namespace = matches!(&*key.kind, "SecurityPolicy" | "PolicyException");
        if key.api_version == API_VERSION && is_of_namespace != key.namespace.is_some() {
            let what = "a SecurityPolicy and a PolicyException lie in a namespace, no others do";
            return Err(vec![from.error(what)]);
        }
        match (&*key.api_version, &*key.kind) {
            (API_VERSION, "ClusterSecurityPolicy" | "SecurityPolicy") => {
                let policy = compile::compile(document)?;
                self.policy(from, Policy { place, ..policy }).map_err(|error| vec![error])
            }
            (API_VERSION, "ClusterPolicyException" | "PolicyException") => {
                let mut exception = Exception::read(document)?;
                exception.place = place;
                self.all.exceptions.push(exception);
                Ok(())
            }
            (_, "ValidatingAdmissionPolicy") if key.group() == admission::GROUP => {
                let policy = compile::admission::compile(document)?;
                let policy = Policy { place, stages: vec![Stage::Background], ..policy };
                let digest = compile::digest(&policy);
                self.names(from, &policy).map_err(|error| vec![error])?;
                self.policies.push(Policy { digest, ..policy });
                Ok(())
            }
            (_, "ValidatingAdmissionPolicyBinding") if key.group() == admission::GROUP => {
                let binding = Binding::read(document)?;
                self.bindings.push(Binding { place, ..binding });
                Ok(())
            }
            _ => {
                self.all.params.extend(ParamObject::read(document));
                Ok(())
            }
        }
    }

    fn policy(&mut self, from: &ClusterDocument, policy: Policy) -> Result<(), Diagnostic> {
        // What is said of an image is said in every namespace that runs it.
        if from.key.namespace.is_some() && !policy.is_about_objects() {
            return Err(from
                .error("a SecurityPolicy is about the objects of its namespace only")
                .remedy("give spec.matchConstraints, or make it a ClusterSecurityPolicy"));
        }
        self.names(from, &policy)?;
        self.all.policies.push(policy);
        Ok(())
    }

    /// Takes the code and the name of a policy, if they are free.
    fn names(&mut self, from: &ClusterDocument, policy: &Policy) -> Result<(), Diagnostic> {
        let taken = |what: &str, value: &str, place: &str| {
            let error = from.error(format!("the {what} {value} is taken"));
            error
                .because(format!("it is that of {place}"))
                .remedy(format!("give it another {what}"))
        };
        if let Some(place) = self.codes.get(&policy.code) {
            let of_namespace = |one: &&Policy| one.code == policy.code && one.namespace.is_some();
            // What other namespaces have is not said here.
            let owner = self.all.policies.iter().find(of_namespace);
            let is_foreign = owner.is_some_and(|one| one.namespace != policy.namespace);
            let place = if is_foreign { "a policy of another namespace" } else { place };
            return Err(taken("code", &policy.code, place));
        }
        // In its own namespace a name is its own.
        if from.key.namespace.is_none() {
            if let Some(place) = self.names.get(&policy.name) {
                return Err(taken("name", &policy.name, place));
            }
            self.names.insert(policy.name.clone(), policy.place.clone());
        }
        self.codes.insert(policy.code.clone(), policy.place.clone());
        Ok(())
    }

    fn finish(mut self, cluster: &ClusterDocuments) -> (Bundle, Vec<Diagnostic>) {
        for mut binding in self.bindings {
            let Some(policy) = self.policies.iter().find(|one| one.name == binding.policy) else {
                // It binds nothing, as in an API server.
                continue;
            };
            let kind = policy.admission.as_ref().and_then(|rules| rules.param_kind.as_ref());
            let kind = kind.map(|kind| (kind.api_version.clone(), kind.kind.clone()));
            binding.is_blind = kind.is_some_and(|kind| !cluster.params.contains(&kind));
            self.all.bindings.push(binding);
        }
        // Without a binding an API server asks nobody.
        let bindings = &self.all.bindings;
        let is_bound = |policy: &Policy| bindings.iter().any(|one| one.policy == policy.name);
        self.all.policies.extend(self.policies.into_iter().filter(is_bound));
        let of_nothing = self.all.unknown_policies();
        self.problems.extend(of_nothing.into_iter().map(|error| {
            error.remedy("name codes or names of policies; `cofferdam get policies` lists them")
        }));
        (self.all.finish(), self.problems)
    }
}
