//! `cofferdam advisory`: the database that scans are judged with.

pub(crate) mod status;
mod update;

use crate::{
    arguments::{Advisory, DatabaseFile},
    diagnostics::note,
    places,
    progress::Line,
    scan::now,
};
use cofferdam_advisory::{BuildReport, Database, Feed, build, import};
use cofferdam_assess::Progress as _;
use cofferdam_model::{Diagnostic, Exit};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Runs one of the subcommands.
pub(crate) fn run(command: Advisory, quiet: bool) -> Result<Exit, Diagnostic> {
    match command {
        Advisory::Update { list: true, .. } => {
            update::list();
            Ok(Exit::Pass)
        }
        Advisory::Update { source, ca_certificate, database, .. } => {
            update(&source, ca_certificate.as_deref(), &database, quiet)
        }
        Advisory::Build { feeds, database } => {
            let feeds: Vec<Feed> = feeds.into_iter().map(Feed::at).collect();
            build_from(&feeds, &place(&database)?, quiet)
        }
        Advisory::Import { file, database } => {
            let output = place(&database)?;
            import(&file, &output)?;
            if !quiet {
                note(&format!("imported {} into {}", file.display(), output.display()));
            }
            Ok(Exit::Pass)
        }
        Advisory::Status { database } => status::run(&existing(&place(&database)?)?),
    }
}

/// Fetches what has changed, and builds the database from it.
pub(crate) fn update(
    source: &[String],
    ca_certificate: Option<&Path>,
    database: &DatabaseFile,
    quiet: bool,
) -> Result<Exit, Diagnostic> {
    let feeds = update::fetch(source, ca_certificate, quiet)?;
    build_from(&feeds, &place(database)?, quiet)
}

/// The database file that is to be written or read; its directory is there afterwards.
fn place(named: &DatabaseFile) -> Result<PathBuf, Diagnostic> {
    let path = match &named.database {
        Some(path) => path.clone(),
        None => places::database()?,
    };
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(directory).map_err(|error| {
            Diagnostic::new(Exit::Infrastructure, "cannot make the directory of the database")
                .at(directory.display())
                .because(error)
        })?;
    }
    Ok(path)
}

fn existing(path: &Path) -> Result<Database, Diagnostic> {
    if !path.exists() {
        return Err(Diagnostic::new(Exit::Usage, "there is no advisory database yet")
            .at(path.display())
            .remedy("fetch the public feeds: cofferdam advisory update"));
    }
    Ok(Database::open(path)?)
}

fn build_from(feeds: &[Feed], output: &Path, quiet: bool) -> Result<Exit, Diagnostic> {
    let line = Line::new(quiet);
    line.begin("building the advisory database", None);
    let report = build(feeds, output, now(), &|_, records| line.advance(records));
    line.end();
    let report = report?;
    if !quiet {
        summarize(&report, output);
    }
    Ok(Exit::Pass)
}

/// What went in, and what did not.
fn summarize(report: &BuildReport, output: &Path) {
    note(&format!(
        "{} advisories for {} packages, {} exploited CVEs, {} EPSS scores, {} life cycles",
        report.advisories,
        report.packages,
        report.known_exploited,
        report.scores,
        report.lifecycles
    ));
    for ignored in &report.ignored {
        note(&format!("left out {}: {}", ignored.origin, ignored.reason));
    }
    if report.problem_count > 0 {
        note(&format!("left out {} broken records, for example:", report.problem_count));
        for problem in report.problems.iter().take(3) {
            let place = problem.location.as_ref().map(|location| format!("{}: ", location.path));
            note(&format!("  {}{}", place.unwrap_or_default(), problem.detail));
        }
    }
    note(&format!("wrote {} ({:.1} MiB)", output.display(), report.bytes as f64 / 1_048_576.0));
}
