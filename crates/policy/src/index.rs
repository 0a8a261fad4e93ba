//! Which policies can be about a resource, found without asking each.

use crate::{Policy, Stage};

/// Policies by the resources that their match constraints name, for every stage.
#[derive(Debug)]
pub(crate) struct Index {
    /// How many policies there were; with another number the index is not theirs.
    policies: usize,
    stages: [ByResource; Stage::ALL.len()],
}

/// Numbers of policies, in order.
#[derive(Debug, Default)]
struct ByResource {
    /// Those that can be about any resource, or about what is no object.
    any: Vec<u32>,
    /// Those that name resources, by resource; sorted.
    named: Vec<(String, Vec<u32>)>,
    all: usize,
}

impl Index {
    pub(crate) fn of(policies: &[Policy]) -> Self {
        let stages = Stage::ALL.map(|stage| {
            let mut found = ByResource::default();
            for (number, policy) in (0_u32..).zip(policies) {
                if policy.stages.contains(&stage) {
                    found.add(number, policy);
                }
            }
            found.named.sort();
            found
        });
        Self { policies: policies.len(), stages }
    }

    /// The policies that are asked at a stage and can be about a resource, in order; and how many
    /// others are asked there. `None` when the policies are not those that were indexed.
    pub(crate) fn find<'i>(
        &'i self,
        policies: &'i [Policy],
        stage: Stage,
        resource: &str,
    ) -> Option<(impl Iterator<Item = &'i Policy>, usize)> {
        if policies.len() != self.policies {
            return None;
        }
        let at = Stage::ALL.iter().position(|one| *one == stage)?;
        let stage = self.stages.get(at)?;
        let named = stage.named.binary_search_by(|(name, _)| (**name).cmp(resource)).ok();
        let named = named.and_then(|at| stage.named.get(at)).map_or(&[][..], |(_, found)| found);
        let others = stage.all - stage.any.len() - named.len();
        let both = Both { first: &stage.any, second: named };
        let get = |number: u32| policies.get(usize::try_from(number).ok()?);
        Some((both.filter_map(get), others))
    }
}

impl ByResource {
    fn add(&mut self, number: u32, policy: &Policy) {
        self.all += 1;
        let Some(resources) = policy.resources() else { return self.any.push(number) };
        for resource in resources {
            let at = self.named.iter().position(|(name, _)| name == resource);
            match at.and_then(|at| self.named.get_mut(at)) {
                Some((_, numbers)) if numbers.last() == Some(&number) => {}
                Some((_, numbers)) => numbers.push(number),
                None => self.named.push((resource.to_owned(), vec![number])),
            }
        }
    }
}

/// Two sorted lists as one.
struct Both<'i> {
    first: &'i [u32],
    second: &'i [u32],
}

impl Iterator for Both<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let list = match (self.first.first(), self.second.first()) {
            (Some(first), Some(second)) if second < first => &mut self.second,
            (None, _) => &mut self.second,
            _ => &mut self.first,
        };
        let (next, rest) = list.split_first()?;
        *list = rest;
        Some(*next)
    }
}

#[cfg(test)]
mod tests {
    use super::Both;

    #[test]
    fn two_lists_in_order() {
        let both = |first: &[u32], second: &[u32]| Both { first, second }.collect::<Vec<_>>();
        assert_eq!(both(&[1, 4], &[2, 3, 5]), [1, 2, 3, 4, 5]);
        assert_eq!(both(&[], &[7]), [7]);
        assert_eq!(both(&[7], &[]), [7]);
    }
}
