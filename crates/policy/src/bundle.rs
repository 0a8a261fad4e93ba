//! All policies and exceptions that are asked together.

use crate::{
    Exception, Policy, compile,
    document::{API_VERSION, Header},
    hash::Hasher,
    yaml::{Document, documents},
};
use cofferdam_model::{Diagnostic, Digest, Exit};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

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
    /// SHA-256 over all policies and exceptions.
    pub digest: Digest,
}

impl Bundle {
    /// The policies that the binary brings along.
    pub fn built_in() -> Result<Self, Vec<Diagnostic>> {
        Self::with(&[])
    }

    /// The built-in policies and the user's own. A policy with the name of a built-in one
    /// replaces it; two with one code are an error that names both places.
    pub fn with(files: &[PolicyFile]) -> Result<Self, Vec<Diagnostic>> {
        let mut own = Collected::default();
        for file in files {
            own.file(&file.place, &file.text);
        }
        let mut all = Collected::default();
        for (place, text) in BUILT_IN {
            all.file(place, text);
        }
        all.policies.retain(|policy| own.policies.iter().all(|mine| mine.name != policy.name));
        all.policies.extend(own.policies);
        all.exceptions.extend(own.exceptions);
        all.errors.extend(own.errors);
        all.bundle()
    }
}

#[derive(Default)]
struct Collected {
    policies: Vec<Policy>,
    exceptions: Vec<Exception>,
    errors: Vec<Diagnostic>,
}

impl Collected {
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
            let what =
                format!("apiVersion is {:?}, expected {API_VERSION}", header.api_version.value);
            let place = document.locate(&header.api_version);
            return self.errors.push(Diagnostic::new(Exit::Usage, what).at(place));
        }
        match &*header.kind.value {
            "ClusterSecurityPolicy" | "SecurityPolicy" => match compile::compile(document) {
                Ok(policy) => self.policies.push(policy),
                Err(errors) => self.errors.extend(errors),
            },
            "PolicyException" => match Exception::read(document) {
                Ok(exception) => self.exceptions.push(exception),
                Err(errors) => self.errors.extend(errors),
            },
            other => {
                let what = format!(
                    "kind is {other:?}, expected ClusterSecurityPolicy, SecurityPolicy or \
                     PolicyException"
                );
                let place = document.locate(&header.kind);
                self.errors.push(Diagnostic::new(Exit::Usage, what).at(place));
            }
        }
    }

    fn bundle(mut self) -> Result<Bundle, Vec<Diagnostic>> {
        self.policies.sort_by(|a, b| (&a.code, &a.name).cmp(&(&b.code, &b.name)));
        self.exceptions.sort_by(|a, b| a.name.cmp(&b.name));
        self.refuse_twins();
        self.refuse_unknown_policies();
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let mut hasher = Hasher::new("bundle");
        for policy in &self.policies {
            hasher.digest(&policy.digest);
        }
        for exception in &self.exceptions {
            hasher.digest(&exception.digest());
        }
        let digest = hasher.finish();
        Ok(Bundle { policies: self.policies, exceptions: self.exceptions, digest })
    }

    /// Two policies with one code or one name, two exceptions with one name.
    fn refuse_twins(&mut self) {
        let mut names: Vec<(&str, &str, &str)> = Vec::new();
        for policy in &self.policies {
            names.push(("code", &policy.code, &policy.place));
            names.push(("policy", &policy.name, &policy.place));
        }
        for exception in &self.exceptions {
            names.push(("exception", &exception.name, &exception.place));
        }
        names.sort_unstable();
        for pair in names.windows(2) {
            if let [(kind, name, first), (other, twin, second)] = pair
                && (kind, name) == (other, twin)
            {
                let what = format!("the {kind} {name} is there twice");
                let error = Diagnostic::new(Exit::Usage, what).at(second);
                self.errors.push(error.because(format!("it is also at {first}")));
            }
        }
    }

    /// An exception that names a policy which does not exist protects nobody from a typing error.
    fn refuse_unknown_policies(&mut self) {
        for exception in &self.exceptions {
            for name in exception.policies() {
                let known = |policy: &Policy| policy.code == *name || policy.name == *name;
                if !self.policies.iter().any(known) {
                    let what = format!("exception {}: there is no policy {name}", exception.name);
                    self.errors.push(Diagnostic::new(Exit::Usage, what).at(&exception.place));
                }
            }
        }
    }
}
