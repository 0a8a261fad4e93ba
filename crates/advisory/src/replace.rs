//! Replacing a file in one step that either happens or does not.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

/// Writes a file beside `output`, then renames it over it, with the disk told at each step. On an
/// error, or when the process dies, the old file is as it was.
pub(crate) fn replace<T>(
    output: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<T>,
) -> io::Result<T> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".advisories-")
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    let result = write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(output)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(result)
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
}
