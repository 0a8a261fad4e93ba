//! Questions to the cluster's authorization (Kubernetes' authorizer library), answered by the
//! caller from what it knows, never by asking anybody.

use super::{Function, formats, member, refused};
use crate::{
    Access, Authorizer, Evaluation, Lookup, Opaque, Question, ReadId, Resource, Shared, Step, Stop,
    Target, Value, error::ErrorKind, evaluate::Evaluated, opaque::Inner,
};
use std::fmt;

/// Whose answers, about whom, and where the variable was read.
#[derive(Clone)]
pub(crate) struct Asker<'a> {
    pub(crate) authorizer: &'a dyn Authorizer,
    /// Namespace and name; `None`: who made the request.
    pub(crate) service_account: Option<(Shared<'a, str>, Shared<'a, str>)>,
    pub(crate) origin: Option<ReadId>,
}

impl fmt::Debug for Asker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "authorizer for {:?}", self.service_account)
    }
}

/// A resource that is asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) group: Option<Shared<'a, str>>,
    /// Resource, subresource, namespace, name, field selector, label selector.
    pub(crate) parts: [Option<Shared<'a, str>>; 6],
}

impl<'a> Asker<'a> {
    fn check(
        &self,
        evaluation: &mut Evaluation<'a>,
        verb: &str,
        target: Target<'_>,
    ) -> Evaluated<'a> {
        let account = self.service_account.as_ref();
        let question = Question {
            service_account: account.map(|(namespace, name)| (&**namespace, &**name)),
            verb,
            target,
        };
        let access = self.authorizer.check(&question);
        if access == Access::Unknown {
            let step = || Step::Member(question.to_string().into());
            let found = evaluation.lookup(self.origin, step, Lookup::Unknown)?;
            return Ok(found.unwrap_or(Value::Null));
        }
        Ok(Opaque::value(Inner::Decision(access)))
    }
}

/// Two arguments: what is asked of, and a string.
fn inner<'v, 'a>(
    arguments: &'v [Value<'a>],
    name: &str,
) -> Result<(&'v Inner<'a>, Shared<'a, str>), Stop> {
    match arguments {
        [Value::Opaque(opaque), Value::String(text)] => Ok((&opaque.0, text.clone())),
        other => Err(refused(name, other)),
    }
}

fn not_empty(text: &str, what: &str) -> Result<(), Stop> {
    if text.trim().is_empty() {
        return Err(ErrorKind::Invalid(format!("{what} must not be empty")).into());
    }
    Ok(())
}

