//! One process at a time for the file of a store.

use crate::{
    error::{Result, StoreError},
    store::sqlite_path,
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
};

/// Keeps other processes that ask for it from a SQLite file, until it is dropped or the process
/// ends, however it ends. Two that write would each be wrong about what is stored; whoever takes a
/// backup does not ask.
///
/// A file of its own is locked (`store.db-lock`), which stays: locks of a process on the database
/// itself would go as soon as any handle of it is closed.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not used")] File);

impl Lock {
    /// Takes it; nothing where the address is of a database that several may use.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another process has it.
    pub fn take(url: &str) -> Result<Option<Self>> {
        let Some(path) = sqlite_path(url) else { return Ok(None) };
        let mut name = path.as_os_str().to_owned();
        name.push("-lock");
        let failed =
            |error| StoreError::Unavailable(format!("cannot lock {}: {error}", name.display()));
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&name).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => {
                Err(StoreError::Unavailable("another process is using it".to_owned()))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn one_process_has_a_file_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let held = Lock::take(&url).unwrap().unwrap();
        let refused = Lock::take(&url).unwrap_err().to_string();
        assert!(refused.contains("another process"), "{refused}");
        drop(held);
        assert!(Lock::take(&url).unwrap().is_some());
        assert!(Lock::take("postgres://host/database").unwrap().is_none());
    }
}
