//! Bindings and parameters of plain ValidatingAdmissionPolicies.

use super::wire::{BindingDocument, ParamKind};
use crate::{
    Target,
    constraints::{self, Constraints, Selector},
    json,
    yaml::{Document, Located},
};
use cofferdam_bounds::Meter;
use cofferdam_cel::Value;
use cofferdam_manifest::{Object, schema::Schema};
use cofferdam_model::{Diagnostic, Exit};
use std::collections::BTreeMap;

/// What is done about a validation that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The request is denied.
    Deny,
    /// The client is warned.
    Warn,
    /// The audit event says so.
    Audit,
}

/// A `ValidatingAdmissionPolicyBinding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// `metadata.name`.
    pub name: String,
    /// The policy that it binds.
    pub policy: String,
    /// What is done where that policy does not hold.
    pub actions: Vec<Action>,
    /// Where it was read.
    pub place: String,
    pub(crate) constraints: Constraints,
    pub(crate) params: Option<ParamReference>,
    /// Whether the objects that could be its parameters cannot be seen.
    pub(crate) is_blind: bool,
}

/// Which objects are the parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParamReference {
    name: Option<String>,
    namespace: Option<String>,
    selector: Option<Selector>,
    is_denied_without: bool,
}

/// An object that parameters can be read from.
#[derive(Clone, Debug)]
pub struct ParamObject {
    api_version: String,
    kind: String,
    name: String,
    namespace: Option<String>,
    labels: BTreeMap<String, String>,
    pub(crate) value: Value<'static>,
    /// Where it was read.
    pub place: String,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Deny, Self::Warn, Self::Audit];

    /// The word in bindings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "Deny",
            Self::Warn => "Warn",
            Self::Audit => "Audit",
        }
    }
}

impl Binding {
    /// Reads a document that says it is a binding.
    pub(crate) fn read(document: &Document<'_>) -> Result<Self, Vec<Diagnostic>> {
        let BindingDocument { metadata, spec } =
            document.read().map_err(|error: Diagnostic| vec![error])?;
        let mut errors = Vec::new();
        let mut refuse = |at: &Located<String>, what: String| {
            errors.push(Diagnostic::new(Exit::Usage, what).at(document.locate(at)));
        };
        let mut actions = Vec::new();
        for action in spec.validation_actions.iter().flatten() {
            match Action::ALL.into_iter().find(|known| known.as_str() == action.value) {
                Some(known) => actions.push(known),
                None => refuse(
                    action,
                    format!("{:?} is no validation action: use Deny, Warn, Audit", action.value),
                ),
            }
        }
        if spec.validation_actions.is_none() {
            // The first alpha had no actions: it denied.
            actions.push(Action::Deny);
        }
        let params = spec.param_ref.as_ref().map(|given| {
            let action = given.parameter_not_found_action.as_ref();
            if let Some(action) = action.filter(|one| !["Allow", "Deny"].contains(&&*one.value)) {
                refuse(action, format!("{:?} is no action here: use Allow, Deny", action.value));
            }
            let is_set = |text: &&String| !text.is_empty();
            ParamReference {
                name: given.name.as_ref().filter(is_set).cloned(),
                namespace: given.namespace.as_ref().filter(is_set).cloned(),
                selector: given
                    .selector
                    .as_ref()
                    .map(|selector| constraints::selector(selector, &mut refuse)),
                is_denied_without: action.is_some_and(|action| action.value == "Deny"),
            }
        });
        let given = spec.match_resources.as_ref();
        let constraints =
            given.map(|given| constraints::read(given, &mut refuse)).unwrap_or_default();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            name: metadata.name.value,
            policy: spec.policy_name,
            actions,
            place: document.first_line(),
            constraints,
            params,
            is_blind: false,
        })
    }
}

impl ParamObject {
    /// Reads an object that may be a parameter, as `kubectl` reads it.
    pub(crate) fn read(document: &Document<'_>) -> Option<Self> {
        let source = cofferdam_manifest::read("params", document.text().into(), &Meter::default());
        let tree = &source.documents.first()?.tree;
        let object = Object::of(tree.root())?;
        let value = json::of_view(tree.root())?;
        let labels = value.pointer("/metadata/labels").and_then(|labels| labels.as_object());
        let text = |(key, value): (&String, &serde_json::Value)| {
            Some((key.clone(), value.as_str()?.to_owned()))
        };
        Some(Self {
            api_version: object.api_version.to_owned(),
            kind: object.kind.to_owned(),
            name: object.name?.to_owned(),
            namespace: object.namespace.map(str::to_owned),
            labels: labels.into_iter().flatten().filter_map(text).collect(),
            value: json::to_value(&value),
            place: document.first_line(),
        })
    }

    pub(crate) fn api_version(&self) -> &str {
        &self.api_version
    }

    /// Whether it is of the kind that a policy takes its parameters from.
    pub(crate) fn is_of(&self, kind: &ParamKind) -> bool {
        self.api_version == kind.api_version && self.kind == kind.kind
    }
}

/// The parameters of a policy under a binding, for one target (apiserver, `CollectParams`): each
/// is judged with. `None` is no parameter, which expressions read as null. `Err` is a binding that
/// does not fit.
pub(crate) fn collect<'p>(
    kind: Option<&ParamKind>,
    binding: &Binding,
    objects: &'p [ParamObject],
    target: &Target<'_>,
) -> Result<Vec<Option<&'p ParamObject>>, String> {
    let (Some(kind), Some(reference)) = (kind, &binding.params) else { return Ok(vec![None]) };
    let of_kind = || objects.iter().filter(|object| object.is_of(kind));
    let namespaced = is_namespaced(kind, of_kind());
    let namespace = match (&reference.namespace, crate::resource::namespace(target)) {
        (Some(_), _) if !namespaced => {
            let what = "paramRef.namespace must not be given for parameters of the cluster";
            return Err(what.to_owned());
        }
        (Some(namespace), _) => Some(&**namespace),
        (None, Some(namespace)) => Some(namespace),
        (None, None) if namespaced && !crate::resource::is_namespaced(target) => {
            let what = "parameters in namespaces cannot be used for objects of the cluster";
            return Err(what.to_owned());
        }
        // Where a file leaves the namespace to kubectl.
        (None, None) => None,
    };
    let in_namespace = |object: &&ParamObject| {
        !namespaced || namespace.is_none() || object.namespace.as_deref() == namespace
    };
    let found: Vec<_> = match (&reference.name, &reference.selector) {
        (Some(_), Some(_)) | (None, None) => {
            return Err("paramRef has one of name and selector".to_owned());
        }
        (Some(name), None) => of_kind()
            .filter(in_namespace)
            .find(|one| one.name == *name)
            .map(Some)
            .into_iter()
            .collect(),
        (None, Some(selector)) => {
            let label = |object: &ParamObject, key: &str| Ok(object.labels.get(key).cloned());
            let fits = |one: &&ParamObject| selector.matches(&|key| label(one, key)) == Ok(true);
            of_kind().filter(in_namespace).filter(fits).map(Some).collect()
        }
    };
    if found.is_empty() && reference.is_denied_without {
        return Err("no params found for policy binding with `Deny` parameterNotFoundAction".into());
    }
    Ok(found)
}

fn is_namespaced<'p>(kind: &ParamKind, mut objects: impl Iterator<Item = &'p ParamObject>) -> bool {
    let (group, version) = kind.api_version.split_once('/').unwrap_or(("", &kind.api_version));
    match Schema::built_in().resource(group, version, &kind.kind) {
        Some(resource) => resource.namespaced,
        None => objects.any(|object| object.namespace.is_some()),
    }
}
