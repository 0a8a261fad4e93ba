//! Programs that say what they were built from: Go build information and Rust audit data.
//!
//! One cataloger for both, because the first that wants a file has it. Wanted are ELF programs,
//! told by their header from shared libraries: to spool hundreds of MiB of numerical libraries
//! would cost more than the rest of the scan, and no wheel or npm package that we looked at
//! carries audit data in them. Of libraries only those are read that say `rust`, `abi3` (PyO3's
//! way) or Go in their name or first bytes.

use crate::{
    catalog::{Candidate, Cataloger, FileFacts, Need},
    elf::{ET_DYN, ET_EXEC, Elf, MAGIC, PT_INTERP},
    gather::Gather,
    golang, rust,
};
use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::ProblemKind;

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "binary", wants, read };

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    if !candidate.head.starts_with(MAGIC) {
        return None;
    }
    let Some(elf) = Elf::parse(candidate.head).ok()? else {
        // Nothing to read in, but not to be passed over in silence.
        return (candidate.size_bytes >= HEADER_BYTES_MIN).then_some(Need::Random);
    };
    let wanted = match elf.kind {
        ET_EXEC => true,
        ET_DYN => is_program(candidate, &elf) || is_informative_library(candidate),
        _ => false,
    };
    wanted.then_some(Need::Random)
}

/// The shorter ELF header, that of 32 bits. Less is not a program of any system.
const HEADER_BYTES_MIN: u64 = 52;

/// A position-independent program names a dynamic linker or, linked statically, has an entry.
/// Some libraries have an entry too; those are known by their name.
fn is_program(candidate: &Candidate<'_>, elf: &Elf<'_, [u8]>) -> bool {
    // Program headers that are not in the head are odd enough to be worth a look.
    let has_linker =
        elf.segments().map_or(true, |parts| parts.iter().any(|part| part.kind == PT_INTERP));
    has_linker || (elf.entry != 0 && !candidate.name().contains(".so"))
}

fn is_informative_library(candidate: &Candidate<'_>) -> bool {
    let name = candidate.name();
    name.contains("rust")
        || name.contains(".abi3.")
        || memchr::memmem::find(candidate.head, GO_NOTE).is_some()
}

/// Name and type of the note with Go's build id: 4, `Go`.
const GO_NOTE: &[u8] = b"\x04\0\0\0Go\0\0";

fn read(candidate: &Candidate<'_>, content: &Spool, limits: &Limits) -> FileFacts {
    let mut gather = Gather::new(candidate.path, limits);
    match Elf::parse(content) {
        Ok(Some(elf)) => {
            golang::read(&elf, &mut gather);
            rust::read(&elf, &mut gather);
        }
        Ok(None) => {
            let detail = "an ELF file of an unknown class: what it was built from is unknown";
            gather.problem(ProblemKind::Malformed, detail);
        }
        Err(error) => gather.io_problem("cannot be read", &error),
    }
    gather.finish()
}

#[cfg(test)]
mod tests;
