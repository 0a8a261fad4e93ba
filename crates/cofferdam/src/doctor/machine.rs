//! What this machine has: advisories, room, credentials, programs, container runtimes, a port.

use super::Line;
use crate::{advisory::status, arguments::Doctor, places};
use cofferdam_advisory::Database;
use cofferdam_bounds::file::read_text;
use cofferdam_control::scan::ContentStore;
use rustix::fs::statvfs;
use std::{
    env, fs,
    io::ErrorKind,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Nobody is logged in to a mebibyte of registries.
const CREDENTIALS_BYTES_MAX: u64 = 1 << 20;
/// A large image is spooled in parts of this much at once (`bounds`).
const ROOM_MIB: u64 = 1024;

/// What `scan` needs.
pub(super) fn scan(doctor: &Doctor) -> Vec<Line> {
    let mut lines = vec![
        advisories(doctor.database.database.as_deref()),
        room("temporary files", &env::temp_dir()),
    ];
    let found: Vec<PathBuf> =
        places::registry_credentials().into_iter().filter(|path| path.is_file()).collect();
    lines.push(match &*found {
        [] => Line::partly(
            "scan",
            "registry login",
            "none: public images only",
            "docker login REGISTRY, or podman login REGISTRY",
        ),
        [first, ..] => match registries(first) {
            Ok(hosts) => Line::works("scan", "registry login", hosts),
            Err(error) => Line::partly("scan", "registry login", error, "log in again"),
        },
    });
    lines
}

/// The registries that a file has credentials for (Docker CLI reference, config.json).
fn registries(file: &Path) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = read_text(file, CREDENTIALS_BYTES_MAX).map_err(|error| told(&error))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| told(&error))?;
    let keys = |word: &str| json.get(word).and_then(|map| map.as_object()).into_iter().flatten();
    let mut hosts: Vec<&str> =
        keys("auths").chain(keys("credHelpers")).map(|(host, _)| &**host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let hosts = if hosts.is_empty() { "no registry".to_owned() } else { hosts.join(", ") };
    Ok(format!("{}: {hosts}", file.display()))
}

/// The database that is named, or the user's own.
fn advisories(named: Option<&Path>) -> Line {
    const NAME: &str = "advisories";
    const UPDATE: &str = "cofferdam advisory update";
    let path = named.map_or_else(places::database, |named| Ok(named.to_owned()));
    let open = |path: PathBuf| Database::open(&path).map_err(Into::into);
    let opened = path.and_then(|path| path.is_file().then_some(path).map(open).transpose());
    match (opened, named) {
        (Ok(None), Some(named)) => {
            let remedy = format!("{UPDATE}, or see what --database and COFFERDAM_DATABASE say");
            Line::missing("scan", NAME, format!("{}: no database", named.display()), remedy)
        }
        (Ok(None), None) => Line::missing("scan", NAME, "no database", UPDATE),
        (Ok(Some(database)), _) => {
            let ecosystems = match database.ecosystems().len() {
                1 => "1 ecosystem".to_owned(),
                many => format!("{many} ecosystems"),
            };
            let found = format!("{ecosystems}, built {}", status::age(database.built()));
            if status::is_stale(&database) {
                Line::partly("scan", NAME, found, UPDATE)
            } else {
                Line::works("scan", NAME, found)
            }
        }
        (Err(error), _) => Line::missing("scan", NAME, error.to_string(), UPDATE),
    }
}

/// Whether a folder can be written, and how much is left there.
fn room(name: &'static str, folder: &Path) -> Line {
    let probe = folder.join(format!(".cofferdam-{}", std::process::id()));
    let written = fs::write(&probe, b"probe").and_then(|()| fs::remove_file(&probe));
    let place = folder.display();
    if let Err(error) = written {
        let found = format!("{place}: {error}");
        return Line::missing("scan", name, found, "set TMPDIR to a folder that can be written");
    }
    let left = statvfs(folder).map_or(0, |room| room.f_bavail * room.f_frsize / 1_048_576);
    let found = format!("{place}, {left} MiB left");
    if left < ROOM_MIB {
        Line::partly("scan", name, found, "make room, or set TMPDIR")
    } else {
        Line::works("scan", name, found)
    }
}

/// What `check` runs, if the user has it.
pub(super) fn check() -> Vec<Line> {
    let kustomize: &[(&str, &[&str])] =
        &[("kustomize", &["version"]), ("kubectl", &["version", "--client"])];
    vec![
        program("charts", &[("helm", &["version", "--short"])], "install helm: https://helm.sh"),
        program("kustomizations", kustomize, "install kubectl or kustomize"),
        program("--since", &[("git", &["--version"])], "install git"),
    ]
}

