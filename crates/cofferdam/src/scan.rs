//! `cofferdam scan`: opens the target, and lets `assess` and `report` do the rest.

use crate::{
    arguments::Scan,
    diagnostics::note,
    output::{self, Report},
    places,
    progress::Line,
};
use cofferdam_advisory::Database;
use cofferdam_assess::{Contents, Progress as _, Question, assess, contents, root_filesystem};
use cofferdam_bounds::{Limits, Meter};
use cofferdam_download::{Client, Settings};
use cofferdam_layers::{Selection, Target};
use cofferdam_model::{Diagnostic, Exit, ImageReference};
use cofferdam_policy::{Bundle, PolicyFile, Stage, read_files};
use cofferdam_registry::{Credentials, Registry};
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use tokio::runtime::{Builder, Runtime};

/// Scans, reports, and says how the process ends.
pub(crate) fn run(scan: &Scan, quiet: bool) -> Result<Exit, Diagnostic> {
    // Everything of the user's own is looked at before any long work.
    output::check(&scan.output)?;
    let meter = Meter::new(limits(&scan.limit)?);
    let bundle = bundle_in_force(&scan.policy, Bundle::of_images)?;
    let database = database(scan.database.database.as_deref(), quiet)?;
    let line = Line::new(quiet);
    let contents = read(scan, &meter, &line)?;
    let question = Question {
        advisories: database.as_ref(),
        bundle: &bundle,
        stage: Stage::Build,
        now: scan.at.unwrap_or_else(now),
    };
    let assessment = assess(&scan.target, contents, &question)?;
    output::write(Report::Assessment(&assessment), &scan.output)?;
    if !quiet {
        let details = assessment.contents.problems.iter().map(|problem| &*problem.detail);
        let met: BTreeSet<&str> = details.filter_map(Limits::named_in).collect();
        for name in met {
            note(&format!("note: an honest image that needs more gets it: --limit {name}=NUMBER"));
        }
    }
    Ok(assessment.decision.exit())
}

#[expect(clippy::disallowed_methods, reason = "the binary is where the clock is asked")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

fn limits(changes: &[String]) -> Result<Limits, Diagnostic> {
    let mut limits = Limits::default();
    for change in changes {
        limits.set(change).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot set this limit").at("--limit").because(error)
        })?;
    }
    Ok(limits)
}

/// The policies of files; all errors are wanted at once.
pub(crate) fn bundle(
    paths: &[PathBuf],
    compile: impl FnOnce(&[PolicyFile]) -> Result<Bundle, Vec<Diagnostic>>,
) -> Result<Bundle, Diagnostic> {
    first(compile(&read_files(paths)?))
}

/// The same for who judges by them, and hears what they take out of force.
pub(crate) fn bundle_in_force(
    paths: &[PathBuf],
    compile: impl FnOnce(&[PolicyFile]) -> Result<Bundle, Vec<Diagnostic>>,
) -> Result<Bundle, Diagnostic> {
    let bundle = bundle(paths, compile)?;
    bundle.left_unasked().iter().for_each(crate::diagnostics::warn);
    Ok(bundle)
}

/// One error is returned, the others are printed.
pub(crate) fn first<T>(compiled: Result<T, Vec<Diagnostic>>) -> Result<T, Diagnostic> {
    compiled.map_err(|mut errors| {
        let last = errors.pop();
        errors.iter().for_each(crate::diagnostics::print);
        last.unwrap_or_else(|| Diagnostic::new(Exit::Usage, "the policies cannot be read"))
    })
}

/// Without a database the scan goes on and says what it could not assess; a database that was
/// named and is not there is a mistake.
fn database(named: Option<&Path>, quiet: bool) -> Result<Option<Database>, Diagnostic> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => places::database()?,
    };
    if named.is_none() && !path.exists() {
        if !quiet {
            note("note: there is no advisory database yet: cofferdam advisory update");
        }
        return Ok(None);
    }
    Ok(Some(Database::open(&path)?))
}

fn read(scan: &Scan, meter: &Meter, line: &Line) -> Result<Contents, Diagnostic> {
    let path = Path::new(&scan.target);
    if !path.exists() {
        return pull(scan, meter, line);
    }
    let selection =
        Selection { platform: scan.platform.clone(), reference: scan.reference.clone() };
    match Target::open(path, meter)? {
        Target::RootFilesystem(root) => Ok(root_filesystem(&root, meter, line)),
        Target::Image(store) => {
            let image = store.image(&selection, meter)?;
            Ok(contents(image, &store, meter, line))
        }
    }
}

fn pull(scan: &Scan, meter: &Meter, line: &Line) -> Result<Contents, Diagnostic> {
    let reference: ImageReference = scan.target.parse().map_err(|error| {
        Diagnostic::new(Exit::Usage, "there is no such file, and it is no image reference either")
            .at(&scan.target)
            .because(error)
            .remedy("name an archive, a directory, or an image such as debian:12")
    })?;
    if looks_like_a_file(&scan.target) {
        return Err(Diagnostic::new(Exit::Usage, "there is no such file").at(&scan.target));
    }
    let settings = Settings { certificates: scan.ca_certificate.clone(), ..Settings::default() };
    let credentials = Credentials { files: places::registry_credentials() };
    let registry = Registry::new(Client::new(&settings)?, credentials);
    let runtime = runtime()?;
    let open = registry.open(&reference, scan.platform.as_ref(), meter.limits());
    line.begin(&format!("asking {}", reference.registry), None);
    let opened = runtime.block_on(open);
    line.end();
    let (image, blobs) = opened?;
    Ok(contents(image, &blobs, meter, line))
}

/// What carries network traffic. Downloads wait for the network, not for a core.
pub(crate) fn runtime() -> Result<Runtime, Diagnostic> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot start network threads").because(error)
    })
}

/// Nobody means Docker Hub by `./app.tar`.
fn looks_like_a_file(target: &str) -> bool {
    target.starts_with(['.', '/', '~'])
        || [".tar", ".tgz", ".gz", ".zst"].iter().any(|suffix| target.ends_with(suffix))
}
