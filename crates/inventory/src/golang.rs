//! Go modules in a binary: the build information that `go version -m` prints.
//!
//! The linker puts a header, found by its magic, at the start of the data: either followed by
//! two strings (Go 1.18 and later) or pointing at two Go string headers (before). The first is
//! the toolchain's version, the second the list of modules (Go's `debug/buildinfo`).
//!
//! Reported are every dependency (the replacement, where one is replaced), the main module, and
//! the toolchain as `stdlib`. A main module built from a working tree, `(devel)`, and a
//! dependency replaced by a directory have no version that anybody could look up: theirs is
//! empty.

use crate::{
    elf::{Elf, PT_LOAD, Part},
    gather::Gather,
    language::{is_identity, malformed, package},
};
use cofferdam_bounds::{Exceeded, ReadAt};
use cofferdam_model::{Evidence, PackageKind, ProblemKind};
use std::io;

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The header stands at an address that is a multiple of this.
const ALIGNMENT: u64 = 16;
const HEADER_BYTES: usize = 32;
/// Read at once while searching.
const CHUNK_BYTES: usize = 64 << 10;
/// How far to search when there is no section of that name. The header is the first thing in the
/// data segment of all but cgo programs, where C's data come first.
const SEARCH_BYTES_MAX: u64 = 64 << 20;
/// Of the module list; the largest programs have some 2,000 modules of 100 bytes.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Reads the build information of a Go binary; other binaries say nothing.
pub(crate) fn read<R: ReadAt + ?Sized>(elf: &Elf<'_, R>, gather: &mut Gather<'_>) {
    match build_information(elf) {
        Ok(Some(information)) => information.report(gather),
        Ok(None) => {
            if elf.section(".note.go.buildid").is_ok_and(|section| section.is_some()) {
                let detail = "a Go binary without build information: its modules are unknown";
                gather.problem(ProblemKind::Missing, detail);
            }
        }
        Err(error) => gather.io_problem("Go build information", &error),
    }
}

/// The two strings.
#[derive(Debug, Default, PartialEq, Eq)]
struct BuildInformation {
    toolchain: String,
    modules: String,
}

fn build_information<R: ReadAt + ?Sized>(elf: &Elf<'_, R>) -> io::Result<Option<BuildInformation>> {
    let Some(at) = find_header(elf)? else { return Ok(None) };
    let header = elf.source().bytes_at(at, HEADER_BYTES)?;
    let is_inline = header.get(15).is_some_and(|flags| flags & 2 != 0);
    let (toolchain, modules) = if is_inline {
        let mut at = at.saturating_add(HEADER_BYTES.try_into().unwrap_or(u64::MAX));
        (inline_string(elf.source(), &mut at)?, inline_string(elf.source(), &mut at)?)
    } else {
        let pointers = header.get(16..).unwrap_or_default();
        (pointed_string(elf, pointers, 0)?, pointed_string(elf, pointers, 1)?)
    };
    // Sixteen bytes on either side let a running program find its own list.
    let list = modules.len().checked_sub(16).and_then(|end| modules.get(16..end));
    let list = list.filter(|list| list.ends_with(b"\n")).unwrap_or_default();
    Ok(Some(BuildInformation {
        toolchain: String::from_utf8_lossy(&toolchain).into_owned(),
        modules: String::from_utf8_lossy(list).into_owned(),
    }))
}

/// In the section of its name or, as section headers may be stripped, the first segment that is
/// writable and not executable.
fn find_header<R: ReadAt + ?Sized>(elf: &Elf<'_, R>) -> io::Result<Option<u64>> {
    // Broken section headers do not keep a program from running.
    if let Ok(Some(section)) = elf.section(".go.buildinfo")
        && let Some(at) = search(elf.source(), &section)?
    {
        return Ok(Some(at));
    }
    let is_data = |flags: u32| flags & 0b11 == 0b10;
    let segments = elf.segments()?;
    let data = segments.iter().find(|part| part.kind == PT_LOAD && is_data(part.flags));
    data.map_or(Ok(None), |data| search(elf.source(), data))
}

