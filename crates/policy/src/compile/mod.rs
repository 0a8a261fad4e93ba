//! Policy documents to compiled policies, with every mistake at its place.

pub(crate) mod admission;
mod expression;
mod patch;

use crate::{
    OnUnknown, Outcome, Policy, Stage,
    document::{self, PolicyDocument, PolicySpec},
    facts::{ROOTS, RootSet},
    hash::Hasher,
    policy::{ForEach, Named, Params, Reference, Text, Validation, Variable},
    yaml::{Document, Located, documents},
};
use cofferdam_cel::Program;
use cofferdam_model::{Diagnostic, Digest, Exit, Severity};
use std::sync::atomic::AtomicBool;

/// The root of a policy's own variables.
const VARIABLES: &str = "variables";

/// Expressions of one policy. The largest of ours has ten; one that was written by a program and
/// has ten thousand would be judged for seconds.
const EXPRESSIONS_MAX: usize = 1000;

/// What a failed validation without a message says.
pub(crate) const NO_MESSAGE: &str = "a validation of this policy does not hold";

impl Policy {
    /// Compiles the one policy in a YAML text; `place` names it in diagnostics.
    pub fn compile(text: &str, place: &str) -> Result<Self, Vec<Diagnostic>> {
        match *documents(place, text) {
            [document] => compile(&document),
            _ => Err(vec![Diagnostic::new(Exit::Usage, "expected one policy document").at(place)]),
        }
    }
}

/// Compiles a document that says it is a policy.
pub(crate) fn compile(document: &Document<'_>) -> Result<Policy, Vec<Diagnostic>> {
    compile_by(Compiler::new(document))
}

/// Compiles a rule that we bring along. A test checks its types, so that no run has to.
pub(crate) fn built_in(document: &Document<'_>) -> Result<Policy, Vec<Diagnostic>> {
    compile_by(Compiler { is_built_in: true, ..Compiler::new(document) })
}

fn compile_by(mut compiler: Compiler<'_>) -> Result<Policy, Vec<Diagnostic>> {
    let PolicyDocument { metadata, spec, kind, .. } =
        compiler.document.read().map_err(|error| vec![error])?;
    let policy = compiler.policy(&metadata.name, spec);
    // A policy of the cluster is for all of it, wherever its file says it lies.
    let namespace = metadata.namespace.filter(|_| kind == "SecurityPolicy");
    match policy {
        Some(policy) if compiler.errors.is_empty() => Ok(policy.within(namespace)),
        _ => Err(compiler.errors),
    }
}

struct Compiler<'d> {
    document: &'d Document<'d>,
    variables: Vec<Variable>,
    /// Roots that the expressions so far read.
    reads: RootSet,
    is_built_in: bool,
    /// Of each expression of a user's policy its path, and where it stands.
    places: Vec<(String, String)>,
    errors: Vec<Diagnostic>,
}

