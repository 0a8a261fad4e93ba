//! Fuzz targets of `inventory`.

mod wrap;

use crate::Target;
use cofferdam_bounds::{Limits, Spool};
use cofferdam_inventory::{Candidate, combine, interest};

pub(crate) const TARGETS: &[Target] = &[
    ("os_release", |bytes| read("etc/os-release", bytes)),
    ("release_line", |bytes| read("etc/redhat-release", bytes)),
    ("dpkg_status", |bytes| read("var/lib/dpkg/status", bytes)),
    ("dpkg_list", |bytes| read("var/lib/dpkg/info/a:amd64.list", bytes)),
    ("apk_installed", |bytes| read("lib/apk/db/installed", bytes)),
    ("rpm_bdb", |bytes| read("var/lib/rpm/Packages", bytes)),
    ("rpm_ndb", |bytes| read("usr/lib/sysimage/rpm/Packages.db", bytes)),
    ("rpm_sqlite", |bytes| read("var/lib/rpm/rpmdb.sqlite", bytes)),
    ("rpm_header", rpm_header),
    ("python_metadata", |bytes| read("srv/site-packages/a-1.dist-info/METADATA", bytes)),
    ("node_package", |bytes| read("srv/node_modules/a/package.json", bytes)),
    ("elf", |bytes| read("usr/bin/a", bytes)),
    ("go_buildinfo", |bytes| read("usr/bin/a", &wrap::elf(b".go.buildinfo", bytes))),
    ("rust_auditable", |bytes| read("usr/bin/a", &wrap::elf(b".dep-v0", &wrap::zlib(bytes)))),
    ("zip", |bytes| read("srv/a.jar", bytes)),
    ("java_archive", java_archive),
];

/// What is in memory and what is spooled is read alike.
const MEMORY_BYTES: usize = 1 << 20;
const BYTES: u64 = 64 << 20;

/// Reads `bytes` as the file at `path`, whichever cataloger wants it.
fn read(path: &str, bytes: &[u8]) {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let candidate = Candidate { path, size_bytes, mode: 0o755, head };
    let Some((cataloger, _)) = interest(&candidate) else { return };
    let Ok(spool) = Spool::new(bytes, MEMORY_BYTES, BYTES, "the input") else { return };
    combine([cataloger.read(&candidate, &spool, &Limits::default())], &[]);
}

/// Wraps a header in the simplest database there is: ndb, one slot (the checksum does not hold,
/// which is reported and forgiven).
fn rpm_header(blob: &[u8]) {
    let length = u32::try_from(blob.len()).unwrap_or(u32::MAX);
    let blocks = (length.saturating_add(16 + 12)).div_ceil(16);
    let mut database = Vec::new();
    let mut write =
        |parts: &[&[u8]]| parts.iter().for_each(|part| database.extend_from_slice(part));
    write(&[b"RpmP", &[0; 8], &1_u32.to_le_bytes(), &[0; 16]]);
    write(&[b"Slot", &1_u32.to_le_bytes(), &256_u32.to_le_bytes(), &blocks.to_le_bytes()]);
    for _ in 0..253 {
        write(&[b"Slot", &[0; 12]]);
    }
    write(&[b"BlbS", &1_u32.to_le_bytes(), &[0; 4], &length.to_le_bytes(), blob]);
    let padding = usize::try_from(blocks).unwrap_or_default() * 16 - 16 - 12 - blob.len();
    write(&[&vec![0; padding], &[0; 4], &length.to_le_bytes(), b"BlbE"]);
    read("usr/lib/sysimage/rpm/Packages.db", &database);
}

/// An archive whose manifest, properties and model are the parts between tildes, stored in
/// another under the name that the last part is.
fn java_archive(bytes: &[u8]) {
    let mut parts = bytes.split(|byte| *byte == b'~');
    let mut part = || parts.next().unwrap_or_default();
    let (manifest, properties, model) = (part(), part(), part());
    let name = String::from_utf8_lossy(part());
    let members = [
        ("META-INF/MANIFEST.MF", manifest),
        ("META-INF/maven/g/a/pom.properties", properties),
        ("META-INF/maven/g/b/pom.xml", model),
    ];
    let archive = wrap::zip(&members);
    let nested = format!("lib/{name}.jar");
    read("srv/a-1.0.jar", &wrap::zip(&[(&*nested, &*archive)]));
}
