//! Which policies can be about a target, found without asking each.

use crate::{Policy, Stage, facts::RootSet};

/// Policies by the resources that their match constraints name, for every stage.
#[derive(Debug)]
pub(crate) struct Index {
    /// How many policies there were; with another number the index is not theirs.
    policies: usize,
    stages: [ByResource; Stage::ALL.len()],
}

#[derive(Debug, Default)]
struct ByResource {
    /// Those that can be about any resource, or about what is no object.
    any: Vec<Listed>,
    /// Those that can be about a resource, for each that some policy names; sorted.
    named: Vec<(String, Vec<Listed>)>,
    all: usize,
}

/// A policy by its number, and the facts without which it is not about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) number: usize,
    /// The number that the list which it goes through shares with others: these are asked one
    /// after the other, so that the list is gone through once.
    list: Option<u32>,
    needs: RootSet,
    /// The first of its match conditions, if it shares that with others and nothing else says
    /// whether it is about a target. Where it is false, the policy passes unasked.
    pub(crate) gate: Option<u32>,
}

impl Index {
    pub(crate) fn of(policies: &[Policy]) -> Self {
        let stages = Stage::ALL.map(|stage| {
            let mut found = ByResource::default();
            for (number, policy) in policies.iter().enumerate() {
                if policy.stages.contains(&stage) {
                    found.add(number, policy);
                }
            }
            found.any.sort_by_key(Listed::order);
            for (_, listed) in &mut found.named {
                listed.extend(&found.any);
                listed.sort_by_key(Listed::order);
            }
            found.named.sort_by(|(a, _), (b, _)| a.cmp(b));
            found
        });
        Self { policies: policies.len(), stages }
    }

    /// Whether these may be the policies that were indexed.
    pub(crate) const fn is_of(&self, policies: &[Policy]) -> bool {
        policies.len() == self.policies
    }

    /// How many policies are asked at a stage.
    pub(crate) fn count(&self, stage: Stage) -> usize {
        self.stage(stage).map_or(0, |stage| stage.all)
    }

    /// The policies that are asked at a stage and can be about a resource of which there are these
    /// facts, by the lists that they go through.
    pub(crate) fn find(
        &self,
        stage: Stage,
        resource: &str,
        present: RootSet,
    ) -> impl Iterator<Item = Listed> {
        let stage = self.stage(stage);
        let named = stage.and_then(|stage| {
            let at = stage.named.binary_search_by(|(name, _)| (**name).cmp(resource)).ok()?;
            stage.named.get(at).map(|(_, found)| &**found)
        });
        let found = named.or(stage.map(|stage| &*stage.any)).unwrap_or_default();
        found.iter().copied().filter(move |listed| present.has(listed.needs))
    }

    fn stage(&self, stage: Stage) -> Option<&ByResource> {
        self.stages.get(Stage::ALL.iter().position(|one| *one == stage)?)
    }
}

impl Listed {
    const fn order(&self) -> (Option<u32>, usize) {
        (self.list, self.number)
    }
}

impl ByResource {
    fn add(&mut self, number: usize, policy: &Policy) {
        self.all += 1;
        let gate = policy.match_conditions.first().filter(|_| policy.covers_all());
        let gate = gate.and_then(|condition| condition.expression.shared);
        let list = policy.for_each.as_ref().and_then(|for_each| for_each.list.shared);
        let listed = Listed { number, list, needs: policy.needs, gate };
        let Some(resources) = policy.resources() else { return self.any.push(listed) };
        for resource in resources {
            let at = self.named.iter().position(|(name, _)| name == resource);
            match at.and_then(|at| self.named.get_mut(at)) {
                Some((_, found)) if found.last() == Some(&listed) => {}
                Some((_, found)) => found.push(listed),
                None => self.named.push((resource.to_owned(), vec![listed])),
            }
        }
    }
}
