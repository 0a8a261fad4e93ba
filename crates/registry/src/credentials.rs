//! Credentials as `docker login`, `podman login` and their helpers keep them.
//!
//! Formats: Docker CLI `config.json` (`auths`, `credsStore`, `credHelpers`) and
//! containers-auth.json(5), which share `auths` and `credHelpers`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cofferdam_bounds::{file, read_all};
use cofferdam_model::{Diagnostic, Exit};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What to present to one registry. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user name and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// An OAuth2 refresh token, exchanged at the token service.
    IdentityToken(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// Where credentials are looked up: the first file that knows the registry answers.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Configuration files in order; those that do not exist are passed over.
    pub files: Vec<PathBuf>,
}

/// Configuration files over this are not ours.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// A credential helper answers with a small JSON object.
const HELPER_BYTES_MAX: u64 = 64 << 10;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConfigFile {
    auths: BTreeMap<String, Login>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

impl Credentials {
    /// The credential for a registry host, or none: then the pull is anonymous.
    pub fn find(&self, registry: &str, repository: &str) -> Result<Option<Credential>, Diagnostic> {
        for path in self.files.iter().filter(|path| path.exists()) {
            let bytes = read(path)?;
            if let Some(found) = find_in(&bytes, path, registry, repository)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The credential for a registry in the text of one configuration file; `path` is for errors.
pub fn find_in(
    bytes: &[u8],
    path: &Path,
    registry: &str,
    repository: &str,
) -> Result<Option<Credential>, Diagnostic> {
    // serde_json's message quotes no values, so no secret can leak through it.
    let config: ConfigFile = serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {}: not valid", error.line(), error.column());
        unreadable(path).because(place)
    })?;
    config.find(registry, repository, path)
}

/// The credential for a registry in a configuration that somebody else wrote, such as the
/// `.dockerconfigjson` of a pull secret: helpers, which are programs, are never started for it.
pub fn find_given(
    bytes: &[u8],
    name: &Path,
    registry: &str,
    repository: &str,
) -> Result<Option<Credential>, Diagnostic> {
    let config: ConfigFile =
        serde_json::from_slice(bytes).map_err(|_| unreadable(name).because("not valid"))?;
    let login = keys(registry, repository).into_iter().find_map(|key| config.auths.get(&key));
    Ok(login.map(|login| login.credential(registry, name)).transpose()?.flatten())
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    file::read(path, CONFIG_BYTES_MAX).map_err(|error| unreadable(path).because(error.error))
}

fn unreadable(path: &Path) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "cannot read the registry credentials")
        .at(path.display())
        .remedy("repair the file, or log in again with `docker login` or `podman login`")
}

impl ConfigFile {
    fn find(
        &self,
        registry: &str,
        repository: &str,
        path: &Path,
    ) -> Result<Option<Credential>, Diagnostic> {
        let keys = keys(registry, repository);
        let helper = keys.iter().find_map(|key| self.cred_helpers.get(key));
        if let Some(helper) = helper {
            return ask_helper(helper, &server(registry));
        }
        let login = keys.iter().find_map(|key| self.auths.get(key));
        if let Some(credential) = login.map(|login| login.credential(registry, path)).transpose()?
            && credential.is_some()
        {
            return Ok(credential);
        }
        if self.creds_store.is_empty() {
            return Ok(None);
        }
        ask_helper(&self.creds_store, &server(registry))
    }
}

impl Login {
    fn credential(&self, registry: &str, path: &Path) -> Result<Option<Credential>, Diagnostic> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credential::IdentityToken(self.identitytoken.clone())));
        }
        let (user, password) = if self.auth.is_empty() {
            (self.username.clone(), self.password.clone())
        } else {
            let decoded = STANDARD.decode(self.auth.trim()).ok();
            let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            let pair = text.as_deref().and_then(|text| text.split_once(':'));
            let (user, password) = pair.ok_or_else(|| {
                Diagnostic::new(Exit::Usage, "the credential of a registry is not user:password")
                    .at(format!("{}: auths.{registry:?}.auth", path.display()))
                    .remedy("log in again with `docker login` or `podman login`")
            })?;
            (user.to_owned(), password.trim_end_matches('\0').to_owned())
        };
        Ok((!user.is_empty()).then_some(Credential::Password { user, password }))
    }
}

/// The key Docker uses for itself.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The name a credential helper is asked for.
fn server(registry: &str) -> String {
    if registry == "docker.io" { DOCKER_HUB_KEY.to_owned() } else { registry.to_owned() }
}

