//! Rust crates in a binary: the section `.dep-v0` that `cargo auditable` writes, zlib-compressed
//! JSON (cargo-auditable's `PARSING.md`).
//!
//! Build dependencies ran on the build machine and are not in the binary: they are left out. The
//! root is the program itself.

use crate::{
    elf::Elf,
    gather::Gather,
    language::{is_identity, package},
};
use cofferdam_bounds::{ReadAt, Window, read_all};
use cofferdam_model::{Evidence, PackageKind, ProblemKind};
use flate2::read::ZlibDecoder;
use serde::Deserialize;
use std::{borrow::Cow, io};

/// Reads the audit data of a Rust binary; other binaries say nothing.
pub(crate) fn read<R: ReadAt + ?Sized>(elf: &Elf<'_, R>, gather: &mut Gather<'_>) {
    let json = match audit_data(elf) {
        Ok(Some(json)) => json,
        Ok(None) => return,
        Err(error) => return gather.io_problem("Rust audit data", &error),
    };
    match serde_json::from_slice::<AuditData<'_>>(&json) {
        Ok(data) => data.report(gather),
        Err(error) => {
            gather.problem(ProblemKind::Malformed, format!("Rust audit data: {error}"));
        }
    }
}

fn audit_data<R: ReadAt + ?Sized>(elf: &Elf<'_, R>) -> io::Result<Option<Vec<u8>>> {
    // Binaries with broken section headers run; then there is no telling what they were made of.
    let Some(section) = elf.section(".dep-v0")? else { return Ok(None) };
    let compressed = Window::new(elf.source(), section.offset, section.size);
    read_all(ZlibDecoder::new(compressed), JSON_BYTES_MAX, "bytes of Rust audit data").map(Some)
}

/// The largest programs have some 2,000 crates of 150 bytes.
const JSON_BYTES_MAX: u64 = 8 << 20;

#[derive(Debug, Deserialize)]
struct AuditData<'a> {
    #[serde(borrow)]
    packages: Vec<Crate<'a>>,
}

#[derive(Debug, Deserialize)]
struct Crate<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(default)]
    kind: CrateKind,
}

/// When a crate is used; what is not said is `runtime`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CrateKind {
    Build,
    #[default]
    #[serde(other)]
    Runtime,
}

impl AuditData<'_> {
    fn report(&self, gather: &mut Gather<'_>) {
        let in_binary = self.packages.iter().filter(|found| found.kind == CrateKind::Runtime);
        for found in in_binary {
            if is_identity(&found.name) && is_identity(&found.version) {
                let (kind, evidence) = (PackageKind::Cargo, Evidence::BuildInfo);
                let path = gather.path();
                gather.package(package(kind, &found.name, &found.version, path, evidence));
            } else {
                let detail = "Rust audit data with an unusable crate name or version";
                gather.problem(ProblemKind::Malformed, detail);
            }
        }
    }
}

#[cfg(test)]
mod tests;
