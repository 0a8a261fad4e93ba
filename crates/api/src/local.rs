//! What `up` leaves for the command line of the same user: where it listens, and a token for it.

use cofferdam_bounds::file;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// Bytes of the file, which holds two short texts.
const BYTES: u64 = 4_096;
/// Its owner's, and nobody else's.
const MODE: u32 = 0o600;

/// A server of this user's own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalServer {
    /// Where it listens: `http://127.0.0.1:7077`.
    pub url: String,
    /// An API token for it.
    pub token: String,
}

/// Says where, never the token.
impl std::fmt::Debug for LocalServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl LocalServer {
    /// Writes the file for its owner only, whatever was there before.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self).map_err(io::Error::other)?;
        // Made anew: what was there may be open to others, or be a link to elsewhere.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
        file.write_all(&text)
    }

    /// Reads the file; nothing where there is none. One that others may read is refused.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let text = match file::read(path, BYTES) {
            Ok(text) => text,
            Err(error) if error.error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.error),
        };
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(io::Error::other("others may read it"));
        }
        serde_json::from_slice(&text).map(Some).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::LocalServer;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    #[test]
    fn a_file_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.json");
        assert_eq!(LocalServer::read(&path).unwrap(), None);
        fs::write(&path, "open to all").unwrap();
        let server =
            LocalServer { url: "http://127.0.0.1:1".to_owned(), token: "cfd_x".to_owned() };
        server.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(LocalServer::read(&path).unwrap(), Some(server.clone()));
        assert!(!format!("{server:?}").contains("cfd_"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(LocalServer::read(&path).is_err());
    }
}
