//! apk's database of installed packages (Alpine, Wolfi).
//!
//! Paragraphs of lines `X:value`, one paragraph a package: `P` name, `V` version, `A`
//! architecture, `o` origin (the source package, of the same version), `L` licence, `F` a
//! directory and `R` each file in it (Alpine wiki, "Apk spec", "Installed Database V2").
//!
//! Virtual packages (`apk add --virtual .build-deps`) are in the database and so in the list.

use crate::{Candidate, Cataloger, FileFacts, Need, OwnedPaths};
use crate::{gather::Gather, lines::for_each_line, path_key::DirectoryKey};
use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::{Evidence, Location, Package, PackageKind, ProblemKind, SourcePackage};

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "apk", wants, read };

/// Of old, and with `/lib` merged into `/usr`.
const DATABASES: &[&str] = &["lib/apk/db/installed", "usr/lib/apk/db/installed"];

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    DATABASES.contains(&candidate.path).then_some(Need::Random)
}

fn read(candidate: &Candidate<'_>, content: &Spool, limits: &Limits) -> FileFacts {
    let mut gather = Gather::new(candidate.path, limits);
    let mut paragraph = Paragraph::default();
    for_each_line(content, &mut gather, &mut |gather, line| {
        if line.trim_ascii().is_empty() {
            std::mem::take(&mut paragraph).finish(gather);
        } else {
            paragraph.line(line, gather.paths_left());
        }
    });
    paragraph.finish(&mut gather);
    gather.finish()
}

/// The fields we want of one package, as written.
#[derive(Default)]
struct Paragraph {
    has_lines: bool,
    name: Vec<u8>,
    version: Vec<u8>,
    architecture: Vec<u8>,
    origin: Vec<u8>,
    license: Vec<u8>,
    directory: Option<DirectoryKey>,
    paths: Vec<u64>,
}

impl Paragraph {
    fn line(&mut self, line: &[u8], paths_left: usize) {
        self.has_lines = true;
        let (Some((field, rest)), text) = (line.split_first(), line.get(2..).unwrap_or_default())
        else {
            return;
        };
        if rest.first() != Some(&b':') {
            return;
        }
        let slot = match field {
            b'P' => &mut self.name,
            b'V' => &mut self.version,
            b'A' => &mut self.architecture,
            b'o' => &mut self.origin,
            b'L' => &mut self.license,
            b'F' => {
                self.directory = Some(DirectoryKey::new(&String::from_utf8_lossy(text)));
                return;
            }
            b'R' => {
                if self.paths.len() <= paths_left {
                    let directory = self.directory.unwrap_or_else(|| DirectoryKey::new(""));
                    self.paths.push(directory.file(&String::from_utf8_lossy(text)));
                }
                return;
            }
            _ => return,
        };
        text.trim_ascii().clone_into(slot);
    }

    fn finish(self, gather: &mut Gather<'_>) {
        if !self.has_lines || gather.is_full() {
            return;
        }
        if self.name.is_empty() || self.version.is_empty() {
            let name = String::from_utf8_lossy(&self.name);
            let detail = format!("the package {name:?} has no name or no version");
            return gather.problem(ProblemKind::Malformed, detail);
        }
        let name = gather.text(&self.name, "the package name");
        let version = gather.text(&self.version, "the package version");
        let architecture = gather.text(&self.architecture, "the architecture");
        let origin = gather.text(&self.origin, "the origin");
        let license = gather.text(&self.license, "the licence");
        gather.owned(OwnedPaths {
            kind: PackageKind::Apk,
            package: name.clone(),
            version: Some(version.clone()),
            architecture: (!architecture.is_empty()).then(|| architecture.clone()),
            paths: self.paths,
            layer: None,
        });
        let has_origin = !origin.is_empty() && origin != name;
        gather.package(Package {
            kind: PackageKind::Apk,
            architecture: (!architecture.is_empty()).then_some(architecture),
            source: has_origin.then(|| SourcePackage { name: origin, version: version.clone() }),
            location: Location::path(gather.path()),
            evidence: Evidence::Metadata,
            owner: None,
            license: (!license.is_empty()).then_some(license),
            name,
            version,
        });
    }
}

#[cfg(test)]
mod tests;