pub(super) const FUNCTIONS: &[Function] = &[
    member("path", 2..=2, "authorizer.path(path)", |_, arguments| {
        let (Inner::Authorizer(asker), path) = inner(arguments, "path")? else {
            return Err(refused("path", arguments));
        };
        not_empty(&path, "a path")?;
        Ok(Opaque::value(Inner::PathCheck(asker.clone(), path)))
    }),
    member("group", 2..=2, "authorizer.group(group)", |_, arguments| {
        let (Inner::Authorizer(asker), group) = inner(arguments, "group")? else {
            return Err(refused("group", arguments));
        };
        Ok(Opaque::value(Inner::GroupCheck(asker.clone(), group)))
    }),
    member("serviceAccount", 3..=3, "authorizer.serviceAccount(namespace, name)", account),
    member("resource", 2..=2, "group.resource(resource)", |_, arguments| {
        let (Inner::GroupCheck(asker, group), resource) = inner(arguments, "resource")? else {
            return Err(refused("resource", arguments));
        };
        not_empty(&resource, "a resource")?;
        let mut wanted = Wanted { group: Some(group.clone()), ..Wanted::default() };
        if let Some(part) = wanted.parts.first_mut() {
            *part = Some(resource);
        }
        Ok(Opaque::value(Inner::ResourceCheck(asker.clone(), wanted)))
    }),
    member("subresource", 2..=2, "resource.subresource(name)", |_, a| with(a, "subresource", 1)),
    member("namespace", 2..=2, "resource.namespace(name)", |_, a| with(a, "namespace", 2)),
    member("name", 2..=2, "resource.name(name)", |_, a| with(a, "name", 3)),
    member("fieldSelector", 2..=2, "resource.fieldSelector(selector)", |_, a| {
        with(a, "fieldSelector", 4)
    }),
    member("labelSelector", 2..=2, "resource.labelSelector(selector)", |_, a| {
        with(a, "labelSelector", 5)
    }),
    member("check", 2..=2, "resource.check(verb)", check),
    member("allowed", 1..=1, "decision.allowed()", |_, a| {
        decision(a, "allowed").map(|access| Value::Bool(matches!(access, Access::Allowed(_))))
    }),
    member("reason", 1..=1, "decision.reason()", |_, a| {
        decision(a, "reason").map(|access| match access {
            Access::Allowed(reason) | Access::Denied(reason) => Value::from(reason.clone()),
            Access::Failed(_) | Access::Unknown => Value::from(""),
        })
    }),
    member("errored", 1..=1, "decision.errored()", |_, a| {
        decision(a, "errored").map(|access| Value::Bool(matches!(access, Access::Failed(_))))
    }),
    member("error", 1..=1, "decision.error()", |_, a| {
        decision(a, "error").map(|access| match access {
            Access::Failed(error) => Value::from(error.clone()),
            _ => Value::from(""),
        })
    }),
];

fn account<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::Opaque(opaque), Value::String(namespace), Value::String(name)] = arguments else {
        return Err(refused("serviceAccount", arguments));
    };
    let Inner::Authorizer(asker) = &opaque.0 else {
        return Err(refused("serviceAccount", arguments));
    };
    let wrong =
        |what: &str| Err(ErrorKind::Invalid(format!("invalid service account {what}")).into());
    if !formats::subdomain(name).is_empty() {
        return wrong("name");
    }
    if !formats::is_namespace(namespace) {
        return wrong("namespace");
    }
    let service_account = Some((namespace.clone(), name.clone()));
    Ok(Opaque::value(Inner::Authorizer(Asker { service_account, ..asker.clone() })))
}

/// The same resource with one more thing known about it.
fn with<'a>(arguments: &[Value<'a>], name: &str, part: usize) -> Evaluated<'a> {
    let (Inner::ResourceCheck(asker, wanted), text) = inner(arguments, name)? else {
        return Err(refused(name, arguments));
    };
    let mut wanted = wanted.clone();
    if let Some(slot) = wanted.parts.get_mut(part) {
        *slot = Some(text);
    }
    Ok(Opaque::value(Inner::ResourceCheck(asker.clone(), wanted)))
}

fn check<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (inner, verb) = inner(arguments, "check")?;
    match inner {
        Inner::PathCheck(asker, path) => asker.check(evaluation, &verb, Target::Path(path)),
        Inner::ResourceCheck(asker, wanted) => {
            let text = |part: &'_ Option<Shared<'a, str>>| {
                part.as_ref().map(|part| part.to_string()).unwrap_or_default()
            };
            let group = text(&wanted.group);
            let parts = wanted.parts.each_ref().map(text);
            let [resource, subresource, namespace, name, field_selector, label_selector] =
                parts.each_ref().map(String::as_str);
            let group = group.as_str();
            let target = Target::Resource(Resource {
                group,
                resource,
                subresource,
                namespace,
                name,
                field_selector,
                label_selector,
            });
            asker.check(evaluation, &verb, target)
        }
        _ => Err(refused("check", arguments)),
    }
}

fn decision<'v>(arguments: &'v [Value<'_>], name: &str) -> Result<&'v Access, Stop> {
    match arguments {
        [Value::Opaque(opaque)] if let Inner::Decision(access) = &opaque.0 => Ok(access),
        other => Err(refused(name, other)),
    }
}
