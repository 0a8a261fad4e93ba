//! What is done about a rule that does not hold.

use cofferdam_model::Severity;
use cofferdam_policy::Bundle;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// What is done when an object does not pass a rule at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Nothing: the rule is not asked here.
    Off,
    /// It is written down.
    Audit,
    /// The person is told, and may go on.
    Warn,
    /// The request is refused.
    Enforce,
}

impl Mode {
    /// Every mode, the mildest first.
    pub const ALL: [Self; 4] = [Self::Off, Self::Audit, Self::Warn, Self::Enforce];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }

    /// What is done about a rule of which nobody said anything: people are told of what is grave.
    /// Nothing is refused before somebody wants it.
    pub const fn default_for(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Warn,
            Severity::Medium | Severity::Low | Severity::None => Self::Audit,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or(())
    }
}

impl OnFailure {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ignore, Self::Fail];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Fail => "fail",
        }
    }
}

impl FromStr for OnFailure {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(())
    }
}

impl Updates {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Lenient, Self::Strict];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lenient => "lenient",
            Self::Strict => "strict",
        }
    }
}

impl FromStr for Updates {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(())
    }
}

/// What becomes of requests that Cofferdam cannot answer: `failurePolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// They pass: a cluster goes on without us.
    #[default]
    Ignore,
    /// They are refused. Only for rules that are enforced.
    Fail,
}

/// What is refused of changes to an object that did not pass before either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Updates {
    /// Only what the change made worse. Whoever scales down, or takes a finalizer away, is told of
    /// what was wrong before, and not kept from it.
    #[default]
    Lenient,
    /// Everything that does not pass.
    Strict,
}

/// What a person said about one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleMode {
    /// What is done.
    pub mode: Mode,
    /// What becomes of requests that nobody answers.
    pub on_failure: OnFailure,
    /// What is refused of changes.
    pub updates: Updates,
}

impl From<Mode> for RuleMode {
    fn from(mode: Mode) -> Self {
        Self { mode, on_failure: OnFailure::default(), updates: Updates::default() }
    }
}

/// What people said about rules; the others have the mode of their severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// All that was said, by [`rule_key`].
    said: BTreeMap<String, RuleMode>,
    /// What of it is about rules that are asked, by code.
    rules: BTreeMap<String, RuleMode>,
}

/// What a mode is kept under: `CFD-POD-0001`, and `shop/ACME-1` for a rule of the namespace `shop`.
/// What was said of a rule says nothing about another that takes its code in another namespace, or
/// in all.
pub fn rule_key(code: &str, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}/{code}"),
        None => code.to_owned(),
    }
}

impl Modes {
    /// Sets what is done about a rule, by [`rule_key`].
    pub fn set(&mut self, rule: impl Into<String>, mode: impl Into<RuleMode>) {
        let (rule, mode) = (rule.into(), mode.into());
        self.said.insert(rule.clone(), mode);
        self.rules.insert(rule, mode);
    }

    /// Those of rules that are asked at the door. A rule that is not there any more, or that is
    /// asked elsewhere only, keeps nobody out.
    #[must_use]
    pub fn of_bundle(mut self, bundle: &Bundle) -> Self {
        let asked = bundle.policies.iter().filter(|one| super::is_asked(one));
        let said = asked.filter_map(|policy| {
            let key = rule_key(&policy.code, policy.namespace.as_deref());
            Some((policy.code.clone(), *self.said.get(&key)?))
        });
        self.rules = said.collect();
        self
    }

    /// What is done about a rule.
    pub fn of(&self, code: &str, severity: Severity) -> RuleMode {
        let said = self.rules.get(code).copied();
        said.unwrap_or_else(|| Mode::default_for(severity).into())
    }

    /// Codes of the rules that refuse, in order.
    pub fn enforced(&self) -> impl Iterator<Item = &str> {
        let all = self.rules.iter().filter(|(_, rule)| rule.mode == Mode::Enforce);
        all.map(|(code, _)| &**code)
    }

    /// Codes of the rules that refuse even what cannot be judged, in order.
    pub fn closed(&self) -> impl Iterator<Item = &str> {
        let closed =
            |rule: &RuleMode| rule.mode == Mode::Enforce && rule.on_failure == OnFailure::Fail;
        self.rules.iter().filter(move |(_, rule)| closed(rule)).map(|(code, _)| &**code)
    }
}

impl<C: Into<String>, M: Into<RuleMode>> FromIterator<(C, M)> for Modes {
    fn from_iter<I: IntoIterator<Item = (C, M)>>(all: I) -> Self {
        let mut modes = Self::default();
        for (rule, mode) in all {
            modes.set(rule, mode);
        }
        modes
    }
}
