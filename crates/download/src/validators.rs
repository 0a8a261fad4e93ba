//! What a server said by which to ask whether a file changed, kept beside the file.

use crate::Response;
use cofferdam_bounds::file;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes of the file of validators; a line each.
const BYTES_MAX: u64 = 64 << 10;

/// The validators of a representation (RFC 9110 section 8.8), and whose they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub url: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Validators {
    /// Those of an answer.
    pub(crate) fn of(url: &str, response: &Response) -> Self {
        // A value over several lines would be another line of the file.
        let header = |name| response.header(name).filter(|value| !value.contains('\n'));
        Self {
            url: url.to_owned(),
            etag: header("etag").map(str::to_owned),
            last_modified: header("last-modified").map(str::to_owned),
        }
    }

    /// Those kept beside `path`, if they are of this URL.
    pub(crate) fn load(path: &Path, url: &str) -> Option<Self> {
        let text = file::read_text(&beside(path), BYTES_MAX).ok()?;
        let mut validators = Self::default();
        for line in text.lines() {
            match line.split_once(": ") {
                Some(("url", value)) => value.clone_into(&mut validators.url),
                Some(("etag", value)) => validators.etag = Some(value.to_owned()),
                Some(("last-modified", value)) => validators.last_modified = Some(value.to_owned()),
                _ => return None,
            }
        }
        (validators.url == url).then_some(validators)
    }

    /// Keeps them beside `path`.
    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let mut text = format!("url: {}\n", self.url);
        for (name, value) in [("etag", &self.etag), ("last-modified", &self.last_modified)] {
            if let Some(value) = value {
                text.extend([name, ": ", value, "\n"]);
            }
        }
        fs::write(beside(path), text)
    }

    /// Forgets those beside `path`.
    pub(crate) fn remove(path: &Path) -> io::Result<()> {
        match fs::remove_file(beside(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// For `If-Range`: only what is surely the same bytes (RFC 9110 section 13.1.5).
    pub(crate) fn strong(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| etag.starts_with('"')).or(match self.etag {
            Some(_) => None,
            None => self.last_modified.as_deref(),
        })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".validators");
    name.into()
}
