//! What this machine has: advisories, room, credentials, programs, container runtimes, a port.

use super::Line;
use crate::{advisory::status, places};
use cofferdam_advisory::Database;
use cofferdam_bounds::file::read_text;
use cofferdam_model::Diagnostic;
use rustix::fs::statvfs;
use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Nobody is logged in to a mebibyte of registries.
const CREDENTIALS_BYTES_MAX: u64 = 1 << 20;
/// A large image is spooled in parts of this much at once (`bounds`).
const ROOM_MIB: u64 = 1024;

/// What `scan` needs.
pub(super) fn scan() -> Vec<Line> {
    let mut lines = vec![advisories(), room("temporary files", &env::temp_dir())];
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

fn advisories() -> Line {
    const NAME: &str = "advisories";
    const UPDATE: &str = "cofferdam advisory update";
    let open = |path: PathBuf| Database::open(&path).map_err(Into::into);
    let opened =
        places::database().and_then(|path| path.is_file().then_some(path).map(open).transpose());
    match opened {
        Ok(None) => Line::missing("scan", NAME, "no database", UPDATE),
        Ok(Some(database)) => {
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
        Err(error) => Line::missing("scan", NAME, error.to_string(), UPDATE),
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

/// Sockets that container runtimes listen on, by their own documentation.
const RUNTIMES: &[(&str, &str)] = &[
    ("containerd", "/run/containerd/containerd.sock"),
    ("CRI-O", "/run/crio/crio.sock"),
    ("Docker", "/run/docker.sock"),
    ("k3s", "/run/k3s/containerd/containerd.sock"),
];

/// What `up` finds on this machine.
pub(super) fn up(data: Result<PathBuf, Diagnostic>, port: u16) -> Vec<Line> {
    let mut lines: Vec<Line> = RUNTIMES
        .iter()
        .filter(|(_, socket)| Path::new(socket).exists())
        .map(|(name, socket)| match UnixStream::connect(socket) {
            Ok(_) => Line::works("up", *name, *socket),
            Err(error) => {
                Line::partly("up", *name, format!("{socket}: {error}"), "run as root, or start it")
            }
        })
        .collect();
    if lines.is_empty() {
        let found = "none on this machine: images come from registries";
        lines.push(Line::works("up", "container runtime", found));
    }
    lines.push(match data.map(|data| (fs::create_dir_all(&data), data)) {
        Ok((Ok(()), data)) => Line { area: "up", ..room("data", &data) },
        Ok((Err(error), data)) => {
            Line::missing("up", "data", format!("{}: {error}", data.display()), "say --data FOLDER")
        }
        Err(error) => Line::missing("up", "data", error.what, error.remedy.unwrap_or_default()),
    });
    lines.push(match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Line::works("up", "console", format!("http://127.0.0.1:{port} is free")),
        Err(error) => Line::partly(
            "up",
            "console",
            format!("127.0.0.1:{port}: {error}"),
            "is it running already? else say --listen 127.0.0.1:PORT",
        ),
    });
    lines
}
