//! The walk through an archive and the archives in it, within one budget for all of them.

use super::{
    groups,
    identity::{Identity, contradiction, identify},
    is_archive_name,
    manifest::Manifest,
    pom::{self, Coordinates},
};
use crate::{
    catalog::FileFacts,
    language::{package, problem},
    zip::{self, Archive, Content, Member},
};
use cofferdam_bounds::{Exceeded, Limits, ReadAt, Spool, read_all, read_up_to};
use cofferdam_model::{Evidence, PackageKind, Problem, ProblemKind};
use std::{
    collections::BTreeSet,
    io::{self, Read as _},
};

/// Members of interest in one file, all depths together: fat archives have some 1,000.
const PARTS_MAX: usize = 20_000;
/// Longest name of such a member. Real ones stay below 250 bytes.
const NAME_BYTES_MAX: usize = 512;
/// As much of a manifest as is read: the main section, which the digests of signed archives follow.
const MANIFEST_BYTES_MAX: usize = 64 << 10;
/// Bytes of a `pom.properties` or `pom.xml`; the largest models in the wild are a few 100 KiB.
const POM_BYTES_MAX: u64 = 1 << 20;
/// Inflated bytes that any file may have, however small it is.
const INFLATED_BYTES_MIN: u64 = 1 << 20;

/// Reads an archive and those in it.
pub(super) fn archives(path: &str, content: &dyn ReadAt, limits: &Limits) -> FileFacts {
    let inflated = content.size().saturating_mul(limits.inflate_ratio);
    let mut walk = Walk {
        limits,
        facts: FileFacts::default(),
        inflated: inflated.max(INFLATED_BYTES_MIN).min(limits.random_bytes),
        members: limits.archive_members,
        parts: PARTS_MAX,
    };
    walk.archive(path, content, 0);
    walk.facts
}

/// What is being gathered, and what is left of the budget.
struct Walk<'l> {
    limits: &'l Limits,
    facts: FileFacts,
    inflated: u64,
    members: u64,
    parts: usize,
}

/// A member of interest.
struct Part {
    member: Member,
    role: Role,
}

enum Role {
    Manifest,
    /// Maven metadata, with the coordinates that its path gives.
    Pom {
        path: Coordinates,
        is_model: bool,
    },
    Archive,
}

