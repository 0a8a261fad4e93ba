//! The one pass over a layer: every file is offered to `inventory` and to `secrets` while it
//! streams by.

use crate::room::{Room, of_facts, of_problem, of_secret};
use cofferdam_bounds::{Limits, ReadAt as _, Spool, Window};
use cofferdam_inventory::{Candidate, Cataloger, FileFacts, Need, interest};
use cofferdam_layers::{Content, Entry, EntryKind, HEAD_BYTES, Visitor};
use cofferdam_model::{Problem, ProblemKind, Secret};
use cofferdam_secrets::Scanner;
use std::{
    collections::HashMap,
    io::{self, BufReader},
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
    /// Hard links whose name is interesting, by that name. The content stood under another name
    /// that nobody wanted: a second pass fetches it.
    pub(crate) links: HashMap<String, Link>,
}

/// What a hard link is another name for.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    target: String,
    mode: u32,
    /// Which entry of the walk it is: it means the last file of that name before it.
    ordinal: u64,
}

/// Collects facts and secrets from a walk.
pub(crate) struct Collector<'a> {
    limits: &'a Limits,
    scanner: &'a Scanner,
    room: &'a Room,
    ordinal: u64,
    collected: Collected,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(limits: &'a Limits, scanner: &'a Scanner, room: &'a Room) -> Self {
        Self { limits, scanner, room, ordinal: 0, collected: Collected::default() }
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
            if secrets {
                let again = Window::new(&spool, 0, spool.size());
                self.secrets(entry, &mut BufReader::new(again))?;
            }
        } else if secrets {
            self.secrets(entry, content)?;
        }
        Ok(())
    }

    fn secrets(&mut self, entry: &Entry<'_>, content: &mut dyn io::BufRead) -> io::Result<()> {
        let scanner = self.scanner;
        let (secrets, problems) =
            catch_unwind(AssertUnwindSafe(|| scanner.file(entry.path, entry.size_bytes, content)))
                .unwrap_or_else(|_| {
                    let detail = "the search for secrets failed, please report this";
                    Ok((vec![], vec![Problem::at(ProblemKind::Bug, entry.path, detail)]))
                })?;
        let room = self.room;
        self.collected.secrets.extend(secrets.into_iter().filter(|one| room.take(of_secret(one))));
        let problems = problems.into_iter().filter(|one| room.take(of_problem(one)));
        self.collected.problems.extend(problems);
        Ok(())
    }
}

impl Visitor for Collector<'_> {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        self.ordinal += 1;
        // A later entry of the same path replaces the earlier one, whatever it is.
        if entry.kind != EntryKind::Directory {
            self.collected.files.remove(entry.path);
            self.collected.links.remove(entry.path);
        }
        match entry.kind {
            EntryKind::File => self.file(entry, content)?,
            EntryKind::HardLink(target) => {
                let bytes = size_of::<Link>() + entry.path.len() + target.len();
                if interest_in_name(entry.path, entry.mode).is_some() && self.room.take(bytes) {
                    let (mode, ordinal) = (entry.mode, self.ordinal);
                    let link = Link { target: target.to_owned(), mode, ordinal };
                    self.collected.links.insert(entry.path.to_owned(), link);
                }
            }
            EntryKind::Symlink(target) => {
                let problem = led_away(entry, target).filter(|one| self.room.take(of_problem(one)));
                self.collected.problems.extend(problem);
            }
            EntryKind::Directory | EntryKind::Other => {}
        }
        Ok(())
    }
}

/// A symbolic link in the place of a package's file, or of the folder of one, that leads to where
/// nobody looks for packages: what it leads to is not read under its own name.
fn led_away(entry: &Entry<'_>, target: &str) -> Option<Problem> {
    let target = resolve(entry.path, target);
    let is_wanted = |path: &str| {
        // Distributions link their release files among themselves.
        interest_in_name(path, entry.mode).is_some_and(|one| one.name != "distribution")
    };
    let members = ["", "/METADATA", "/PKG-INFO"];
    let is_led_away = members.iter().any(|member| {
        is_wanted(&format!("{}{member}", entry.path)) && !is_wanted(&format!("{target}{member}"))
    });
    let detail = || format!("a symbolic link to /{target}, where packages are not looked for");
    is_led_away.then(|| Problem::at(ProblemKind::Ambiguous, entry.path, detail()))
}

/// Where a symbolic link at `path` leads, as a path from the root.
fn resolve(path: &str, target: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let start = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Who may want a file of this name, whatever is in it: its content stands elsewhere.
fn interest_in_name(path: &str, mode: u32) -> Option<&'static Cataloger> {
    let candidate = Candidate { path, size_bytes: 1, mode, head: b"PK\x03\x04" };
    interest(&candidate).map(|(cataloger, _)| cataloger)
}

/// The second pass: reads the files that interesting hard links are other names for.
pub(crate) struct LinkCollector<'a> {
    limits: &'a Limits,
    room: &'a Room,
    /// By target: the links, each with its own name.
    wanted: HashMap<String, Vec<(String, Link)>>,
    ordinal: u64,
    files: HashMap<String, FileFacts>,
}

impl<'a> LinkCollector<'a> {
    pub(crate) fn new(limits: &'a Limits, room: &'a Room, links: HashMap<String, Link>) -> Self {
        let mut wanted: HashMap<String, Vec<(String, Link)>> = HashMap::new();
        for (path, link) in links {
            wanted.entry(link.target.clone()).or_default().push((path, link));
        }
        Self { limits, room, wanted, ordinal: 0, files: HashMap::new() }
    }

    /// The facts by the name of the link, and a problem for each whose file is not in its layer.
    pub(crate) fn finish(self) -> (HashMap<String, FileFacts>, Vec<Problem>) {
        let links = self.wanted.into_iter().flat_map(|(target, links)| {
            links.into_iter().map(move |(path, _)| (target.clone(), path))
        });
        let missing = links.filter(|(_, path)| !self.files.contains_key(path));
        let problems = missing.map(|(target, path)| {
            let detail = format!("a hard link to {target}, which is no file of the same layer");
            Problem::at(ProblemKind::Missing, path, detail)
        });
        let problems = problems.collect();
        (self.files, problems)
    }
}

impl Visitor for LinkCollector<'_> {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        self.ordinal += 1;
        let Some(links) = self.wanted.get(entry.path) else { return Ok(()) };
        let ordinal = self.ordinal;
        let links: Vec<&(String, Link)> =
            links.iter().filter(|(_, link)| link.ordinal > ordinal).collect();
        // The last entry of this name before the link is the one it means.
        for (path, _) in &links {
            self.files.remove(path);
        }
        if entry.kind != EntryKind::File || links.is_empty() {
            return Ok(());
        }
        let head = content.head()?.to_vec();
        let spool = spool(content, Need::Random, self.limits)?;
        for (path, link) in links {
            let named = Entry { mode: link.mode, ..*entry };
            let wanted = interest(&candidate(&named, path, &head));
            let facts = wanted.map_or_else(FileFacts::default, |(cataloger, _)| {
                read(cataloger, &named, path, &spool, self.limits)
            });
            if self.room.take(path.len() + of_facts(&facts)) {
                self.files.insert(path.clone(), facts);
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
