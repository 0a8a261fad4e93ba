//! Paths as hashes: a hundred thousand owned paths need not be kept as text.

/// The key of a path for [`crate::OwnedPaths`]: equal for all spellings of one file.
///
/// A leading `/` or `./` does not count, and the directories that a merged-/usr system links into
/// `/usr` (`/bin`, `/sbin`, `/lib`, `/lib64` and their kin, file-hierarchy(7)) are taken as if
/// they were there, for databases and file systems disagree on which side of the link they name.
pub fn path_key(path: &str) -> u64 {
    DirectoryKey::root().join(path).0
}

/// Whether a path lies where distributions put their own files: in `/usr`, but not in
/// `/usr/local`, or in one of the directories that merged-/usr systems link into it.
///
/// Packages of a distribution keep to this (Debian Policy 9.1, FHS 3.0): add-on software lives in
/// `/opt` and `/usr/local`, and data in `/srv`, `/home` and `/var`. A package that owns files
/// there was made by somebody for whose packages no distribution publishes advisories.
pub(crate) fn is_distribution_place(path: &str) -> bool {
    match normal(path).split_once('/') {
        Some(("usr", rest)) => rest.split('/').next() != Some("local"),
        Some((first, _)) => MERGED.contains(&first),
        None => false,
    }
}

/// A hash of the front of a path, to which the rest can be added: a package with a thousand files
/// in a directory hashes the directory once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DirectoryKey(u64);

impl DirectoryKey {
    /// The key of no path at all.
    const fn root() -> Self {
        Self(FNV_OFFSET)
    }

    /// The key of a directory from the root; a file in it is [`Self::file`].
    pub(crate) fn new(path: &str) -> Self {
        let path = path.trim_end_matches('/');
        let key = Self::root().join(path);
        if normal(path).is_empty() { key } else { key.add(b"/") }
    }

    /// The key of a file directly in this directory.
    pub(crate) fn file(self, name: &str) -> u64 {
        // A file that lies in the root itself goes the way of every whole path.
        if self.0 == FNV_OFFSET { path_key(name) } else { self.add(name.as_bytes()).0 }
    }

    fn join(self, path: &str) -> Self {
        let path = normal(path);
        let first = path.split_once('/').map_or(path, |(first, _)| first);
        let start = if MERGED.contains(&first) { self.add(b"usr/") } else { self };
        start.add(path.as_bytes())
    }

    fn add(self, bytes: &[u8]) -> Self {
        Self(
            bytes
                .iter()
                .fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)),
        )
    }
}

fn normal(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// Top-level links of a merged-/usr system.
const MERGED: &[&str] = &["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"];

/// FNV-1a, 64 bits: it can be continued, and whoever can plant a collision can write the database.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_one_key() {
        let key = path_key("usr/lib/x/y");
        for same in ["/usr/lib/x/y", "./usr/lib/x/y", "lib/x/y", "/lib/x/y"] {
            assert_eq!(path_key(same), key, "{same}");
        }
        for other in
            ["usr/lib/x/z", "usr/local/lib/x/y", "usr/libx/y", "opt/lib/x/y", "librarian/y"]
        {
            assert_ne!(path_key(other), key, "{other}");
        }
        for directory in ["/lib/x", "lib/x/", "usr/lib/x", "/usr/lib/x/"] {
            assert_eq!(DirectoryKey::new(directory).file("y"), key, "{directory}");
        }
        assert_eq!(DirectoryKey::new("/").file("bin"), path_key("/bin"));
        assert_eq!(DirectoryKey::new("").file("init"), path_key("init"));
    }

    #[test]
    fn where_distributions_put_files() {
        for path in ["usr/lib/x", "/usr/share/java/x.jar", "./lib/x", "lib64/x", "bin/x", "sbin/x"]
        {
            assert!(is_distribution_place(path), "{path}");
        }
        for path in [
            "opt/x",
            "srv/x",
            "app/x",
            "home/a/x",
            "usr/local/lib/x",
            "var/lib/x",
            "etc/x",
            "library/x",
            "usr",
            "x",
            "",
        ] {
            assert!(!is_distribution_place(path), "{path}");
        }
    }

    /// The test vectors of the FNV reference (draft-eastlake-fnv, "foobar").
    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(path_key("foobar"), 0x8594_4171_f739_67e8);
    }
}
