//! Which cluster `up` shows: the one that was named, the one that was found, or the sample.

use crate::{
    arguments::Up,
    places,
    platform::say,
    recording::{self, Shown},
};
use cofferdam_cluster::{Access, Connection, contexts};
use cofferdam_control::{
    Source,
    scan::{ContentStore, Images, Real},
};
use cofferdam_download::{Client, Settings};
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_registry::{Credentials, Registry};
use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::PathBuf,
    sync::Arc,
};

/// What is shown.
pub(super) enum Found {
    /// The recorded sample.
    Sample,
    /// A recording of the user's own.
    Recording(PathBuf),
    /// A cluster that lives.
    Live(Connection),
}

/// Finds it; asks before a cluster is watched that nobody named.
pub(super) async fn find(up: &Up) -> Result<Found, Diagnostic> {
    let access = up.cluster.access();
    if up.sample {
        say("this is the recorded sample: nothing of it lives (examples/shop)");
        return Ok(Found::Sample);
    }
    if let Some(folder) = &up.recording {
        say(&format!("this is the recording {}: nothing of it lives", folder.display()));
        return Ok(Found::Recording(folder.clone()));
    }
    if access == Access::Find && contexts().is_empty() {
        say("no cluster is found here: this is the recorded sample (examples/shop)");
        return Ok(Found::Sample);
    }
    let connection = Connection::open(&access).await.map_err(|mut error| {
        // Whoever only wants to see it needs no cluster.
        error.remedy = error.remedy.map(|remedy| format!("{remedy}; or see the sample: --sample"));
        error
    })?;
    let identity = connection.identity();
    let what = format!("{} ({} at {})", identity.name, identity.version, identity.server);
    if access == Access::Find && !up.yes {
        ask(&what)?;
    }
    let does = if up.admission_url.is_some() { "and stands at its door" } else { "and only reads" };
    say(&format!("cofferdam watches {what} {does}"));
    Ok(Found::Live(connection))
}

/// Nobody wants a production cluster watched because it was the current context.
fn ask(what: &str) -> Result<(), Diagnostic> {
    let refused = |why: &str| {
        Diagnostic::new(Exit::Usage, format!("the cluster {what} was found, and not chosen"))
            .because(why)
            .remedy("name it with --context, say --yes, or see the sample with --sample")
    };
    if !io::stdin().is_terminal() {
        return Err(refused("there is nobody to ask"));
    }
    let mut out = anstream::stderr();
    let _ = write!(out, "Found the cluster {what}. Watch it? Nothing in it is changed. [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(refused("the answer was no")),
    }
}

impl Found {
    /// What its data are kept under: data of two clusters never mix.
    pub(super) fn name(&self) -> String {
        let name = match self {
            Self::Sample => "sample".to_owned(),
            Self::Recording(folder) => {
                let whole = folder.canonicalize();
                format!("recording {}", whole.as_ref().unwrap_or(folder).display())
            }
            Self::Live(connection) => connection.identity().id.clone(),
        };
        name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect()
    }

    /// What the controllers take, and what was asked of a recorded cluster before.
    pub(super) fn shown(self, up: &Up) -> Result<Shown, Diagnostic> {
        match self {
            Self::Sample => recording::sample(),
            Self::Recording(folder) => recording::read(&folder),
            Self::Live(connection) => {
                let mut stores = ContentStore::find();
                stores
                    .extend(up.containerd.as_deref().map(ContentStore::open).and_then(Result::ok));
                let settings = Settings {
                    certificates: up.common.ca_certificate.clone(),
                    ..Settings::default()
                };
                let credentials = Credentials { files: places::registry_credentials() };
                let registry = Registry::new(Client::new(&settings)?, credentials);
                let images = Real { stores, registry, connection: Some(connection.clone()) };
                Ok(Shown {
                    source: Source::Live(connection),
                    images: Images::Real(Arc::new(images)),
                    requests: None,
                })
            }
        }
    }
}