/// Keys under which a registry may be filed, most specific first: podman files credentials by
/// repository path too, Docker once wrote URLs.
fn keys(registry: &str, repository: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut path = format!("{registry}/{repository}");
    while let Some(at) = path.rfind('/') {
        keys.push(path.clone());
        path.truncate(at);
    }
    keys.push(registry.to_owned());
    keys.extend([format!("https://{registry}"), format!("https://{registry}/")]);
    if registry == "docker.io" {
        keys.extend([DOCKER_HUB_KEY, "index.docker.io", "registry-1.docker.io"].map(String::from));
    }
    keys
}

/// Runs `docker-credential-NAME get` (Docker's credential helper protocol).
fn ask_helper(name: &str, server: &str) -> Result<Option<Credential>, Diagnostic> {
    let program = format!("docker-credential-{name}");
    let failed = |cause: String| {
        Diagnostic::new(Exit::Infrastructure, "the credential helper did not answer")
            .at(&program)
            .because(cause)
            .remedy("run it by hand, or remove it from the Docker configuration")
    };
    // The name becomes part of a program's name: a path would run anything.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(failed("its name is not a plain word".into()));
    }
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that exits without reading its input is judged by its exit status below.
        let _ = input.write_all(server.as_bytes());
    }
    let output = child.stdout.take();
    let answer = output
        .map(|output| read_all(output, HELPER_BYTES_MAX, "the credential helper's answer"))
        .transpose();
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let answer = answer.map_err(|error| failed(error.to_string()))?.unwrap_or_default();
    if !status.success() {
        // The protocol has one exit status for "not found" and for trouble; the text tells.
        let text = String::from_utf8_lossy(&answer).to_lowercase();
        let unknown = text.contains("credentials not found");
        return if unknown { Ok(None) } else { Err(failed(status.to_string())) };
    }
    let answer: HelperAnswer =
        serde_json::from_slice(&answer).map_err(|_| failed("its answer is not valid".into()))?;
    Ok(Some(match &*answer.username {
        "<token>" => Credential::IdentityToken(answer.secret),
        _ => Credential::Password { user: answer.username, password: answer.secret },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `user:pa:ss` in base64.
    const AUTH: &str = "dXNlcjpwYTpzcw==";

    fn check(config: &str, registry: &str, repository: &str, expected: Option<(&str, &str)>) {
        let config: ConfigFile = serde_json::from_str(config).unwrap();
        let found = config.find(registry, repository, Path::new("config.json")).unwrap();
        let expected = expected.map(|(user, password)| Credential::Password {
            user: user.into(),
            password: password.into(),
        });
        assert!(found == expected, "{registry}/{repository}");
    }

    #[test]
    fn lookups() {
        let config = format!(
            r#"{{"auths": {{"https://index.docker.io/v1/": {{"auth": "{AUTH}"}},
                 "quay.io/team": {{"username": "robot", "password": "p"}},
                 "empty.example": {{}}}}, "HttpHeaders": {{}}}}"#
        );
        check(&config, "docker.io", "library/debian", Some(("user", "pa:ss")));
        check(&config, "quay.io", "team/app", Some(("robot", "p")));
        check(&config, "quay.io", "other/app", None);
        check(&config, "empty.example", "a", None);
        check("{}", "docker.io", "a/b", None);
    }

    #[test]
    fn what_others_wrote_starts_no_programs() {
        let config = format!(
            r#"{{"auths": {{"a.example": {{"auth": "{AUTH}"}}}}, "credsStore": "evil",
                "credHelpers": {{"a.example": "evil", "b.example": "evil"}}}}"#
        );
        let find = |registry| find_given(config.as_bytes(), Path::new("s"), registry, "x").unwrap();
        assert!(matches!(find("a.example"), Some(Credential::Password { .. })));
        assert_eq!(find("b.example"), None);
    }

    #[test]
    fn broken_entries_name_the_place_and_hide_the_value() {
        let config: ConfigFile =
            serde_json::from_str(r#"{"auths": {"a.example": {"auth": "c2VjcmV0"}}}"#).unwrap();
        let error = config.find("a.example", "b", Path::new("config.json")).unwrap_err();
        assert!(error.to_string().contains("config.json"), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert_eq!(error.exit, Exit::Usage);
    }

    #[test]
    fn helpers_are_programs_by_plain_name_only() {
        assert!(ask_helper("../../bin/sh", "x").is_err());
        let error = ask_helper("cofferdam-does-not-exist", "x").unwrap_err();
        assert_eq!(error.exit, Exit::Infrastructure);
    }
}
