//! What is judged by, loaded again when the files change.

use crate::scan;
use cofferdam_advisory::Database;
use cofferdam_api::Catalogue;
use cofferdam_control::Rules;
use cofferdam_model::Diagnostic;
use cofferdam_policy::{Bundle, read_files};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{sync::watch, time::sleep};

/// How often files are looked at: an advisory database is built a few times a day.
const LOOK: Duration = Duration::from_secs(10);

/// Rules, and the policies as people read them.
pub(super) struct Loaded {
    pub(super) rules: Rules,
    pub(super) catalogue: Catalogue,
}

/// Reads everything once.
pub(super) fn load(policies: &[PathBuf], database: Option<&Path>) -> Result<Loaded, Diagnostic> {
    let bundle = scan::bundle(policies, Bundle::with)?;
    let catalogue = Catalogue::new(&bundle, &read_files(policies)?);
    let advisories = match database.filter(|path| path.exists()) {
        Some(path) => Some(Arc::new(Database::open(path)?)),
        None => None,
    };
    Ok(Loaded { rules: Rules { bundle: Arc::new(bundle), advisories }, catalogue })
}

/// Reads everything again whenever a file changed. What cannot be read leaves what was read
/// before in force, and is said.
pub(super) fn keep(
    loaded: Loaded,
    policies: Vec<PathBuf>,
    database: Option<PathBuf>,
    mut stop: watch::Receiver<bool>,
) -> watch::Receiver<Rules> {
    let (sender, rules) = watch::channel(loaded.rules);
    tokio::spawn(async move {
        let files = || policies.iter().chain(&database).map(|path| modified(path)).collect();
        let mut known: Vec<Option<SystemTime>> = files();
        loop {
            tokio::select! {
                () = sleep(LOOK) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let found = files();
            if found == known {
                continue;
            }
            known = found;
            match load(&policies, database.as_deref()) {
                Ok(loaded) => {
                    sender.send_replace(loaded.rules);
                    super::say("rules and advisories were read again");
                }
                Err(error) => crate::diagnostics::print(&error),
            }
        }
    });
    rules
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
