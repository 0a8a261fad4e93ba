//! The one pass over a layer: every file is offered to `inventory` and to `secrets` while it
//! streams by.

use crate::room::{Room, of_facts, of_problem, of_secret};
use cofferdam_bounds::{Limits, ReadAt as _, Spool};
use cofferdam_inventory::{Candidate, Cataloger, FileFacts, Need, interest};
use cofferdam_layers::{Content, Entry, EntryKind, HEAD_BYTES, Visitor};
use cofferdam_model::{Problem, ProblemKind, Secret};
use cofferdam_secrets::Scanner;
use std::{
    collections::HashMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What one layer, or a whole root file system, says by itself.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// Facts by path; the last entry of a path wins.
    pub(crate) files: HashMap<String, FileFacts>,
    /// Credentials; an overwritten file can still be retrieved, so all count.
    pub(crate) secrets: Vec<Secret>,
    /// What could not be read.
    pub(crate) problems: Vec<Problem>,
    /// Hard links whose name is interesting, by the file they are another name for. The content
    /// stood there, under a name that nobody wanted: a second pass fetches it.
    pub(crate) links: HashMap<String, Vec<Link>>,
}

/// A second name of a file.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    path: String,
    mode: u32,
}

/// Collects facts and secrets from a walk.
pub(crate) struct Collector<'a> {
    limits: &'a Limits,
    scanner: &'a Scanner,
    room: &'a Room,
    collected: Collected,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(limits: &'a Limits, scanner: &'a Scanner, room: &'a Room) -> Self {
        Self { limits, scanner, room, collected: Collected::default() }
    }

    pub(crate) fn finish(self) -> Collected {
        self.collected
    }

    fn file(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        let candidate = candidate(entry, entry.path, content.head()?);
        let secrets = self.scanner.wants(entry.size_bytes, candidate.head);
        if let Some((cataloger, need)) = interest(&candidate) {
            let spool = spool(content, need, self.limits)?;
            let facts = read(cataloger, entry, entry.path, &spool, self.limits);
            if self.room.take(entry.path.len() + of_facts(&facts)) {
                self.collected.files.insert(entry.path.to_owned(), facts);
            }
            if secrets && let Some(mut bytes) = spool.in_memory() {
                self.secrets(entry.path, &mut bytes)?;
            }
        } else if secrets {
            self.secrets(entry.path, content)?;
        }
        Ok(())
    }

    fn secrets(&mut self, path: &str, content: &mut dyn io::BufRead) -> io::Result<()> {
        let (secrets, problems) = self.scanner.file(path, content)?;
        let room = self.room;
        self.collected.secrets.extend(secrets.into_iter().filter(|one| room.take(of_secret(one))));
        let problems = problems.into_iter().filter(|one| room.take(of_problem(one)));
        self.collected.problems.extend(problems);
        Ok(())
    }
}

impl Visitor for Collector<'_> {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        // A later entry of the same path replaces the earlier one, whatever it is.
        if !self.collected.files.is_empty() && entry.kind != EntryKind::Directory {
            self.collected.files.remove(entry.path);
        }
        match entry.kind {
            EntryKind::File => self.file(entry, content)?,
            EntryKind::HardLink(target) => {
                let bytes = size_of::<Link>() + entry.path.len() + target.len();
                if interest(&candidate(entry, entry.path, &[])).is_some() && self.room.take(bytes) {
                    let link = Link { path: entry.path.to_owned(), mode: entry.mode };
                    self.collected.links.entry(target.to_owned()).or_default().push(link);
                }
            }
            EntryKind::Directory | EntryKind::Symlink(_) | EntryKind::Other => {}
        }
        Ok(())
    }
}

/// The second pass: reads the files that interesting hard links are other names for.
pub(crate) struct LinkCollector<'a> {
    limits: &'a Limits,
    room: &'a Room,
    wanted: HashMap<String, Vec<Link>>,
    files: HashMap<String, FileFacts>,
}

impl<'a> LinkCollector<'a> {
    pub(crate) fn new(
        limits: &'a Limits,
        room: &'a Room,
        wanted: HashMap<String, Vec<Link>>,
    ) -> Self {
        Self { limits, room, wanted, files: HashMap::new() }
    }

    /// The facts by the name of the link, and a problem for each whose file is not in its layer.
    pub(crate) fn finish(self) -> (HashMap<String, FileFacts>, Vec<Problem>) {
        let missing = |(target, links): (String, Vec<Link>)| {
            let path = links.first().map(|link| link.path.clone()).unwrap_or_default();
            let detail = format!("a hard link to {target}, which is not in the same layer");
            Problem::at(ProblemKind::Missing, path, detail)
        };
        (self.files, self.wanted.into_iter().map(missing).collect())
    }
}

impl Visitor for LinkCollector<'_> {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        if entry.kind != EntryKind::File {
            return Ok(());
        }
        let Some(links) = self.wanted.remove(entry.path) else { return Ok(()) };
        let head = content.head()?.to_vec();
        let spool = spool(content, Need::Random, self.limits)?;
        for link in links {
            let named = Entry { mode: link.mode, ..*entry };
            if let Some((cataloger, _)) = interest(&candidate(&named, &link.path, &head)) {
                let facts = read(cataloger, &named, &link.path, &spool, self.limits);
                if self.room.take(link.path.len() + of_facts(&facts)) {
                    self.files.insert(link.path, facts);
                }
            }
        }
        Ok(())
    }
}

fn candidate<'a>(entry: &Entry<'_>, path: &'a str, head: &'a [u8]) -> Candidate<'a> {
    Candidate { path, size_bytes: entry.size_bytes, mode: entry.mode, head }
}

fn spool(content: &mut dyn Content, need: Need, limits: &Limits) -> io::Result<Spool> {
    match need {
        Need::Metadata => {
            let bytes = usize::try_from(limits.metadata_bytes).unwrap_or(usize::MAX);
            Spool::new(content, bytes, limits.metadata_bytes, "bytes of a metadata file")
        }
        Need::Random => Spool::new(
            content,
            limits.spool_memory_bytes,
            limits.random_bytes,
            "bytes of a database or archive",
        ),
    }
}

/// A parser's panic is a bug of ours; it costs this file, not the scan.
fn read(
    cataloger: &Cataloger,
    entry: &Entry<'_>,
    path: &str,
    spool: &Spool,
    limits: &Limits,
) -> FileFacts {
    let mut head = [0; HEAD_BYTES];
    let length = spool.read_at(&mut head, 0).unwrap_or_default();
    let candidate = candidate(entry, path, head.get(..length).unwrap_or_default());
    catch_unwind(AssertUnwindSafe(|| cataloger.read(&candidate, spool, limits))).unwrap_or_else(
        |_| FileFacts {
            problems: vec![Problem::at(
                ProblemKind::Bug,
                path,
                format!("the {} reader failed, please report this", cataloger.name),
            )],
            ..FileFacts::default()
        },
    )
}
