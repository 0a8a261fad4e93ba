//! The password of the first account: kept where whoever installs can read it, in a Secret of the
//! cluster or a private file, and never in a log.

use super::{
    say,
    secret::{Data, Place},
};
use crate::scan::now;
use cofferdam_bounds::file::read_text;
use cofferdam_identity::{Identity, generated_password};
use cofferdam_model::{Diagnostic, Exit};
use serde_json::json;
use std::{
    fmt::Display,
    fs::{self, DirBuilder, OpenOptions},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// Its name in the Secret.
const KEY: &str = "password";
/// A file of a password is shorter: one has 256 bytes at most.
const FILE_BYTES_MAX: u64 = 4096;

/// Where it is kept.
pub(crate) enum Kept {
    /// In the key `password` of a Secret.
    Secret(Box<Place>),
    /// In a file that only its owner reads.
    File(PathBuf),
}

/// Makes the account `admin` where there is no account at all: with the password that is kept
/// already, or with a generated one that is kept from then on. Where it is kept is asked only then.
pub(crate) async fn ensure_admin(
    identity: &Identity,
    kept: impl FnOnce() -> Result<Kept, Diagnostic>,
) -> Result<(), Diagnostic> {
    if !identity.is_empty().await.map_err(unmade)? {
        return Ok(());
    }
    let (password, place) = match kept()? {
        Kept::Secret(place) => {
            let said = format!("the Secret {}/{}", place.namespace, place.name);
            (place.agree(|data, version| in_secret(&place, data, version)).await?, said)
        }
        Kept::File(path) => (in_file(&path)?, path.display().to_string()),
    };
    let is_made = identity.make_admin(password, now()).await;
    if is_made.map_err(|error| unmade(error).at(&place))? {
        say(&format!(
            "the first account is admin, its password is in {place}, for the first login: there \
             it is changed"
        ));
    }
    Ok(())
}

/// The password that the Secret holds, or a new one and the Secret with it.
fn in_secret(
    place: &Place,
    data: &Data,
    version: Option<&str>,
) -> Result<(String, Option<serde_json::Value>), Diagnostic> {
    let held = data.get(KEY).map(|bytes| std::str::from_utf8(bytes)).transpose();
    let held = held.map_err(|_| {
        unmade("its password is no text").at(format!("Secret {}/{}", place.namespace, place.name))
    })?;
    if let Some(password) = held.and_then(given) {
        return Ok((password, None));
    }
    let password = generated_password().map_err(unmade)?;
    let mut metadata = json!({"name": place.name, "namespace": place.namespace});
    if let (Some(version), Some(metadata)) = (version, metadata.as_object_mut()) {
        metadata.insert("resourceVersion".to_owned(), json!(version));
    }
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "Opaque",
        "stringData": {KEY: password},
    });
    Ok((password, Some(secret)))
}

/// The password that the file holds, or a new one, written to it.
fn in_file(path: &Path) -> Result<String, Diagnostic> {
    let failed = |error: &dyn Display| unmade(error).at(path.display());
    if path.exists() {
        let text = read_text(path, FILE_BYTES_MAX).map_err(|error| failed(&error))?;
        if let Some(password) = given(&text) {
            return Ok(password);
        }
        fs::remove_file(path).map_err(|error| failed(&error))?;
    }
    let password = generated_password().map_err(unmade)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.and_then(|()| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{password}")?;
        file.sync_all()
    })
    .map_err(|error| failed(&error))?;
    Ok(password)
}

/// What an editor or `echo` ends a line with is no part of a password.
fn given(text: &str) -> Option<String> {
    let password = text.trim_end_matches(['\r', '\n']);
    (!password.is_empty()).then(|| password.to_owned())
}

fn unmade(error: impl Display) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot make the first account").because(error)
}

#[cfg(test)]
mod tests {
    use super::{Kept, ensure_admin, in_file, unmade};
    use cofferdam_bounds::file::read_text;
    use cofferdam_identity::Identity;
    use cofferdam_store::Store;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    #[tokio::test]
    async fn where_the_first_password_is_kept_matters_to_the_first_start_alone() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("cofferdam.db").display());
        let identity = Identity::new(Store::open(&url).await.unwrap());
        let nowhere = || Err(unmade("nowhere"));
        assert!(ensure_admin(&identity, nowhere).await.is_err());
        let file = || Ok(Kept::File(folder.path().join("admin-password")));
        ensure_admin(&identity, file).await.unwrap();
        assert!(!identity.is_empty().await.unwrap());
        ensure_admin(&identity, nowhere).await.unwrap();
    }

    #[test]
    fn a_file_keeps_the_first_password_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/admin-password");
        let password = in_file(&path).unwrap();
        assert_eq!(read_text(&path, 100).unwrap(), format!("{password}\n"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(in_file(&path).unwrap(), password, "kept");
        fs::write(&path, "correct horse battery\r\n").unwrap();
        assert_eq!(in_file(&path).unwrap(), "correct horse battery");
        // One that an open file could be read by gets another inode.
        fs::write(&path, "\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_ne!(in_file(&path).unwrap(), password);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
