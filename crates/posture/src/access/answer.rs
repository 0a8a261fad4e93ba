//! The question that an authorizer is asked, answered from the set.

use super::{Access, Binding, Rule, Scope, Subject, user};
use crate::ObjectId;
use cofferdam_cel::{self as cel, Authorizer, Question, Resource, Target};

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct User<'q> {
    /// Name; a service account is `system:serviceaccount:NAMESPACE:NAME`.
    pub name: &'q str,
    /// The groups that he is in, besides those that his name says.
    pub groups: &'q [&'q str],
}

/// The answer, as far as the set knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// He may; the binding and, where the set holds it, the role that say so.
    Yes {
        /// The binding; absent for a member of `system:masters`, who may do everything.
        binding: Option<ObjectId>,
        /// The role with the rule.
        role: Option<ObjectId>,
    },
    /// Every role that is bound to him is known, and none allows it.
    No,
    /// Nothing in the set speaks of him, or roles that are bound to him are not in the set.
    Unknown,
}

impl Access<'_> {
    /// The answer to a question, asked of somebody; whom it names itself does not count.
    pub fn answer(&self, who: &User<'_>, question: &Question<'_>) -> Answer {
        match &question.target {
            Target::Path(path) => self.can_path(who, question.verb, path),
            Target::Resource(resource) => self.can(who, question.verb, resource),
        }
    }

    /// Whether somebody may do something to a resource; roles know nothing of selectors.
    pub fn can(&self, who: &User<'_>, verb: &str, asked: &Resource<'_>) -> Answer {
        let resource = if asked.subresource.is_empty() {
            asked.resource.to_owned()
        } else {
            format!("{}/{}", asked.resource, asked.subresource)
        };
        self.ask(who, asked.namespace, |rule| {
            rule.has_verb(verb)
                && rule.has_resource(asked.group, &resource)
                && (rule.names.is_empty() || rule.names.contains(&asked.name))
        })
    }

    /// Whether somebody may do something to a path that is no resource: `/metrics`.
    pub fn can_path(&self, who: &User<'_>, verb: &str, path: &str) -> Answer {
        self.ask(who, "", |rule| rule.has_verb(verb) && rule.has_path(path))
    }

    /// Whether any rule that holds for somebody, there, fits.
    fn ask(&self, who: &User<'_>, namespace: &str, fits: impl Fn(&Rule<'_>) -> bool) -> Answer {
        if who.groups.contains(&"system:masters") {
            return Answer::Yes { binding: None, role: None };
        }
        let subject = user(who.name);
        let of_namespace = match subject {
            Subject::Account(Some(namespace), _) => {
                Some(format!("system:serviceaccounts:{namespace}"))
            }
            _ => None,
        };
        let groups = who.groups.iter().copied().chain(of_namespace.as_deref());
        let of_account = of_namespace.is_some().then_some("system:serviceaccounts");
        // Who showed no credential is in another group, and says so.
        let has_credential = who.name != "system:anonymous";
        let of_everybody = has_credential.then_some("system:authenticated");
        let groups = groups.chain(of_account).chain(of_everybody).map(Subject::Group);
        let mut is_known = false;
        let mut is_complete = self.is_complete;
        for subject in std::iter::once(subject).chain(groups) {
            let bindings = self.by_subject.get(&subject).into_iter().flatten();
            for binding in bindings.filter_map(|index| self.bindings.get(*index)) {
                is_known = true;
                let applies = match binding.scope {
                    Scope::Cluster => true,
                    Scope::Namespace(own) => !namespace.is_empty() && own == Some(namespace),
                };
                if !applies {
                    continue;
                }
                match self.allows(binding, &fits) {
                    Answer::No => {}
                    Answer::Unknown => is_complete = false,
                    yes @ Answer::Yes { .. } => return yes,
                }
            }
        }
        if is_known && is_complete { Answer::No } else { Answer::Unknown }
    }

    /// What the role of a binding says to it.
    fn allows(&self, binding: &Binding<'_>, fits: impl Fn(&Rule<'_>) -> bool) -> Answer {
        let Some(role) = binding.role.and_then(|index| self.roles.get(index)) else {
            return Answer::Unknown;
        };
        match role.rules().iter().find(|one| fits(one)) {
            Some(found) => {
                let role = found.origin.map(|(id, _)| id);
                Answer::Yes { binding: Some(binding.id), role }
            }
            None if role.is_complete => Answer::No,
            None => Answer::Unknown,
        }
    }
}

/// The `authorizer` of expressions. Who makes a request is not known from files; about service
/// accounts the set may know.
impl Authorizer for Access<'_> {
    fn check(&self, question: &Question<'_>) -> cel::Access {
        let Some((namespace, name)) = question.service_account else {
            return cel::Access::Unknown;
        };
        let name = format!("system:serviceaccount:{namespace}:{name}");
        let who = User { name: &name, groups: &[] };
        match self.answer(&who, question) {
            Answer::Yes { .. } => cel::Access::Allowed("a role among the objects".to_owned()),
            Answer::No => cel::Access::Denied("no role among the objects".to_owned()),
            Answer::Unknown => cel::Access::Unknown,
        }
    }
}
