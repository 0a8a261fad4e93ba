//! `cofferdam check`: finds the files, and lets `assess` and `report` do the rest.

mod files;
mod render;

use crate::{
    arguments::Check as Arguments,
    output::{self, Report},
    progress::Line,
    scan::{bundle_in_force, now},
};
use cofferdam_assess::{
    Progress as _,
    check::{Check, FileKind, Input, Question, check},
    render::changed,
};
use cofferdam_bounds::Meter;
use cofferdam_model::{Diagnostic, Exit, Severity};
use cofferdam_policy::{Bundle, Policy, Stage};
use cofferdam_posture::pod_security::Standard;
pub(crate) use files::is_dockerfile;
use files::{Found, Readable};
use std::path::Path;

/// Checks, reports, and says how the process ends.
pub(crate) fn run(arguments: &Arguments, quiet: bool) -> Result<Exit, Diagnostic> {
    // Everything of the user's own is looked at before any long work.
    output::refuse_bill_of_materials(&arguments.output)?;
    output::check(&arguments.output)?;
    let mut bundle = bundle_in_force(&arguments.policy, Bundle::with)?;
    select(&mut bundle, &arguments.select, &arguments.skip)?;
    refuse_no_rules(&bundle, arguments.stage, arguments.pod_security)?;
    if arguments.since.is_some() && arguments.paths.iter().any(|path| path == Path::new("-")) {
        return Err(Diagnostic::new(Exit::Usage, "standard input has no history")
            .at("--since")
            .remedy("name files or folders of a Git repository, or leave --since out"));
    }
    let line = Line::new(quiet);
    line.begin("looking for manifests", None);
    let found = files::find(&arguments.paths)?;
    let named: Vec<String> = names(&found);
    let tools = render::tools();
    let revision = arguments.since.as_deref();
    let changes = revision.map(|revision| changed(&arguments.paths, revision, &tools));
    let changes = changes.transpose()?;
    if !found.rendered.is_empty() {
        line.begin("rendering charts and kustomizations", None);
    }
    render::refuse_idle(&found.rendered, arguments)?;
    let rendered = render::render(&found.rendered, arguments, &tools)?;
    let Found { files, mut problems, .. } = found;
    problems.extend(rendered.problems);
    line.begin("judging", None);
    let question = Question {
        bundle: &bundle,
        stage: arguments.stage,
        now: arguments.at.unwrap_or_else(now),
        fail_on: arguments.fail_on.unwrap_or(Severity::Low),
        kubernetes_minor: arguments.kubernetes_version.map(|version| version.minor),
        pod_security: arguments.pod_security,
        changes: changes.as_ref(),
        patches: output::wants_patches(&arguments.output),
        explain: output::wants_explanations(&arguments.output),
    };
    let targets = arguments.paths.iter().map(|path| path.display().to_string()).collect();
    let inputs = files.into_iter().map(input).chain(rendered.inputs).collect();
    let check = check(targets, inputs, problems, &question, &Meter::default());
    line.end();
    refuse_nothing(&check, &named)?;
    output::write(Report::Check(&check), &arguments.output)?;
    Ok(check.exit())
}

fn input(file: Readable) -> Input {
    if file.is_dockerfile {
        Input::dockerfile(file.path, file.text)
    } else {
        Input::manifest(file.path, file.text)
    }
}

/// Files that were named one by one: each has to be something.
fn names(found: &Found) -> Vec<String> {
    let named = found.files.iter().filter(|file| file.is_named);
    named.map(|file| file.path.clone()).collect()
}

/// Whoever names a file means it. Whoever names a directory means that there is something in it.
fn refuse_nothing(check: &Check, named: &[String]) -> Result<(), Diagnostic> {
    let others = check.files.iter().filter(|file| file.kind == FileKind::Other);
    if let Some(file) = others.clone().find(|file| named.contains(&file.path)) {
        return Err(Diagnostic::new(Exit::Usage, "there is no Kubernetes object in this file")
            .at(&file.path)
            .remedy("an object has an apiVersion and a kind; policies go to --policy"));
    }
    let is_empty = check.tally.objects + check.tally.dockerfiles == 0 && check.problems.is_empty();
    if is_empty {
        let why = match (others.clone().next(), others.count()) {
            (None, _) => "no manifest, chart, kustomization or Dockerfile is there".to_owned(),
            (Some(file), 1) => format!("there is no Kubernetes object in {}", file.path),
            (Some(file), all) => format!(
                "there is no Kubernetes object in {} and {} other files",
                file.path,
                all - 1
            ),
        };
        return Err(Diagnostic::new(Exit::Usage, "there is nothing to check")
            .at(check.targets.join(" "))
            .because(why)
            .remedy("hidden folders are left out; name a file to have it read"));
    }
    Ok(())
}

/// Keeps the rules that are wanted. A word that fits no rule is a typing error.
fn select(bundle: &mut Bundle, select: &[String], skip: &[String]) -> Result<(), Diagnostic> {
    for (option, words) in [("--select", select), ("--skip", skip)] {
        for word in words {
            let is_known =
                bundle.policies.iter().any(|policy| fits(word, &policy.code, &policy.name));
            if !is_known {
                return Err(Diagnostic::new(
                    Exit::Usage,
                    "there is no rule with this code or name",
                )
                .at(format!("{option} {word}"))
                .remedy("cofferdam policy list shows all"));
            }
        }
    }
    bundle.policies.retain(|policy| {
        let any = |words: &[String]| words.iter().any(|one| fits(one, &policy.code, &policy.name));
        (select.is_empty() || any(select)) && !any(skip)
    });
    Ok(())
}

/// To judge by nothing is no pass.
fn refuse_no_rules(
    bundle: &Bundle,
    stage: Stage,
    pod_security: Option<Standard>,
) -> Result<(), Diagnostic> {
    let mut all = bundle.policies.iter();
    let is_asked = |policy: &Policy| policy.stages.contains(&stage) && policy.about() != "images";
    if pod_security.is_some() || all.any(is_asked) {
        return Ok(());
    }
    Err(Diagnostic::new(Exit::Usage, "there is no rule to judge by")
        .because(format!(
            "--select, --skip and the policies leave none about files at the stage {}",
            stage.as_str()
        ))
        .remedy("cofferdam policy list shows all"))
}

/// `CFD-POD-0001`, `cfd-pod`, `privileged-container`.
fn fits(word: &str, code: &str, name: &str) -> bool {
    let (begin, rest) = code.split_at_checked(word.len()).unwrap_or_default();
    let begins = begin.eq_ignore_ascii_case(word) && (rest.is_empty() || rest.starts_with('-'));
    (begins && !word.is_empty()) || name == word
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn rules_by_code_area_and_name() {
        for (word, expected) in [
            ("CFD-POD-0001", true),
            ("cfd-pod", true),
            ("CFD", true),
            ("privileged-container", true),
            ("CFD-PO", false),
            ("CFD-POD-0002", false),
            ("privileged", false),
            ("", false),
        ] {
            assert_eq!(fits(word, "CFD-POD-0001", "privileged-container"), expected, "{word}");
        }
    }
}
