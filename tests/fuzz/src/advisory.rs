//! Fuzz targets of `advisory`.

use crate::Target;
use cofferdam_advisory::{Database, fuzzing};
use std::path::Path;

pub(crate) const TARGETS: &[Target] = &[
    ("advisory_feed", feed),
    ("advisory_osv", feed),
    ("advisory_kev", |bytes| feed(&[br#"{"catalogVersion": "1", "#, bytes].concat())),
    ("advisory_epss", |bytes| feed(&[b"cve,epss,percentile\n", bytes].concat())),
    ("advisory_eol", |bytes| feed(&[b"---\nreleases:\n", bytes].concat())),
    ("advisory_file", file),
];

/// Whatever was taken of a feed must be whole when it is read back.
fn feed(bytes: &[u8]) {
    assert!(fuzzing::round_trip(bytes).is_ok());
}

/// A database file, damaged or forged: its questions have answers or errors.
fn file(bytes: &[u8]) {
    fuzzing::decode(bytes);
    let Ok(database) = Database::over(bytes.to_vec(), Path::new("input")) else { return };
    let _ = database.verify();
    for ecosystem in database.ecosystems() {
        let _ = database.coverage(&ecosystem.ecosystem);
    }
    let _ = database.affecting("PyPI", "a");
    let _ = database.exploitation("CVE-2021-44228");
}
