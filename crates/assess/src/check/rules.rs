//! The rules that are asked, by number.

use super::{LeadsTo, Rule};
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, OnUnknown, Reference, Stage, facts::RootSet};
use cofferdam_posture::pod_security::{self, Level, Standard};
use std::collections::HashMap;

/// The rules of a check, and how to find them.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) all: Vec<Rule>,
    leads_to: Vec<LeadsTo>,
    by_code: HashMap<String, usize>,
}

impl Rules {
    /// The policies about objects and Dockerfiles that are asked at the stage, and the checks of
    /// a Pod Security Standard.
    pub(super) fn of(bundle: &Bundle, stage: Stage, standard: Option<Standard>) -> Self {
        let of_images = RootSet::of(["image"]);
        let asked = bundle
            .policies
            .iter()
            .filter(|policy| policy.stages.contains(&stage) && !policy.reads.has_any(of_images));
        let mut all: Vec<Rule> = asked
            .map(|policy| Rule {
                code: policy.code.clone(),
                name: policy.name.clone(),
                title: policy.title.clone(),
                description: policy.description.clone(),
                severity: policy.severity,
                on_unknown: policy.on_unknown(stage),
                references: policy.references.clone(),
                is_built_in: policy.place.starts_with("built-in:"),
                failed: 0,
                unknown: 0,
                excepted: 0,
            })
            .collect();
        all.extend(standard.into_iter().flat_map(of_standard));
        let leads_to = all.iter().map(leads_to).collect();
        let by_code = all.iter().map(|rule| rule.code.clone()).zip(0..).collect();
        Self { all, leads_to, by_code }
    }

    pub(super) fn index(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    pub(super) fn get(&self, index: usize) -> Option<(&Rule, LeadsTo)> {
        Some((self.all.get(index)?, *self.leads_to.get(index)?))
    }
}

fn leads_to(rule: &Rule) -> LeadsTo {
    LeadsTo::of_references(rule.references.iter().map(|reference| &*reference.title))
}

/// What a check of a Pod Security Standard is called among the rules.
pub(super) fn code_of_check(check: &str) -> String {
    format!("PSS-{check}")
}

fn of_standard(standard: Standard) -> impl Iterator<Item = Rule> {
    let baseline: Vec<&str> = pod_security::checks(Level::Baseline, standard.version).collect();
    pod_security::checks(standard.level, standard.version).map(move |check| {
        let is_baseline = baseline.contains(&check);
        let level = if is_baseline { "baseline" } else { "restricted" };
        Rule {
            code: code_of_check(check),
            name: format!("pod-security-{check}"),
            title: format!("Pod Security Standard {standard}: {check}"),
            description: format!(
                "A namespace that enforces {standard} refuses the pod. The check {check} belongs \
                 to the level {level}."
            ),
            severity: if is_baseline { Severity::High } else { Severity::Medium },
            on_unknown: OnUnknown::Fail,
            references: vec![Reference {
                title: format!("Kubernetes Pod Security Standards, {level}"),
                url: Some(
                    "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
                        .to_owned(),
                ),
            }],
            is_built_in: false,
            failed: 0,
            unknown: 0,
            excepted: 0,
        }
    })
}
