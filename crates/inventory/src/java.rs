//! Java archives, and archives in archives: Maven artifacts by `pom.properties`, `pom.xml`,
//! manifest and file name.
//!
//! Each archive is one package, located at its path. Maven metadata of other artifacts inside it
//! show what was shaded into it: a package each, located at those metadata. A component is never
//! reported twice from one archive. What has no metadata at all, such as classes copied out of
//! their archive, is not recognised here.

mod file_name;
mod groups;
mod identity;
mod manifest;
mod pom;
mod walk;

use crate::catalog::{Candidate, Cataloger, FileFacts, Need};
use crate::zip;
use cofferdam_bounds::{Limits, Spool};

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "java", wants, read };

/// Archives that Java software is shipped in.
const EXTENSIONS: &[&str] = &["jar", "war", "ear", "hpi", "jpi", "par", "sar", "rar", "lpkg"];

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    // A script may stand before the archive, so the name is enough; without the name, the `jar`
    // tool's habit of writing META-INF first is.
    let named = is_archive_name(candidate.path)
        && (candidate.head.starts_with(b"PK") || !is_rar(candidate));
    let looks_so = || {
        candidate.head.starts_with(zip::MAGIC)
            && candidate.head.get(30..).is_some_and(|name| name.starts_with(b"META-INF/"))
    };
    (candidate.size_bytes > 0 && (named || looks_so())).then_some(Need::Random)
}

fn is_archive_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    (3..=4).contains(&extension.len())
        && EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

/// WinRAR's archives share an extension with resource adapters.
fn is_rar(candidate: &Candidate<'_>) -> bool {
    candidate.head.starts_with(b"Rar!")
}

fn read(candidate: &Candidate<'_>, content: &Spool, limits: &Limits) -> FileFacts {
    walk::archives(candidate.path, content, limits)
}

#[cfg(test)]
mod tests;