impl Walk<'_> {
    fn archive(&mut self, path: &str, source: &dyn ReadAt, depth: u32) {
        let archive = match Archive::open(source) {
            Ok(Some(archive)) => archive,
            Ok(None) => return self.no_archive(path, source),
            Err(error) => return self.problem(path, "archive", &error),
        };
        let parts = self.parts(path, &archive);
        let mut manifest = Manifest::default();
        let mut poms = Vec::<(String, Coordinates)>::new();
        let mut nested = Vec::new();
        let mut last_end = 0;
        for part in parts {
            let place = format!("{path}!/{}", visible(&part.member.name));
            let content = match self.content(&place, &archive, &part.member, &mut last_end) {
                Ok(content) => content,
                Err(error) => {
                    self.problem(&place, "archive member", &error);
                    continue;
                }
            };
            let read = match part.role {
                Role::Manifest => self.manifest(&content).map(|read| manifest = read),
                Role::Pom { path: guess, is_model } => {
                    let parse = if is_model { pom::model } else { pom::properties };
                    self.bytes(&content)
                        .map(|bytes| poms.push((place.clone(), parse(&bytes, &guess))))
                }
                Role::Archive => {
                    nested.push((place.clone(), content, part.member));
                    Ok(())
                }
            };
            if let Err(error) = read {
                self.problem(&place, "archive member", &error);
            }
        }
        self.report(path, &archive, &manifest, poms);
        for (place, content, member) in nested {
            if let Err(error) = self.nested(&place, &content, &member, depth) {
                self.problem(&place, "nested archive", &error);
            }
        }
    }

    fn no_archive(&mut self, path: &str, source: &dyn ReadAt) {
        let mut head = [0; 4];
        let is_cut = source.read_exact_at(&mut head, 0).is_ok() && head == *zip::MAGIC;
        let (kind, detail) = if is_cut {
            (ProblemKind::Truncated, "a zip archive without its end")
        } else {
            (ProblemKind::Malformed, "named like a Java archive but no zip archive")
        };
        self.note(Problem::at(kind, path, detail));
    }

    /// The members of interest, in the order of their place in the file.
    fn parts(&mut self, path: &str, archive: &Archive<'_>) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut names = BTreeSet::new();
        let mut count = 0_u64;
        for member in archive.members() {
            let member = match member.and_then(|member| self.count(member)) {
                Ok(member) => member,
                Err(error) => {
                    self.problem(path, "central directory", &error);
                    break;
                }
            };
            count += 1;
            let Some(role) = role(&member.name) else { continue };
            if member.name.len() > NAME_BYTES_MAX {
                let limit = NAME_BYTES_MAX.try_into().unwrap_or(u64::MAX);
                let exceeded = Exceeded { what: "bytes of a member's name", limit };
                self.problem(path, "central directory", &exceeded.into());
                continue;
            }
            if !names.insert(member.name.clone()) {
                let detail = format!("more than one member is named {}", visible(&member.name));
                self.note(Problem::at(ProblemKind::Ambiguous, path, detail));
            }
            if self.parts == 0 {
                let limit = PARTS_MAX.try_into().unwrap_or(u64::MAX);
                let exceeded = Exceeded { what: "archives and poms in an archive", limit };
                self.problem(path, "central directory", &exceeded.into());
                break;
            }
            self.parts -= 1;
            parts.push(Part { member, role });
        }
        if count & 0xffff != archive.count & 0xffff {
            let detail = "the archive holds another number of members than its end record says";
            self.note(Problem::at(ProblemKind::Ambiguous, path, detail));
        }
        // Where there are properties, the model says nothing more.
        let has_properties = |part: &Part| {
            let properties = part.member.name.strip_suffix("pom.xml");
            properties.is_some_and(|folder| names.contains(&format!("{folder}pom.properties")))
        };
        parts.retain(|part| !has_properties(part));
        parts.sort_by_key(|part| part.member.header_offset());
        parts
    }

    fn count(&mut self, member: Member) -> io::Result<Member> {
        let limit = self.limits.archive_members;
        let exceeded = Exceeded { what: "members of an archive", limit };
        self.members = self.members.checked_sub(1).ok_or(exceeded)?;
        Ok(member)
    }

    /// Finds the bytes of a member. Members that share bytes are the mark of a bomb, and refused.
    fn content<'a>(
        &mut self,
        place: &str,
        archive: &Archive<'a>,
        member: &Member,
        last_end: &mut u64,
    ) -> io::Result<Content<'a>> {
        let content = archive.content(member)?;
        let (start, end) = content.range();
        if start < *last_end {
            return Err(crate::language::malformed("overlaps another member"));
        }
        *last_end = end;
        if !content.is_consistent {
            let detail = "the central directory and the member's own header disagree";
            self.note(Problem::at(ProblemKind::Ambiguous, place, detail));
        }
        Ok(content)
    }

    fn manifest(&mut self, content: &Content<'_>) -> io::Result<Manifest> {
        let mut bytes = vec![0; MANIFEST_BYTES_MAX];
        let reader = content.reader(self.inflated, INFLATED).take(MANIFEST_BYTES_MAX as u64);
        let count = read_up_to(reader, &mut bytes)?;
        self.spend(count as u64);
        Ok(Manifest::parse(bytes.get(..count).unwrap_or_default()))
    }

    fn bytes(&mut self, content: &Content<'_>) -> io::Result<Vec<u8>> {
        let limit = POM_BYTES_MAX.min(self.inflated);
        let bytes = read_all(content.reader(limit, INFLATED), limit, INFLATED);
        self.spend(bytes.as_ref().map_or(limit, |bytes| bytes.len() as u64));
        bytes
    }

    /// Descends into an archive: in place if it is stored, spooled if it is deflated.
    fn nested(
        &mut self,
        place: &str,
        content: &Content<'_>,
        member: &Member,
        depth: u32,
    ) -> io::Result<()> {
        if content.slice().size() == 0 {
            return Ok(());
        }
        let limit = self.limits.archive_depth;
        if depth >= limit {
            let exceeded = Exceeded { what: "archives within archives", limit: limit.into() };
            return Err(exceeded.into());
        }
        if !content.is_deflated {
            self.archive(place, &content.slice(), depth + 1);
            return Ok(());
        }
        let limit = self.inflated;
        if member.size() > limit {
            return Err(Exceeded { what: INFLATED, limit }.into());
        }
        let reader = content.reader(limit, INFLATED);
        let spool = Spool::new(reader, self.limits.spool_memory_bytes, limit, INFLATED);
        self.spend(spool.as_ref().map_or(limit, ReadAt::size));
        self.archive(place, &spool?, depth + 1);
        Ok(())
    }

    /// What failed has cost all that it was allowed.
    const fn spend(&mut self, inflated: u64) {
        self.inflated = self.inflated.saturating_sub(inflated);
    }

    /// Reports the archive itself and what is shaded into it, each component once.
    fn report(
        &mut self,
        path: &str,
        archive: &Archive<'_>,
        manifest: &Manifest,
        poms: Vec<(String, Coordinates)>,
    ) {
        let mut seen = BTreeSet::new();
        let poms = poms.into_iter().filter(|(_, pom)| seen.insert(pom.clone()));
        let (places, poms): (Vec<_>, Vec<_>) = poms.unzip();
        let (own, own_index) = identify(path, manifest, &poms);
        if let Some(mut own) = own {
            let Coordinates { group, artifact, version } = &mut own.coordinates;
            if group.is_empty() {
                let limit = usize::try_from(self.limits.archive_members).unwrap_or(usize::MAX);
                let has_directory = |directory: &str| has_directory(archive, directory, limit);
                let name = manifest.symbolic_name();
                let known = groups::find(artifact, version, name, has_directory);
                known.unwrap_or_default().clone_into(group);
            }
            if let Some(detail) = contradiction(path, &own) {
                self.note(Problem::at(ProblemKind::Ambiguous, path, detail));
            }
            self.package(path, own);
        }
        for (index, (place, coordinates)) in places.into_iter().zip(poms).enumerate() {
            if own_index != Some(index) {
                self.package(&place, Identity { coordinates, evidence: Evidence::Metadata });
            }
        }
    }

    fn package(&mut self, path: &str, identity: Identity) {
        let limit = self.limits.packages;
        if self.facts.packages.len() >= limit {
            let limit = limit.try_into().unwrap_or(u64::MAX);
            let exceeded = Exceeded { what: "packages in an archive", limit };
            return self.problem(path, "archive", &exceeded.into());
        }
        let Identity { coordinates, evidence } = identity;
        let (kind, name) = (PackageKind::Maven, coordinates.name());
        self.facts.packages.push(package(kind, &name, &coordinates.version, path, evidence));
    }

    fn problem(&mut self, path: &str, what: &str, error: &io::Error) {
        self.note(problem(path, what, error));
    }

    fn note(&mut self, problem: Problem) {
        if self.facts.problems.len() < self.limits.problems {
            self.facts.problems.push(problem);
        }
    }
}

/// Whether one of so many members stands below a directory.
fn has_directory(archive: &Archive<'_>, directory: &str, limit: usize) -> bool {
    let mut members = archive.members().map_while(Result::ok).take(limit);
    members.any(|member| member.name.starts_with(directory))
}

/// The budget that inflating uses up, for all members of a file together.
const INFLATED: &str = "inflated bytes of an archive";

fn role(name: &str) -> Option<Role> {
    if is_archive_name(name) {
        return Some(Role::Archive);
    }
    // Java finds the manifest whatever its case.
    if name.eq_ignore_ascii_case("META-INF/MANIFEST.MF") {
        return Some(Role::Manifest);
    }
    let mut components = name.strip_prefix("META-INF/maven/")?.split('/');
    let (group, artifact) = (components.next()?, components.next()?);
    let is_model = match components.next()? {
        "pom.properties" => false,
        "pom.xml" => true,
        _ => return None,
    };
    let (group, artifact, version) = (group.to_owned(), artifact.to_owned(), String::new());
    let path = Coordinates { group, artifact, version };
    components.next().is_none().then_some(Role::Pom { path, is_model })
}

/// A member's name for people: without characters that move cursors.
fn visible(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}
