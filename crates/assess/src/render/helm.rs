//! Helm charts, rendered by `helm template`.

use super::{
    Origin, Rendered, RenderedFile, Tools, canonical,
    process::{Failure, Output, offline, run},
    shown, text, trace,
};
use cofferdam_model::{Diagnostic, Exit};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// How a chart is rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Helm {
    /// Files of values, the last one counts (`--values`). Addresses are refused: nothing is fetched.
    pub values: Vec<PathBuf>,
    /// Single values, `name=value` (`--set`).
    pub set: Vec<String>,
    /// The namespace that templates see as that of the release (`--namespace`); by itself Helm takes
    /// `default`.
    pub namespace: Option<String>,
    /// The version of Kubernetes that templates see (`--kube-version`), `1.30`.
    pub kubernetes_version: Option<String>,
}

/// The longest name of a release that Helm takes.
const NAME_MAX: usize = 53;

/// The manifests of the chart in a folder, each with its template.
pub fn helm(chart: &Path, options: &Helm, tools: &Tools) -> Result<Rendered, Diagnostic> {
    let cannot =
        || Diagnostic::new(Exit::NotAssessed, "cannot render the chart").at(chart.display());
    let program = tools.find("helm").ok_or_else(|| {
        cannot()
            .because("helm is not installed")
            .remedy("install helm, or check what it gives: helm template CHART | cofferdam check -")
    })?;
    let folder = canonical(chart)?;
    let home = tempfile::tempdir().map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot make a temporary folder").because(error)
    })?;
    let mut command = offline(&program, home.path());
    command.current_dir(home.path()).arg("template").arg(release(&folder)).arg(&folder);
    command.arg("--include-crds");
    for values in &options.values {
        command.arg(option("--values=", canonical(values)?.into_os_string()));
    }
    for set in &options.set {
        command.arg(option("--set=", set.into()));
    }
    if let Some(namespace) = &options.namespace {
        command.arg(option("--namespace=", namespace.into()));
    }
    if let Some(version) = &options.kubernetes_version {
        command.arg(option("--kube-version=", version.into()));
    }
    let output = run(command, tools).map_err(|failure| failed(cannot(), &failure))?;
    let complaint = output.stderr.trim();
    if !output.succeeded && complaint.contains("library charts are not installable") {
        return Ok(Rendered::default());
    }
    if !output.succeeded {
        return Err(refused(cannot(), &output, chart));
    }
    let rendered = String::from_utf8_lossy(&output.stdout);
    Ok(Rendered { files: by_template(&rendered, chart) })
}

fn option(name: &str, value: OsString) -> OsString {
    let mut option = OsString::from(name);
    option.push(value);
    option
}

/// The name of the folder as one of a release: lower-case letters, digits and dashes.
fn release(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(NAME_MAX)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "release".to_owned() } else { name.to_owned() }
}

pub(super) fn failed(diagnostic: Diagnostic, failure: &Failure) -> Diagnostic {
    let remedy = match failure {
        Failure::Time(_) | Failure::Output(_) => "render it yourself and check the result",
        Failure::Start(_) | Failure::Pipe(_) => "look whether it runs by hand",
    };
    diagnostic.because(failure).remedy(remedy)
}

fn refused(diagnostic: Diagnostic, output: &Output, chart: &Path) -> Diagnostic {
    let complaint = complaint(&output.stderr);
    let remedy = if complaint.contains("missing in charts/") {
        format!("fetch its dependencies first: helm dependency build {}", chart.display())
    } else if complaint.contains("chart requires kubeVersion") {
        // By itself Helm supposes the version that it was built with.
        "say which Kubernetes it is for, for example --kubernetes-version 1.30".to_owned()
    } else {
        format!("see what it says by itself: helm template {}", chart.display())
    };
    diagnostic.because(complaint).remedy(remedy)
}

/// The first line of what a program complains of, on which the rest depends. What kubectl logs has
/// the time and the line of its source before it, and `err=` before what it means.
pub(super) fn complaint(stderr: &str) -> String {
    const LENGTH_MAX: usize = 400;
    let warns = |line: &str| line.starts_with("WARNING") || line.starts_with("# Warning");
    let meant = |line: &str| {
        let line = line.split_once("] \"command failed\" err=").map_or(line, |(_, error)| error);
        line.trim_start_matches("Error: ").trim_matches(['"', '<', '>']).trim().to_owned()
    };
    let mut lines = stderr
        .lines()
        .map(str::trim)
        .filter(|line| !warns(line))
        .map(meant)
        .filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or_else(|| "it fails without a word".to_owned());
    line.chars().take(LENGTH_MAX).collect()
}

/// Helm writes `# Source: CHART/templates/web.yaml` into each document. The documents of one
/// template may stand apart, for Helm sorts them by kind.
fn by_template(rendered: &str, chart: &Path) -> Vec<RenderedFile> {
    let mut templates: BTreeMap<String, Template> = BTreeMap::new();
    for document in documents(rendered) {
        let source = document.lines().find_map(|line| line.strip_prefix("# Source: "));
        let source = source.unwrap_or_default();
        let template =
            templates.entry(source.to_owned()).or_insert_with(|| Template::of(chart, source));
        template.add(&document);
    }
    let file = |template: Template| RenderedFile {
        path: template.path.to_string(),
        text: template.rendered.into(),
        origins: template.origins,
    };
    templates.into_values().map(file).collect()
}

/// The documents of a YAML stream, without the lines that part them.
fn documents(rendered: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in rendered.split_inclusive('\n') {
        if line.trim_end() == "---" {
            documents.push(String::new());
        } else if let Some(last) = documents.last_mut() {
            last.push_str(line);
        }
    }
    documents.retain(|document| {
        document.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))
    });
    documents
}

/// A template and what it gave.
struct Template {
    path: Arc<str>,
    /// Its own text. Templates of packed dependencies are in no file.
    written: Option<String>,
    rendered: String,
    origins: Vec<Option<Origin>>,
}

impl Template {
    /// The first part of `source` is the name of the chart, which need not be that of its folder.
    fn of(chart: &Path, source: &str) -> Self {
        let inside = source.split_once('/').map_or("", |(_, inside)| inside);
        let mut parts = Path::new(inside).components();
        let is_inside = parts.all(|part| matches!(part, Component::Normal(_)));
        let path =
            if inside.is_empty() || !is_inside { chart.to_owned() } else { chart.join(inside) };
        let written = text(&path);
        let path = shown(&path).into();
        Self { path, written, rendered: String::new(), origins: Vec::new() }
    }

    fn add(&mut self, document: &str) {
        if !self.rendered.is_empty() {
            self.rendered.push_str("---\n");
            self.origins.push(None);
        }
        self.rendered.push_str(document);
        let lines = match &self.written {
            Some(written) => trace::trace(written, document),
            None => vec![None; document.lines().count()],
        };
        let origin = |line: Option<u32>| Some(Origin { path: Arc::clone(&self.path), line: line? });
        self.origins.extend(lines.into_iter().map(origin));
    }
}
