//! The Go modules whose test data our tests read, downloaded to `target/oracles`, and what the
//! code of Kubernetes says, asked afresh.

use crate::{
    command::{check, command, root},
    schema,
};
use std::{
    fs::{self, File},
    path::Path,
};

/// What `tests/oracles` reads, each at the version that its tests name. Those of projects whose
/// manifests are checked are named where their findings are (`tests/goldens/truth/sets.tsv`).
const MODULES: &[&str] = &["cel.dev/expr@v0.25.3", POD_SECURITY];

const POD_SECURITY: &str = "k8s.io/pod-security-admission@v0.37.2";

/// Downloads what is not there yet.
pub(crate) fn run() -> Result<(), String> {
    let folder = root().join("target/oracles");
    let sets = root().join("tests/goldens/truth/sets.tsv");
    let sets = fs::read_to_string(&sets).map_err(|error| format!("{}: {error}", sets.display()))?;
    let projects = sets.lines().skip(1).filter_map(|line| line.split('\t').next());
    let mut missing: Vec<&str> = MODULES.iter().copied().chain(projects).collect();
    missing.dedup();
    missing.retain(|module| !folder.join(module).is_dir());
    if missing.is_empty() {
        return Ok(());
    }
    // A module cache of its own, so that the tests know where things are; and one that can be
    // deleted with the rest of `target`.
    let mut go = command("go");
    go.env("GOMODCACHE", &folder).env("GOFLAGS", "-modcacherw").args(["mod", "download"]);
    check(go.args(missing))
}

/// Asks Kubernetes' own code again for what is kept of it in the repository: its types, how it
/// fills in objects, its verdicts on pods, and what expressions give. The programs take minutes to compile.
pub(crate) fn ask_kubernetes() -> Result<(), String> {
    run()?;
    schema::run()?;
    let pods = format!("target/oracles/{POD_SECURITY}/test/testdata");
    let verdicts = root().join("tests/goldens/pod-security/verdicts.txt");
    write(&build("pod-security")?, &root().join(pods), &verdicts)?;
    let defaults = build("kubernetes-defaults")?;
    let corpus = root().join("crates/manifest/corpus/defaults");
    let entries =
        fs::read_dir(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "yaml") {
            write(&defaults, &path, &path.with_extension("jsonl"))?;
        }
    }
    ask_about_access()?;
    ask_about_expressions()
}

/// Asks again who may do what, and what selectors select; the questions get new answers.
fn ask_about_access() -> Result<(), String> {
    let corpus = root().join("crates/posture/corpus/access");
    let questions = corpus.join("questions.txt");
    let answered = corpus.with_extension("new");
    write(&build("kubernetes-access")?, &corpus, &answered)?;
    fs::rename(&answered, &questions).map_err(|error| format!("{}: {error}", questions.display()))
}

/// Asks again what expressions give; the program writes the results under them.
fn ask_about_expressions() -> Result<(), String> {
    let folder = root().join("crates/cel/corpus/kubernetes");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = files.flatten().map(|file| file.path());
    check(command(&build("kubernetes-cel")?).args(paths))
}

/// Asks BuildKit again how it reads the Dockerfiles of the corpus.
pub(crate) fn ask_buildkit() -> Result<(), String> {
    let corpus = root().join("crates/manifest/corpus/dockerfile");
    write(&build("dockerfile")?, &corpus, &corpus.with_extension("json"))
}

/// Builds one of the Go programs in `tests/oracles`; gives its path.
fn build(name: &str) -> Result<String, String> {
    let program = root().join("target/oracles/bin").join(name).display().to_string();
    let mut go = command("go");
    go.current_dir(root().join("tests/oracles").join(name));
    check(go.args(["build", "-p", "1", "-buildvcs=false", "-o", &program, "."]))?;
    Ok(program)
}

/// Runs a program on a path, its output into a file.
fn write(program: &str, input: &Path, output: &Path) -> Result<(), String> {
    let file = File::create(output).map_err(|error| format!("{}: {error}", output.display()))?;
    check(command(program).arg(input).stdout(file))
}
