//! Joins, rights, exposure and paths over small manifests, and every rule against its fixtures.

mod access;
mod changes;
mod facts;
mod network;
mod oracle;
mod paths;
mod rules;
mod scale;

use cofferdam_bounds::Meter;
use cofferdam_manifest::Source;

/// A file of objects.
fn read(yaml: &str) -> Source {
    let source = cofferdam_manifest::read("file.yaml", yaml.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}\n{yaml}", source.problems);
    source
}