impl<'d> Compiler<'d> {
    const fn new(document: &'d Document<'d>) -> Self {
        Self {
            document,
            variables: Vec::new(),
            reads: RootSet::EMPTY,
            is_built_in: false,
            places: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn policy(&mut self, name: &Located<String>, spec: PolicySpec) -> Option<Policy> {
        let code = self.code(&spec.code);
        let severity = self.word(&spec.severity, "a severity", &SEVERITIES, |word| {
            word.parse::<Severity>().ok().filter(|severity| severity.as_str() == word)
        });
        let stages = spec.stages.iter().filter_map(|stage| self.stage(stage)).collect::<Vec<_>>();
        let unknown = self.unknown(&spec.unknown);
        let element = spec.for_each.as_ref().map(|for_each| &*for_each.variable.value);
        self.variables(&spec.variables, element);
        let match_conditions = self.match_conditions(&spec.match_conditions);
        let for_each = spec.for_each.as_ref().and_then(|for_each| {
            let list = self.expression(&for_each.r#in, "spec.forEach.in".to_owned(), None)?;
            self.identifier(&for_each.variable)?;
            Some(ForEach { variable: for_each.variable.value.clone(), list })
        });
        let subject = spec
            .subject
            .as_ref()
            .and_then(|subject| self.expression(subject, "spec.subject".to_owned(), element));
        let validations = self.validations(&spec.validations, element);
        let patches = spec.remediation.as_ref().map(|remediation| &*remediation.patch);
        let patch = self.patch(patches.unwrap_or_default(), element);
        let remediation = spec.remediation.map(|remediation| Text {
            fixed: remediation.text.unwrap_or_default().into(),
            expression: remediation.expression.as_ref().and_then(|expression| {
                self.expression(expression, "spec.remediation.expression".to_owned(), element)
            }),
        });
        let constraints = spec.match_constraints.as_ref().map(|given| self.constraints(given));
        self.needs_constraints(name, constraints.is_some());
        if validations.is_empty() && spec.validations.is_empty() {
            self.error(name, "a policy has at least one validation");
        }
        if spec.stages.is_empty() {
            self.error(name, "a policy names at least one stage");
        }
        let mut policy = Policy {
            code: code?,
            name: name.value.clone(),
            title: spec.title,
            description: spec.description,
            severity: severity?,
            stages,
            references: spec
                .references
                .into_iter()
                .map(|reference| Reference { title: reference.title, url: reference.url })
                .collect(),
            place: self.document.first_line(),
            digest: Digest::sha256([0; 32]),
            reads: self.reads,
            needs: self.needs(constraints.is_some()),
            namespace: None,
            unknown,
            constraints,
            params: spec.params.map(params),
            match_conditions,
            variables: std::mem::take(&mut self.variables),
            for_each,
            subject,
            validations,
            remediation,
            patch,
            admission: None,
            has_failed: AtomicBool::new(false),
        };
        self.limit(name, &policy);
        self.types(name, &policy);
        policy.digest = digest(&policy);
        Some(policy)
    }

    /// Fields that are not there, operators that do not fit, loops without end.
    pub(super) fn types(&mut self, name: &Located<String>, policy: &Policy) {
        if self.is_built_in || !self.errors.is_empty() {
            return;
        }
        for (path, error) in crate::types::mistakes(policy) {
            let what = format!("{path} is not a valid expression");
            let place = self.places.iter().find(|(of, _)| *of == path);
            let place = place.map_or_else(|| self.document.locate(name), |(_, at)| at.clone());
            self.errors.push(Diagnostic::new(Exit::Usage, what).at(place).because(error));
        }
    }

    /// What a target has that this policy is about.
    fn needs(&self, has_constraints: bool) -> RootSet {
        let mut needs = self.reads.subjects();
        if has_constraints {
            needs.insert("object");
        }
        needs
    }

    /// Facts that every object has do not say which objects a policy is about.
    fn needs_constraints(&mut self, name: &Located<String>, has_constraints: bool) {
        let of_every_object = RootSet::of(["object", "manifest", "namespace"]);
        let tells = RootSet::of(["workload", "dockerfile", "image"]);
        if !has_constraints && self.reads.has_any(of_every_object) && !self.reads.has_any(tells) {
            self.errors.push(
                Diagnostic::new(Exit::Usage, "the policy does not say which objects it is about")
                    .at(self.document.locate(name))
                    .remedy(
                        "give spec.matchConstraints.resourceRules, as in \
                         ValidatingAdmissionPolicy",
                    ),
            );
        }
    }

    fn error<T>(&mut self, at: &Located<T>, what: impl Into<String>) {
        self.errors.push(Diagnostic::new(Exit::Usage, what).at(self.document.locate(at)));
    }

    fn code(&mut self, code: &Located<String>) -> Option<String> {
        let text = &*code.value;
        let fine = !text.is_empty()
            && text.len() <= 32
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if !fine {
            self.error(code, format!("{text:?} is not a code: capital letters, digits and dashes"));
        }
        fine.then(|| text.to_owned())
    }

    fn identifier(&mut self, name: &Located<String>) -> Option<()> {
        let text = &*name.value;
        let fine = Program::parse(text).is_ok()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !text.starts_with(|first: char| first.is_ascii_digit())
            && ROOTS.iter().all(|root| root.name != text)
            && text != VARIABLES;
        if !fine {
            self.error(name, format!("{text:?} cannot be the name of a variable here"));
        }
        fine.then_some(())
    }

    /// One of a few words.
    fn word<T>(
        &mut self,
        word: &Located<String>,
        what: &str,
        all: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(&word.value);
        if parsed.is_none() {
            let message = format!("{:?} is not {what}: use {}", word.value, all.join(", "));
            self.error(word, message);
        }
        parsed
    }

    fn stage(&mut self, stage: &Located<String>) -> Option<Stage> {
        self.word(stage, "a stage", &Stage::ALL.map(Stage::as_str), |word| word.parse().ok())
    }

    fn unknown(
        &mut self,
        given: &std::collections::BTreeMap<String, Located<String>>,
    ) -> Vec<(Stage, OnUnknown)> {
        let mut unknown = Vec::new();
        for (stage, value) in given {
            let Ok(stage) = stage.parse::<Stage>() else {
                let stages = Stage::ALL.map(Stage::as_str).join(", ");
                self.error(value, format!("{stage:?} is not a stage: use {stages}"));
                continue;
            };
            let all = [OnUnknown::Fail, OnUnknown::Warn, OnUnknown::Ignore];
            let parsed =
                self.word(value, "what unknown can mean", &all.map(OnUnknown::as_str), |w| {
                    all.into_iter().find(|on_unknown| on_unknown.as_str() == w)
                });
            unknown.extend(parsed.map(|on_unknown| (stage, on_unknown)));
        }
        unknown
    }

    /// In order: each may read those before it.
    fn variables(&mut self, variables: &[document::Named], element: Option<&str>) {
        for (index, variable) in variables.iter().enumerate() {
            let path = format!("spec.variables[{index}].expression");
            let compiled = self.expression(&variable.expression, path, element);
            let (Some(()), Some(expression)) = (self.identifier(&variable.name), compiled) else {
                continue;
            };
            let name = format!("{VARIABLES}.{}", variable.name.value);
            if self.variables.iter().any(|other| other.name == name) {
                self.error(&variable.name, format!("{name} is there twice"));
                continue;
            }
            let reads_element = element.is_some_and(|name| expression.program.reads(name));
            let inherits = expression
                .needs
                .iter()
                .filter_map(|need| self.variables.get(*need))
                .any(|variable| variable.per_element);
            let per_element = reads_element || inherits;
            self.variables.push(Variable { name, expression, per_element });
        }
    }

    fn match_conditions(&mut self, conditions: &[document::Named]) -> Vec<Named> {
        let mut compiled = Vec::new();
        for (index, condition) in conditions.iter().enumerate() {
            let path = format!("spec.matchConditions[{index}].expression");
            let name = condition.name.value.clone();
            let expression = self.expression(&condition.expression, path, None);
            compiled.extend(expression.map(|expression| Named { name, expression }));
        }
        compiled
    }

    fn validations(
        &mut self,
        validations: &[document::Validation],
        element: Option<&str>,
    ) -> Vec<Validation> {
        let mut compiled = Vec::new();
        for (index, validation) in validations.iter().enumerate() {
            let path = |field: &str| format!("spec.validations[{index}].{field}");
            let expression = self.expression(&validation.expression, path("expression"), element);
            let message = Text {
                fixed: validation.message.as_deref().unwrap_or(NO_MESSAGE).into(),
                expression: validation.message_expression.as_ref().and_then(|message| {
                    self.expression(message, path("messageExpression"), element)
                }),
            };
            let outcome = validation.outcome.as_ref().map_or(Some(Outcome::Fail), |outcome| {
                self.word(outcome, "an outcome", &["fail", "unknown"], |word| match word {
                    "fail" => Some(Outcome::Fail),
                    "unknown" => Some(Outcome::Unknown),
                    _ => None,
                })
            });
            if let (Some(expression), Some(outcome)) = (expression, outcome) {
                let reason = validation.reason.clone();
                compiled.push(Validation { expression, message, reason, outcome });
            }
        }
        compiled
    }
}

const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];

fn params(given: serde_json::Map<String, serde_json::Value>) -> Params {
    let given = serde_json::Value::Object(given);
    Params { text: given.to_string(), value: crate::json::to_value(&given) }
}

/// Over everything that decides a verdict, and nothing that does not (descriptions, references).
pub(crate) fn digest(policy: &Policy) -> Digest {
    let mut hasher = Hasher::new("policy");
    hasher.text(&policy.code).text(&policy.name).text(policy.severity.as_str());
    for stage in Stage::ALL.into_iter().filter(|stage| policy.stages.contains(stage)) {
        hasher.text(stage.as_str()).text(policy.on_unknown(stage).as_str());
    }
    for named in &policy.match_conditions {
        hasher.text(&named.name);
    }
    for variable in &policy.variables {
        hasher.text(&variable.name);
    }
    hasher.text(policy.for_each.as_ref().map_or("", |for_each| &for_each.variable));
    for validation in &policy.validations {
        hasher.text(&validation.message.fixed).text(validation.outcome.as_str());
        hasher.text(validation.reason.as_deref().unwrap_or_default());
    }
    hasher.text(policy.remediation.as_ref().map_or("", |text| &text.fixed));
    if let Some(constraints) = &policy.constraints {
        hasher.text(&format!("{constraints:?}"));
    }
    if let Some(namespace) = &policy.namespace {
        hasher.text(namespace);
    }
    if let Some(rules) = &policy.admission {
        hasher.text(rules.failure_policy.as_str());
    }
    if let Some(params) = &policy.params {
        hasher.text(&params.text);
    }
    for expression in policy.expressions() {
        hasher.text(&expression.path).text(expression.program.source());
    }
    hasher.finish()
}