/// The first of these programs that runs.
fn program(name: &'static str, programs: &[(&str, &[&str])], remedy: &'static str) -> Line {
    for (program, arguments) in programs {
        let output = Command::new(program).args(*arguments).stdin(Stdio::null()).output();
        if let Ok(output) = output
            && output.status.success()
        {
            let text = String::from_utf8_lossy(&output.stdout);
            let first = text.lines().next().unwrap_or_default();
            return Line::works("check", name, format!("{program}: {first}"));
        }
    }
    let names: Vec<&str> = programs.iter().map(|(program, _)| *program).collect();
    Line::partly("check", name, format!("no {} here", names.join(" or ")), remedy)
}

/// Sockets of container runtimes whose images are kept in a way that is not read, by their own
/// documentation.
const UNREAD: [(&str, &str); 2] =
    [("CRI-O", "/run/crio/crio.sock"), ("Docker", "/run/docker.sock")];

/// What `up` finds on this machine.
pub(super) fn up(doctor: &Doctor) -> Vec<Line> {
    let is_there = |(_, socket): &&(&str, &str)| Path::new(socket).exists();
    let named = doctor.containerd.iter().map(|root| {
        content_store(root).unwrap_or_else(|| {
            let found = format!("{}: no content store of a containerd", root.display());
            let remedy = "name its root folder, such as /var/lib/containerd";
            Line::missing("up", "containerd", found, remedy)
        })
    });
    let usual = ContentStore::ROOTS.iter().filter_map(|root| content_store(Path::new(root)));
    let mut lines: Vec<Line> = named.chain(usual).collect();
    lines.extend(UNREAD.iter().filter(is_there).map(|(name, socket)| unread(name, socket)));
    if lines.is_empty() {
        let found = "none in the usual places: images come from registries";
        lines.push(Line::works("up", "container runtime", found));
    }
    let data = doctor.data.clone().map_or_else(places::data, Ok);
    lines.push(match data.map(|data| (fs::create_dir_all(&data), data)) {
        Ok((Ok(()), data)) => Line { area: "up", ..room("data", &data) },
        Ok((Err(error), data)) => {
            let found = format!("{}: {error}", data.display());
            Line::missing("up", "data", found, "say `cofferdam up --data FOLDER`")
        }
        Err(error) => {
            Line::missing("up", "data", error.what, "set HOME, or say `cofferdam up --data FOLDER`")
        }
    });
    let listen = &doctor.listen;
    lines.push(match TcpListener::bind(listen) {
        Ok(_) => Line::works("up", "console", format!("http://{listen} is free")),
        Err(error) => Line::partly(
            "up",
            "console",
            format!("{listen}: {error}"),
            "is it running already? else say `cofferdam up --listen 127.0.0.1:PORT`",
        ),
    });
    lines
}

/// Whether the images of a containerd with this root are read in place; nothing where none is.
fn content_store(root: &Path) -> Option<Line> {
    const NAME: &str = "containerd";
    let place = root.display();
    match ContentStore::open(root) {
        Ok(_) => Some(Line::works("up", NAME, format!("{place}: its images are read in place"))),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            let found = format!("{place}: {error}: images come from registries");
            Some(Line::partly("up", NAME, found, "run `cofferdam up` as root"))
        }
    }
}

/// A runtime is there, and its images are looked into all the same: from elsewhere.
fn unread(name: &str, socket: &str) -> Line {
    let found = format!("{socket}: images of its own store are read from their registries");
    Line::partly("up", name, found, "push what is on this machine alone to a registry")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    #[test]
    fn the_store_that_up_reads_is_the_one_that_is_tried() {
        let root = tempfile::tempdir().unwrap();
        assert!(content_store(root.path()).is_none(), "no containerd is nothing to tell");
        let blobs = root.path().join("io.containerd.content.v1.content/blobs/sha256");
        fs::create_dir_all(blobs.parent().unwrap()).unwrap();
        // As little a folder to read as one that is another's, and to root too.
        fs::write(&blobs, "").unwrap();
        let line = content_store(root.path()).unwrap();
        assert_eq!(line.state, State::Partly, "{line:?}");
        assert!(line.found.contains("images come from registries"), "{line:?}");
        fs::remove_file(&blobs).unwrap();
        fs::create_dir(&blobs).unwrap();
        let line = content_store(root.path()).unwrap();
        assert_eq!((line.state, line.remedy.as_deref()), (State::Works, None), "{line:?}");
    }

    #[test]
    fn a_runtime_that_nothing_is_read_from_does_not_work() {
        for (name, socket) in UNREAD {
            let line = unread(name, socket);
            assert_eq!(line.state, State::Partly);
            assert!(line.found.ends_with("are read from their registries"), "{line:?}");
        }
    }
}
