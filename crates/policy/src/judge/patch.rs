//! Filling in the patch of a policy for a finding.

use super::{Judge, STEPS_MAX};
use crate::{
    PatchKind, PatchOperation, json,
    patch::{push_step, unescape},
    policy::{Expression, PatchTemplate, PatchValue},
};
use cofferdam_cel::{Evaluated, Evaluation, List, Value};
use cofferdam_manifest::View;
use serde_json::{Map, Value as Json};
use std::{mem::replace, slice};

impl<'a> Judge<'a> {
    /// The patch of the policy for this finding, on the object as its file has it: what is only
    /// filled in by the API server is not there. Nothing where a part of it cannot be computed.
    pub(super) fn patch(&mut self, bound: &[bool]) -> Option<Vec<PatchOperation>> {
        let policy = self.policy;
        let (mut bound, mut operations) = (bound.to_vec(), Vec::new());
        for template in &policy.patch {
            self.operation(template, &mut bound, &mut operations)?;
        }
        Some(operations).filter(|operations| !operations.is_empty())
    }

    fn operation(
        &mut self,
        template: &'a PatchTemplate,
        bound: &mut [bool],
        operations: &mut Vec<PatchOperation>,
    ) -> Option<()> {
        let object = self.facts.root("object")?;
        let starts = match &template.from {
            None => vec![String::new()],
            Some(from) => {
                let from = self.apart(from, bound).ok()?;
                self.starts(&from)?
            }
        };
        if starts.is_empty() {
            return Some(());
        }
        let value = match &template.value {
            None => None,
            Some(PatchValue::Fixed(value)) => Some(value.clone()),
            Some(PatchValue::Computed(expression)) => {
                Some(json::of_value(&self.apart(expression, bound).ok()?)?)
            }
        };
        let view = object.view(crate::facts::TOP)?;
        // From the back: what is taken out of a list moves only what comes after it.
        starts.iter().rev().try_for_each(|start| {
            let path = format!("{start}{}", template.path);
            build(template.op, &path, value.clone(), view, operations)
        })
    }

    /// The parts of the object that `from` names: one, or those in a list that the expression made.
    fn starts(&self, from: &Value<'a>) -> Option<Vec<String>> {
        let parts = match from {
            Value::List(List::Values(parts)) => &**parts,
            one => slice::from_ref(one),
        };
        let pointer = |part: &Value<'a>| {
            let part = part.handle()?;
            self.facts.owner(&part, "object")?.pointer(part.node)
        };
        parts.iter().map(pointer).collect()
    }

    /// Evaluates without leaving a trace in the verdict: a proposal decides nothing.
    fn apart(&mut self, expression: &'a Expression, bound: &mut [bool]) -> Evaluated<'a> {
        let recorded = replace(&mut self.evaluation, Evaluation::unrecorded(STEPS_MAX));
        self.bind_once(expression, bound);
        let evaluated = self.evaluation.evaluate(&expression.program, &self.scope);
        self.evaluation = recorded;
        evaluated
    }
}

/// Adds what has to be done so that a value stands at `path`, or is gone from there: maps and lists
/// on the way that are not written are added first.
pub(crate) fn build(
    op: PatchKind,
    path: &str,
    value: Option<Json>,
    object: View<'_>,
    operations: &mut Vec<PatchOperation>,
) -> Option<()> {
    let mut steps = path.strip_prefix('/')?.split('/').peekable();
    let mut view = Some(object);
    let mut at = String::new();
    while let Some(step) = steps.next() {
        let child = view.and_then(|view| child(view, &unescape(step)));
        let is_in_list = view.is_some_and(View::is_list) || step == "-";
        push_step(&mut at, &unescape(step));
        let was_added = operations.iter().any(|done| done.path == at && done.value.is_some());
        let Some(next) = steps.peek() else {
            let is_there = child.is_some() || was_added;
            let op = match op {
                PatchKind::Remove if !is_there => return Some(()),
                PatchKind::Remove => op,
                _ if is_in_list => op,
                _ if is_there => PatchKind::Replace,
                _ => PatchKind::Add,
            };
            operations.push(PatchOperation { op, path: at, value });
            return Some(());
        };
        view = child.filter(|child| child.is_map() || child.is_list());
        if view.is_none() && !was_added {
            if op == PatchKind::Remove {
                return Some(());
            }
            let is_index = *next == "-" || next.bytes().all(|byte| byte.is_ascii_digit());
            let empty = if is_index { Json::Array(Vec::new()) } else { Json::Object(Map::new()) };
            let path = at.clone();
            operations.push(PatchOperation { op: PatchKind::Add, path, value: Some(empty) });
        }
    }
    None
}

/// What the file has at a step.
fn child<'t>(view: View<'t>, step: &str) -> Option<View<'t>> {
    let child = if view.is_list() { view.element(step.parse().ok()?) } else { view.get(step) };
    child.filter(|child| !child.is_defaulted())
}
