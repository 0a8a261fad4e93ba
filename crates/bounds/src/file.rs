//! Opening files: regular files only, with the path in every error.

use crate::read::read_into;
use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// An I/O error and the path it happened at.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct FileError {
    /// The path.
    pub path: PathBuf,
    /// The error.
    #[source]
    pub error: io::Error,
}

/// Opens a regular file for reading. A FIFO, a device or a socket is refused without blocking:
/// a root file system under scan may hold any of them.
pub fn open(path: &Path) -> Result<fs::File, FileError> {
    let fail = |error| FileError { path: path.to_owned(), error };
    let file =
        fs::OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_file() {
        Ok(file)
    } else {
        Err(fail(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")))
    }
}

/// Bytes for which there is room before any is read. A file may say any size of itself.
const ROOM_MAX: u64 = 1 << 20;

/// All of a regular file, at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let fail = |error| FileError { path: path.to_owned(), error };
    let file = open(path)?;
    let size = file.metadata().map_err(fail)?.len().min(limit);
    // Room for all of it and the end, which is read too; files that are larger grow as they come.
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(ROOM_MAX)).unwrap_or_default() + 1);
    read_into(file, limit, "the file", &mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// All of a regular file as [`text`], at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> Result<String, FileError> {
    text(read(path, limit)?).map_err(|error| FileError { path: path.to_owned(), error })
}

/// Bytes as text: UTF-8, or UTF-16 where the byte order mark says so (YAML 1.2.2, section 5.2). The
/// mark stays, as that of UTF-8 does.
pub fn text(bytes: Vec<u8>) -> io::Result<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes.first_chunk() {
        Some([0xFF, 0xFE]) => u16::from_le_bytes,
        Some([0xFE, 0xFF]) => u16::from_be_bytes,
        _ => {
            let wrong = |error| io::Error::new(io::ErrorKind::InvalidData, error);
            return String::from_utf8(bytes).map_err(|error| wrong(error.utf8_error()));
        }
    };
    let (units, rest) = bytes.as_chunks();
    let text = char::decode_utf16(units.iter().map(|one| unit(*one))).collect::<Result<_, _>>();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "invalid UTF-16: write it as UTF-8")),
    }
}

/// Linux's value on every architecture we build for (x86-64, arm64).
const O_NONBLOCK: i32 = 0o4000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_and_the_path_in_errors() {
        assert!(read(Path::new("/dev/zero"), 10).unwrap_err().to_string().contains("/dev/zero"));
        assert!(open(Path::new("/")).is_err());
        let path = std::env::temp_dir().join(format!("cofferdam-bounds-{}", std::process::id()));
        fs::write(&path, "text").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "text");
        assert!(read(&path, 3).unwrap_err().to_string().contains("limit of 3"));
        fs::remove_file(path).unwrap();
    }

    /// Bytes as `iconv -t UTF-16LE` and `-t UTF-16BE` write them, behind their mark.
    #[test]
    fn text_by_its_mark() {
        let check = |bytes: &[u8], expected: Option<&str>| {
            assert_eq!(text(bytes.to_vec()).ok().as_deref(), expected, "{bytes:x?}");
        };
        check("a\u{e4}\u{1f980}".as_bytes(), Some("a\u{e4}\u{1f980}"));
        check(b"\xff\xfea\0\xe4\0\x3e\xd8\x80\xdd", Some("\u{feff}a\u{e4}\u{1f980}"));
        check(b"\xfe\xff\0a\0\xe4\xd8\x3e\xdd\x80", Some("\u{feff}a\u{e4}\u{1f980}"));
        check(b"\xff\xfea\0\xe4", None);
        check(b"\xff\xfea\0\x3e\xd8", None);
        check(b"a\xff", None);
        check(b"", Some(""));
    }
}
