//! A policy as it is asked of one target.

use super::{Binding, ParamObject, binding};
use crate::{Facts, Known, Policy, Target, facts::RootSet};
use cofferdam_cel::{Scope, Value};

/// A policy as it is asked of one target: one of ours, or one of a cluster under a binding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) binding: Option<&'p Binding>,
    /// Every object that parameters can be read from.
    pub(crate) params: &'p [ParamObject],
    /// Whether unknown is decided by the failure policy too, as an API server would have to.
    pub(crate) is_two_valued: bool,
}

/// What `params` is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Params<'p> {
    /// It is not read, or among the facts.
    Given,
    /// Nobody said.
    Unknown,
    /// There are none.
    Null,
    /// These.
    Value(&'p Value<'static>),
}

impl<'p> Asked<'p> {
    /// A policy by itself.
    pub(crate) const fn of(policy: &'p Policy) -> Self {
        Self { policy, binding: None, params: &[], is_two_valued: false }
    }

    /// Whether policy and binding are about the target.
    #[inline]
    pub(crate) fn covers(&self, target: &Target<'_>, facts: &Facts<'_>) -> Known<bool> {
        let by_policy = self.policy.covers(target, facts);
        let Some(binding) = self.binding else { return by_policy };
        match (by_policy, binding.constraints.matches(target, facts)) {
            (Ok(false), _) | (_, Ok(false)) => Ok(false),
            (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
            (Ok(true), Ok(true)) => Ok(true),
        }
    }

    /// The parameters of a policy that brings its own, or reads none: judged once.
    pub(crate) fn own_params(&self, facts: &Facts<'_>) -> Option<Params<'p>> {
        if facts.present().has(RootSet::PARAMS) {
            return Some(Params::Given);
        }
        let own = self.policy.params.as_ref();
        let own = own.map_or(Params::Given, |params| Params::Value(&params.value));
        self.policy.admission.is_none().then_some(own)
    }

    /// Each of the parameters that the policy is judged with.
    pub(crate) fn params(
        &self,
        target: &Target<'_>,
        facts: &Facts<'_>,
    ) -> Result<Vec<Params<'p>>, String> {
        let own = self.own_params(facts);
        let (None, Some(rules)) = (own, &self.policy.admission) else {
            return Ok(own.into_iter().collect());
        };
        let values = |found: Vec<Option<&'p ParamObject>>| {
            let value = |object: Option<&'p ParamObject>| {
                object.map_or(Params::Null, |object| Params::Value(&object.value))
            };
            found.into_iter().map(value).collect::<Vec<_>>()
        };
        match (self.binding, &rules.param_kind) {
            (Some(binding), Some(_)) if binding.is_blind && binding.params.is_some() => {
                Ok(vec![Params::Unknown])
            }
            (Some(binding), kind) => {
                binding::collect(kind.as_ref(), binding, self.params, target).map(values)
            }
            (None, None) => Ok(vec![Params::Null]),
            // Without a binding: every object that could be meant.
            (None, Some(kind)) => {
                let of_kind = self.params.iter().filter(|object| object.is_of(kind));
                let found = values(of_kind.map(Some).collect());
                Ok(if found.is_empty() { vec![Params::Unknown] } else { found })
            }
        }
    }
}

impl<'p> Params<'p> {
    /// Gives the variable its value.
    pub(crate) fn bind<'s>(self, scope: &mut Scope<'s>)
    where
        'p: 's,
    {
        match self {
            Self::Given => {}
            Self::Unknown => scope.set_unknown("params"),
            Self::Null => scope.set("params", Value::Null),
            Self::Value(value) => scope.set("params", value.clone()),
        }
    }
}
