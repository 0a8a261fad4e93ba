//! Charts and kustomizations, by the tools that the user has.

use super::files::Renderable;
use crate::{arguments::Check as Arguments, places};
use cofferdam_assess::{
    check::Input,
    render::{Helm, Tools, helm, kustomize},
};
use cofferdam_model::{Diagnostic, Exit, Problem, ProblemKind};
use std::path::Path;

/// What was rendered, and what could not be.
#[derive(Default)]
pub(super) struct Rendered {
    pub(super) inputs: Vec<Input>,
    pub(super) problems: Vec<Problem>,
}

/// Renders each. A chart that cannot be rendered is a part that is not assessed; the rest is.
pub(super) fn render(
    found: &[Renderable],
    arguments: &Arguments,
    tools: &Tools,
) -> Result<Rendered, Diagnostic> {
    let options = Helm {
        values: arguments.values.clone(),
        set: arguments.set.clone(),
        namespace: arguments.namespace.clone(),
        kubernetes_version: arguments
            .kubernetes_version
            .map(|version| format!("1.{}", version.minor)),
    };
    let mut all = Rendered::default();
    for one in found {
        let (folder, result) = match one {
            Renderable::Chart(folder) => (folder, helm(folder, &options, tools)),
            Renderable::Kustomization(folder) => (folder, kustomize(folder, tools)),
        };
        let name = shown(folder);
        match result {
            Ok(rendered) => {
                let files = rendered.files.into_iter();
                all.inputs.extend(files.map(|file| Input::rendered(&*name, file)));
            }
            Err(error) if error.exit == Exit::NotAssessed => {
                all.problems.push(problem(&name, &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Options that change nothing are a mistake: a folder was named that holds no chart, or a wrong file.
pub(super) fn refuse_idle(found: &[Renderable], arguments: &Arguments) -> Result<(), Diagnostic> {
    if let Some(missing) = arguments.values.iter().find(|file| !file.is_file()) {
        return Err(
            Diagnostic::new(Exit::Usage, "there is no such file of values").at(missing.display())
        );
    }
    let is_idle = !found.iter().any(|one| matches!(one, Renderable::Chart(_)));
    let says_none =
        arguments.values.is_empty() && arguments.set.is_empty() && arguments.namespace.is_none();
    if is_idle && !says_none {
        return Err(Diagnostic::new(
            Exit::Usage,
            "--values, --set and --namespace are for charts, and none is here",
        )
        .remedy("name the folder of the chart, the one with Chart.yaml in it"));
    }
    Ok(())
}

/// The programs and the home of this user.
pub(super) fn tools() -> Tools {
    Tools::new(&places::programs(), places::home())
}

fn problem(path: &str, error: &Diagnostic) -> Problem {
    let parts = [Some(error.what.clone()), error.cause.clone(), error.remedy.clone()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Problem::at(ProblemKind::Unreadable, path, parts.join("; "))
}

fn shown(folder: &Path) -> String {
    folder.strip_prefix("./").unwrap_or(folder).display().to_string()
}
