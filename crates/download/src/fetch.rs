//! Keeping a file current: conditional, resumed, whole or not at all.

use crate::{
    Client, Request, Response,
    address::{parse, shown},
    message::check_limit,
    retry,
    validators::Validators,
};
use cofferdam_model::{Diagnostic, Exit};
use reqwest::Url;
use std::{
    fs,
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
};

/// What [`Client::fetch_to_file`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file is new, or has new content: so many bytes.
    New(u64),
    /// The server says that the file is as it was.
    Unchanged,
}

/// Bytes so far, and of how many if the server says.
pub type Progress<'a> = &'a (dyn Fn(u64, Option<u64>) + Sync);

impl Client {
    /// Fetches `url` to `path`, at most `limit` bytes, unless the file there is current already.
    /// The file changes in one step, when all is there. A connection that breaks is taken up
    /// again where it broke, in this run or the next, when the server can; what is there so far
    /// waits in `path` + `.part`.
    pub async fn fetch_to_file(
        &self,
        url: &str,
        path: &Path,
        limit: u64,
        progress: Progress<'_>,
    ) -> Result<Fetched, Diagnostic> {
        let parsed = parse(url)?;
        let job = Job { client: self, url, parsed, path, limit, progress };
        let mut part = job.open_part()?;
        let mut failures = 0;
        loop {
            let before = part.length;
            let (error, is_final) = match job.attempt(&mut part).await {
                Ok(fetched) => return Ok(fetched),
                Err(Failure::Final(error)) => (error, true),
                Err(Failure::Broken(error)) => (error, false),
            };
            failures = if part.length > before { 1 } else { failures + 1 };
            if is_final || failures >= self.settings.attempts {
                if part.length == 0 {
                    part.discard()?;
                }
                return Err(error);
            }
            tokio::time::sleep(retry::wait(&self.settings, failures, None)).await;
        }
    }
}

enum Failure {
    /// Trying again does not help.
    Final(Diagnostic),
    /// The body broke off: what is in the part can be taken up.
    Broken(Diagnostic),
}

impl From<Diagnostic> for Failure {
    fn from(error: Diagnostic) -> Self {
        Self::Final(error)
    }
}

struct Job<'a> {
    client: &'a Client,
    url: &'a str,
    parsed: Url,
    path: &'a Path,
    limit: u64,
    progress: Progress<'a>,
}

/// What has arrived so far.
struct Part {
    file: fs::File,
    path: PathBuf,
    length: u64,
    validators: Option<Validators>,
}

impl Job<'_> {
    /// Opens the part and locks it, so that two runs do not write into one another's.
    fn open_part(&self) -> Result<Part, Diagnostic> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        }
        let mut options = fs::OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(|error| unwritable(&path, &error))?;
        file.try_lock().map_err(|error| {
            Diagnostic::new(Exit::Infrastructure, "another download of the file is running")
                .at(path.display())
                .because(error)
                .remedy("wait for it to end")
        })?;
        let validators = Validators::load(&path, self.url);
        let length = match validators.as_ref().and_then(Validators::strong) {
            Some(_) => {
                file.seek(io::SeekFrom::End(0)).map_err(|error| unwritable(&path, &error))?
            }
            None => 0,
        };
        Ok(Part { file, path, length, validators })
    }

    async fn attempt(&self, part: &mut Part) -> Result<Fetched, Failure> {
        let mut response = self.client.send(self.request(part)).await?;
        match response.status() {
            304 => {
                part.discard()?;
                return Ok(Fetched::Unchanged);
            }
            206 if resumes_at(&response) == Some(part.length) => {}
            200 => part.restart(self.url, &response)?,
            // The range is beyond the end, or is not the one that was asked for.
            206 | 416 if part.length > 0 => {
                part.restart(self.url, &response)?;
                return Err(Failure::Broken(self.refused(&response)));
            }
            _ => return Err(Failure::Final(self.refused(&response))),
        }
        let total = response.length().map(|rest| rest.saturating_add(part.length));
        check_limit(&self.parsed, total.unwrap_or(0), self.limit)?;
        (self.progress)(part.length, total);
        while let Some(chunk) = response.chunk().await.map_err(Failure::Broken)? {
            let length = part.length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            check_limit(&self.parsed, length, self.limit)?;
            part.file.write_all(&chunk).map_err(|error| unwritable(&part.path, &error))?;
            part.length = length;
            (self.progress)(length, total);
        }
        self.keep(part).map_err(|error| unwritable(self.path, &error))?;
        Ok(Fetched::New(part.length))
    }

    /// Asks for what is missing, and only if it is not what is there.
    fn request(&self, part: &Part) -> Request {
        let mut request = Request::get(self.url).header("accept-encoding", "identity");
        let kept = self.path.is_file().then(|| Validators::load(self.path, self.url)).flatten();
        if let Some(kept) = kept {
            if let Some(etag) = kept.etag {
                request = request.header("if-none-match", etag);
            } else if let Some(date) = kept.last_modified {
                request = request.header("if-modified-since", date);
            }
        }
        let strong = part.validators.as_ref().and_then(Validators::strong);
        if let Some(strong) = strong.filter(|_| part.length > 0) {
            request = request
                .header("range", format!("bytes={}-", part.length))
                .header("if-range", strong);
        }
        request
    }

    /// Puts the part in the file's place. Old validators go first: they must never stand beside
    /// content that is not theirs.
    fn keep(&self, part: &Part) -> io::Result<()> {
        part.file.sync_all()?;
        Validators::remove(self.path)?;
        fs::rename(&part.path, self.path)?;
        Validators::remove(&part.path)?;
        part.validators.iter().try_for_each(|validators| validators.save(self.path))
    }

    fn refused(&self, response: &Response) -> Diagnostic {
        let status = response.status();
        let remedy = match status {
            401 | 403 => "the server wants credentials, or does not let this address in",
            404 | 410 => "check the address",
            429 => "the server limits how often it is asked: wait",
            _ => "try again later",
        };
        Diagnostic::new(Exit::Infrastructure, "the server does not give the file")
            .at(shown(&self.parsed))
            .because(format!("HTTP status {status}"))
            .remedy(remedy)
    }
}

impl Part {
    /// Leaves nothing behind.
    fn discard(&self) -> Result<(), Diagnostic> {
        fs::remove_file(&self.path)
            .and_then(|()| Validators::remove(&self.path))
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// Starts over, with the validators of this answer.
    fn restart(&mut self, url: &str, response: &Response) -> Result<(), Diagnostic> {
        let validators = Validators::of(url, response);
        let result = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| validators.save(&self.path));
        result.map_err(|error| unwritable(&self.path, &error))?;
        self.length = 0;
        self.validators = Some(validators);
        Ok(())
    }
}

/// Where a partial answer begins (RFC 9110 section 14.4): `bytes 100-199/200`.
fn resumes_at(response: &Response) -> Option<u64> {
    let range = response.header("content-range")?.strip_prefix("bytes ")?;
    range.split_once('-')?.0.trim().parse().ok()
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot write the file")
        .at(path.display())
        .because(error)
        .remedy("check that the folder may be written and has room")
}
