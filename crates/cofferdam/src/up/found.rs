//! Which cluster `up` shows: the one that was named, the one that was found, or the sample.

use crate::{
    arguments::Up,
    places,
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
        return Ok(Found::Sample);
    }
    if let Some(folder) = &up.recording {
        return Ok(Found::Recording(folder.clone()));
    }
    if access == Access::Find && contexts().is_empty() {
        return Ok(Found::Sample);
    }
    let connection = Connection::open(&access).await.map_err(|mut error| {
        // Whoever only wants to see it needs no cluster.
        error.remedy = error.remedy.map(|remedy| format!("{remedy}; or see the sample: --sample"));
        error
    })?;
    if access == Access::Find && !up.yes {
        ask(&title(&connection))?;
    }
    Ok(Found::Live(connection))
}

/// A cluster as people know it.
fn title(connection: &Connection) -> String {
    let identity = connection.identity();
    format!("{} ({} at {})", identity.name, identity.version, identity.server)
}

/// The content store that is named, which is to be one: images would come from registries
/// otherwise, and nobody would know why.
pub(super) fn containerd(up: &Up) -> Result<Option<ContentStore>, Diagnostic> {
    let open = |root: &PathBuf| {
        ContentStore::open(root).map_err(|error| {
            let remedy = match error.kind() {
                io::ErrorKind::PermissionDenied => "run `cofferdam up` as root",
                _ => {
                    "name the folder that containerd's configuration calls root, such as \
                      /var/lib/containerd"
                }
            };
            Diagnostic::new(Exit::Usage, "no images of a containerd can be read here")
                .at(format!("--containerd {}", root.display()))
                .because(format!("io.containerd.content.v1.content/blobs/sha256 in it: {error}"))
                .remedy(remedy)
        })
    };
    up.containerd.as_ref().map(open).transpose()
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
    /// What is said of it once it is shown.
    pub(super) fn told(&self, up: &Up) -> String {
        match self {
            Self::Sample if up.sample => {
                "this is the recorded sample: nothing of it lives (examples/shop)".to_owned()
            }
            Self::Sample => {
                "no cluster is found here: this is the recorded sample (examples/shop)".to_owned()
            }
            Self::Recording(folder) => {
                format!("this is the recording {}: nothing of it lives", folder.display())
            }
            Self::Live(connection) => {
                let is_at_door = up.admission_url.is_some();
                let does = if is_at_door { "stands at its door" } else { "only reads" };
                format!("cofferdam watches {} and {does}", title(connection))
            }
        }
    }

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
    pub(super) fn shown(
        self,
        up: &Up,
        containerd: Option<ContentStore>,
    ) -> Result<Shown, Diagnostic> {
        match self {
            Self::Sample => recording::sample(),
            Self::Recording(folder) => recording::read(&folder),
            Self::Live(connection) => {
                let mut stores = ContentStore::find();
                stores.extend(containerd);
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
