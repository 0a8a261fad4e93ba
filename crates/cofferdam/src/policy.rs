//! `cofferdam policy`: what the policies are, why, what they read, and whether they do what their
//! fixtures say.

mod explain;
mod fixture;
mod lint;
mod list;
mod subject;
mod test;
#[cfg(test)]
mod tests;

use crate::arguments::{KubernetesVersion, stage};
use clap::{Args, Subcommand, ValueEnum};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{Bundle, Stage, read_files};
use std::{
    io::{self, Write as _},
    path::PathBuf,
};

const LIST_EXAMPLES: &str = "\
Examples:
  cofferdam policy list                         what Cofferdam brings along
  cofferdam policy list -p policies/ --stage admission
  cofferdam policy list --output json | jq -r '.policies[].code'";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  cofferdam policy explain CFD-POD-0001         the rule: why, what must hold, what to do
  cofferdam policy explain CFD-POD-0001 web.yaml
                                                clause by clause: what was read, where it stands,
                                                and the smallest change that makes it pass
  cofferdam policy explain require-labels -p vap.yaml web.yaml";

const TEST_EXAMPLES: &str = "\
Beside a policy.yaml lie files that it is tried on: fires*.yaml, quiet*.yaml and unknown*.yaml are
manifests (fires*.Dockerfile and so on are Dockerfiles), each file judged as one set of objects. A
comment at the end of a line says what must be found there:

  privileged: true        # fires
  hostNetwork: true       # fires 2       two findings
  serviceAccountName: a   # unknown       it cannot be said

In a Dockerfile the comment stands on the line above. A patch that the policy proposes is applied to
each file, which must not fail afterwards.

Examples:
  cofferdam policy test policies/privileged/    one policy
  cofferdam policy test policies/               every policy.yaml below
  cofferdam policy test policies/ --strict      every part of every condition must have been tried
                                                both ways";

const LINT_EXAMPLES: &str = "\
Examples:
  cofferdam policy lint policies/
  cofferdam policy lint vap.yaml                plain ValidatingAdmissionPolicies too";

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// List the policies: code, severity, title, stages, what they are about.
    #[command(after_help = LIST_EXAMPLES)]
    List(List),
    /// Say what a policy asks and why; with files, what it found there clause by clause.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Try policies on the files beside them, and tell what no file tries.
    #[command(after_help = TEST_EXAMPLES)]
    Test(Test),
    /// Look for mistakes: what does not compile, what nobody reads, what says too little.
    #[command(after_help = LINT_EXAMPLES)]
    Lint(Lint),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Files or directories of your own policies, added to the built-in ones.
    #[arg(long, short, value_name = "PATH")]
    policy: Vec<PathBuf>,
    /// Only those that are asked at this stage: build, admission or background.
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Option<Stage>,
    /// How to list them.
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

/// How a list is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Code or name of the policy.
    code: String,
    /// Manifests and Dockerfiles to show it on; they are judged together.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Files or directories of your own policies, added to the built-in ones.
    #[arg(long, short, value_name = "PATH")]
    policy: Vec<PathBuf>,
    /// The version of Kubernetes that the manifests are for, for example 1.30.
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// Judge as of this time instead of now (RFC 3339).
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Directories with a policy.yaml in them or below, or policy files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Fail where a part of a condition was never true, or never false.
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Files and directories of policies.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Runs one of the subcommands.
pub(crate) fn run(command: &Policy, quiet: bool) -> Result<Exit, Diagnostic> {
    let mut out = anstream::stdout();
    let (text, exit) = match command {
        Policy::List(list) => (list::run(list)?, Exit::Pass),
        Policy::Explain(explain) => explain::run(explain)?,
        Policy::Test(test) => test::run(test, quiet)?,
        Policy::Lint(lint) => lint::run(lint, quiet)?,
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads may have read enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Diagnostic::new(Exit::Infrastructure, "cannot write the result").because(error))
        }
        _ => Ok(exit),
    }
}

/// The built-in policies and those of the user.
fn bundle(paths: &[PathBuf]) -> Result<Bundle, Diagnostic> {
    crate::scan::bundle(paths, Bundle::with)
}

/// The policies of files alone.
fn only(paths: &[PathBuf]) -> Result<Result<Bundle, Vec<Diagnostic>>, Diagnostic> {
    Ok(Bundle::only(&read_files(paths)?))
}

/// Text from files, for a terminal: nothing in it may command that.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '?' } else { c }).collect()
}

/// Columns, each as wide as its widest cell, two spaces apart.
fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `1 policy`, `2 policies`.
fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