/// The header stands at an aligned address; the part itself need not start at one.
fn search<R: ReadAt + ?Sized>(source: &R, part: &Part) -> io::Result<Option<u64>> {
    let start = part.offset;
    let end = start.saturating_add(part.size.min(SEARCH_BYTES_MAX)).min(source.size());
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = start;
    while at < end {
        let count = source.read_at(&mut chunk, at)?;
        let bytes = chunk.get(..count).unwrap_or_default();
        for found in memchr::memmem::find_iter(bytes, MAGIC) {
            let found = at.saturating_add(found.try_into().unwrap_or(u64::MAX));
            let address = part.address.wrapping_add(found.wrapping_sub(start));
            if found < end && address.is_multiple_of(ALIGNMENT) {
                return Ok(Some(found));
            }
        }
        // A header across the border of two chunks is found in the second.
        let step = CHUNK_BYTES.saturating_sub(HEADER_BYTES);
        at = at.saturating_add(step.try_into().unwrap_or(u64::MAX));
    }
    Ok(None)
}

/// A length, seven bits a byte, least significant first, and as many bytes.
fn inline_string<R: ReadAt + ?Sized>(source: &R, at: &mut u64) -> io::Result<Vec<u8>> {
    let mut length = 0_u64;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        source.read_exact_at(&mut byte, *at)?;
        *at = at.saturating_add(1);
        let [byte] = byte;
        // Ten bytes of seven bits hold more than 64; what falls out is an attack or nothing.
        length |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            let bytes = source.bytes_at(*at, text_length(length)?)?;
            *at = at.saturating_add(length);
            return Ok(bytes);
        }
    }
    Err(malformed("a length of more than ten bytes"))
}

/// A Go string: an address and a length, at the address that `pointers` holds.
fn pointed_string<R: ReadAt + ?Sized>(
    elf: &Elf<'_, R>,
    pointers: &[u8],
    index: usize,
) -> io::Result<Vec<u8>> {
    let missing = || malformed("the header is cut off");
    let header_address = elf.pointer(pointers, index).ok_or_else(missing)?;
    if header_address == 0 {
        return Ok(Vec::new());
    }
    let header = elf.bytes_at_address(header_address, elf.pointer_bytes().saturating_mul(2))?;
    let address = elf.pointer(&header, 0).ok_or_else(missing)?;
    let length = elf.pointer(&header, 1).ok_or_else(missing)?;
    text_length(length)?;
    if length == 0 { Ok(Vec::new()) } else { elf.bytes_at_address(address, length) }
}

fn text_length(length: u64) -> io::Result<usize> {
    let exceeded = || Exceeded { what: "bytes of Go build information", limit: TEXT_BYTES_MAX };
    let within = Some(length).filter(|length| *length <= TEXT_BYTES_MAX);
    within.and_then(|length| length.try_into().ok()).ok_or_else(|| exceeded().into())
}

impl BuildInformation {
    fn report(&self, gather: &mut Gather<'_>) {
        let mut modules = self.modules();
        if let Some(version) = self.toolchain_version() {
            modules.push(("stdlib", version));
        } else {
            let detail = "Go build information without the toolchain's version";
            gather.problem(ProblemKind::Malformed, detail);
        }
        for (name, version) in modules {
            if is_identity(name) && (version.is_empty() || is_identity(version)) {
                let (kind, evidence) = (PackageKind::Go, Evidence::BuildInfo);
                gather.package(package(kind, name, version, gather.path(), evidence));
            } else {
                let detail = "Go build information with an unusable module path or version";
                gather.problem(ProblemKind::Malformed, detail);
            }
        }
    }

    /// Paths and versions in the order of the list, replacements in the place of the replaced.
    fn modules(&self) -> Vec<(&str, &str)> {
        let mut modules = Vec::<(&str, &str)>::new();
        for line in self.modules.lines() {
            let mut fields = line.split('\t');
            let word = fields.next().unwrap_or_default();
            let path = fields.next().unwrap_or_default();
            let version = fields.next().unwrap_or_default();
            match word {
                "mod" | "dep" => modules.push((path, known(version))),
                "=>" => {
                    if let Some(replaced) = modules.last_mut() {
                        // Code from a directory is still that module, in a state nobody knows.
                        let is_directory =
                            known(version).is_empty() || path.starts_with(['.', '/']);
                        *replaced = if is_directory { (replaced.0, "") } else { (path, version) };
                    }
                }
                _ => {}
            }
        }
        modules
    }

    /// `1.20.3` of `go1.20.3`, of `go1.20.3 X:boringcrypto` and of `devel go1.20.3-…`.
    fn toolchain_version(&self) -> Option<&str> {
        let mut words = self.toolchain.split_ascii_whitespace();
        words.find_map(|word| word.strip_prefix("go").filter(|version| is_identity(version)))
    }
}

fn known(version: &str) -> &str {
    if version == "(devel)" { "" } else { version }
}

#[cfg(test)]
mod tests;
