//! What several policies ask alike is evaluated once for each object.

use crate::{
    Policy,
    facts::RootSet,
    policy::{Expression, ForEach, Variable},
};
use cofferdam_cel::{Evaluated, Type, Value};
use std::collections::HashMap;

/// Gives match conditions, lists and variables that stand in several policies word by word a
/// common number. Those that read parameters or other variables depend on their policy.
pub(crate) fn share(policies: &mut [Policy]) {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for policy in &mut *policies {
        each(policy, &mut |words, _| *counts.entry(words).or_default() += 1);
    }
    counts.retain(|_, count| *count > 1);
    // In the order of the words: the same bundle has the same numbers everywhere.
    let mut words: Vec<&String> = counts.keys().collect();
    words.sort_unstable();
    let numbers: HashMap<String, u32> = words.into_iter().cloned().zip(0..).collect();
    for policy in policies {
        each(policy, &mut |words, expression| expression.shared = numbers.get(&words).copied());
    }
}

/// Shows every expression that can be shared, with the words that make it what it is.
fn each(policy: &mut Policy, see: &mut dyn FnMut(String, &mut Expression)) {
    if policy.reads.has(RootSet::PARAMS) {
        return;
    }
    let words = |expression: &Expression| expression.program.source().to_owned();
    let list = policy.for_each.as_ref().map(|for_each| {
        (for_each.variable.clone(), words(&for_each.list), for_each.list.needs.is_empty())
    });
    for condition in &mut policy.match_conditions {
        if condition.expression.needs.is_empty() {
            see(words(&condition.expression), &mut condition.expression);
        }
    }
    // The name of a type means something to policies that have no variable of that name.
    let can_be_shared =
        |one: &&mut ForEach| one.list.needs.is_empty() && !Type::begins_with(&one.variable);
    if let Some(for_each) = policy.for_each.as_mut().filter(can_be_shared) {
        see(words(&for_each.list), &mut for_each.list);
    }
    for Variable { expression, per_element, .. } in &mut policy.variables {
        match &list {
            _ if !expression.needs.is_empty() => {}
            Some((name, list, true)) if *per_element => {
                see(format!("{list}\n{name}\n{}", words(expression)), expression);
            }
            _ if !*per_element => see(words(expression), expression),
            _ => {}
        }
    }
}

/// The values so far, by number.
#[derive(Debug, Default)]
pub(crate) struct Memo<'a> {
    /// By themselves, or for the first element.
    first: Vec<Option<Evaluated<'a>>>,
    /// For the other elements, of which there are mostly none.
    others: Vec<Vec<Option<Evaluated<'a>>>>,
}

/// Values that room is made for at once.
const ROOM: usize = 16;

impl<'a> Memo<'a> {
    /// Whether a shared condition was found to be false.
    pub(crate) fn is_false(&self, number: u32) -> bool {
        let value = usize::try_from(number).ok().and_then(|number| self.first.get(number));
        matches!(value, Some(Some(Ok(Value::Bool(false)))))
    }

    /// The value of a shared expression, evaluated where that was not done yet.
    pub(crate) fn get(
        &mut self,
        shared: Option<u32>,
        element: usize,
        evaluate: impl FnOnce() -> Evaluated<'a>,
    ) -> Evaluated<'a> {
        let Some(number) = shared.and_then(|number| usize::try_from(number).ok()) else {
            return evaluate();
        };
        let place = match element.checked_sub(1) {
            None => entry(&mut self.first, number),
            Some(other) => {
                if self.others.len() <= number {
                    self.others.resize_with(number + 1, Vec::new);
                }
                self.others.get_mut(number).and_then(|values| entry(values, other))
            }
        };
        match place {
            Some(value) => value.get_or_insert_with(evaluate).clone(),
            None => evaluate(),
        }
    }
}

/// The entry at a position, for which room is made.
fn entry<T>(values: &mut Vec<Option<T>>, at: usize) -> Option<&mut Option<T>> {
    if values.len() <= at {
        values.resize_with((at + 1).next_multiple_of(ROOM), || None);
    }
    values.get_mut(at)
}
