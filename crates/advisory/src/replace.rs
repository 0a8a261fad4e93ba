//! Replacing a file in one step that either happens or does not.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

/// What files that are being written are called.
const PREFIX: &str = ".advisories-";

/// Nothing is written for so long: whoever began it was killed.
const LEFT_BEHIND: Duration = Duration::from_hours(24);

/// Writes a file beside `output`, then renames it over it, with the disk told at each step. On an
/// error, or when the process dies, the old file is as it was.
pub(crate) fn replace<T>(
    output: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<T>,
) -> io::Result<T> {
    let folder = folder_of(output);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    // Its own time of birth: the clock of the file system.
    remove_left_behind(folder, file.as_file().metadata()?.modified()?)?;
    let result = write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(output)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(result)
}

/// The folder of a file.
pub(crate) fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn remove_left_behind(folder: &Path, now: SystemTime) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let written = entry.metadata().and_then(|metadata| metadata.modified());
        let age = written.map(|written| now.duration_since(written).unwrap_or_default());
        if age.is_ok_and(|age| age > LEFT_BEHIND) {
            // Another build may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_bounds::file::read_text;
    use std::io::Write as _;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("new/output");
        replace(&output, |file| file.write_all(b"old")).unwrap();
        let failed = replace(&output, |file| {
            file.write_all(b"half of the ne")?;
            Err::<(), _>(io::Error::other("interrupted"))
        });
        assert!(failed.is_err());
        assert_eq!(read_text(&output, 100).unwrap(), "old");
        replace(&output, |file| file.write_all(b"new")).unwrap();
        assert_eq!(read_text(&output, 100).unwrap(), "new");
        assert_eq!(fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o644);
        let names = fs::read_dir(output.parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1, "a temporary file was left");
    }
    #[test]
    fn what_a_killed_build_left_is_removed_a_day_later() {
        let folder = tempfile::tempdir().unwrap();
        let (left, own) = (folder.path().join(".advisories-x"), folder.path().join("advisories"));
        for file in [&left, &own] {
            fs::write(file, "half").unwrap();
        }
        let now = fs::metadata(&left).unwrap().modified().unwrap();
        remove_left_behind(folder.path(), now + LEFT_BEHIND / 2).unwrap();
        assert!(left.exists(), "it may still be written");
        remove_left_behind(folder.path(), now + LEFT_BEHIND * 2).unwrap();
        assert!(!left.exists() && own.exists());
    }
}
