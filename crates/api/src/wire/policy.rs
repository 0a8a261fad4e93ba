//! Policies: what each says and catches.

use super::{Severity, row_and_whole, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What a policy does at the door.
    Mode = cofferdam_store::Mode {
        Off = "off",
        Audit = "audit",
        Warn = "warn",
        Enforce = "enforce",
    }
}

words! {
    /// What becomes of requests that Cofferdam cannot answer.
    OnFailure = cofferdam_store::OnFailure {
        Ignore = "ignore",
        Fail = "fail",
    }
}

words! {
    /// What is refused of changes to an object that did not pass before either.
    Updates = cofferdam_store::Updates {
        Lenient = "lenient",
        Strict = "strict",
    }
}

row_and_whole! {
    /// A policy in a list.
    row PolicyRow {
        /// Stable code: `CFD-POD-0001`.
        code: String,
        /// Its name.
        name: String,
        /// What it asks for.
        title: String,
        /// How bad a failure is.
        severity: Severity,
        /// The stages it applies to.
        stages: Vec<String>,
        /// What it is about: the middle of its code, in words.
        area: String,
        /// What it does at the door.
        mode: Mode,
        /// What becomes of requests that Cofferdam cannot answer, while the mode is `enforce`:
        /// `ignore` lets them pass, `fail` refuses them.
        on_failure: OnFailure,
        /// What is refused of changes, while the mode is `enforce`: `lenient` only what the change
        /// made worse, `strict` everything that does not pass.
        updates: Updates,
        /// Where it comes from: `built-in`, the file and line, or the object of the cluster
        /// (`ClusterSecurityPolicy no-root`).
        source: String,
        /// The only namespace that it is about; null: all.
        namespace: Option<String>,
        /// Open findings that fail.
        failing: u64,
    }
    /// A policy.
    whole Policy = PolicyRow + PolicyMore {
        /// The reason.
        description: String,
        /// Its expressions, CEL.
        expression: Vec<String>,
        /// What to do about a finding.
        remediation: String,
        /// Where to read on.
        references: Vec<Reference>,
        /// Its fixtures.
        tests: Vec<PolicyTest>,
        /// The policy as it is written.
        yaml: String,
    }
}

/// Something to read on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    /// What it is.
    pub(crate) title: String,
    /// Where it is; null: in print.
    pub(crate) url: Option<String>,
}

/// A fixture of a policy.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyTest {
    /// Its name.
    pub(crate) name: String,
    /// What is expected: `fires` or `quiet`.
    pub(crate) expect: String,
    /// The object, or the facts, that the policy is asked about.
    pub(crate) text: String,
}

/// A new mode for a policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ModeChange {
    /// The mode.
    pub(crate) mode: Mode,
    /// What becomes of requests that Cofferdam cannot answer. Left out: as it was, `ignore` at
    /// first.
    #[serde(default)]
    pub(crate) on_failure: Option<OnFailure>,
    /// What is refused of changes. Left out: as it was, `lenient` at first.
    #[serde(default)]
    pub(crate) updates: Option<Updates>,
}
