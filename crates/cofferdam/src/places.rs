//! Where things are kept, by the XDG Base Directory Specification.

use cofferdam_model::{Diagnostic, Exit};
use std::{env, ffi::OsString, path::PathBuf};

/// The advisory database of this user.
pub(crate) fn database() -> Result<PathBuf, Diagnostic> {
    let directory = xdg("XDG_DATA_HOME", ".local/share").ok_or_else(|| {
        Diagnostic::new(Exit::Usage, "there is no home directory to find the database in")
            .remedy("set HOME, or say --database FILE")
    })?;
    Ok(directory.join("cofferdam/advisories.cfd"))
}

/// Where `up` keeps what it knows.
pub(crate) fn data() -> Result<PathBuf, Diagnostic> {
    let directory = xdg("XDG_STATE_HOME", ".local/state").ok_or_else(|| {
        Diagnostic::new(Exit::Usage, "there is no home directory to keep data in")
            .remedy("set HOME, or say --data FOLDER")
    })?;
    Ok(directory.join("cofferdam"))
}

/// Where fetched feeds are kept.
pub(crate) fn cache() -> Result<PathBuf, Diagnostic> {
    let directory = xdg("XDG_CACHE_HOME", ".cache").ok_or_else(|| {
        Diagnostic::new(Exit::Usage, "there is no home directory to keep feeds in")
            .remedy("set HOME or XDG_CACHE_HOME")
    })?;
    Ok(directory.join("cofferdam/feeds"))
}

/// Files that `docker login` and `podman login` keep credentials in, in the order they are asked
/// (containers-auth.json(5), Docker CLI reference).
pub(crate) fn registry_credentials() -> Vec<PathBuf> {
    let mut files = Vec::new();
    files.extend(absolute("REGISTRY_AUTH_FILE"));
    files.extend(absolute("DOCKER_CONFIG").map(|directory| directory.join("config.json")));
    files.extend(absolute("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json")));
    files.extend(xdg("XDG_CONFIG_HOME", ".config").map(|dir| dir.join("containers/auth.json")));
    files.extend(home().map(|home| home.join(".docker/config.json")));
    files
}

fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    absolute(variable).or_else(|| Some(home()?.join(below_home)))
}

/// Where this user's programs are looked for.
pub(crate) fn programs() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

/// The home directory of this user.
pub(crate) fn home() -> Option<PathBuf> {
    absolute("HOME")
}

/// The specification says that relative paths are to be ignored.
fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
