//! Matches equal osv-scanner's, over the very packages that it saw (`tests/goldens`).

use crate::{
    binary::{read, read_text, root},
    crafted::hex,
    databases::real,
};
use cofferdam_advisory::Database;
use cofferdam_model::{Distribution, Evidence, Location, Package, PackageKind, SourcePackage};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Differences above this share of a golden's hits are no longer a matter for a ledger.
const DIFFERENCES_MAX: f64 = 0.01;

/// `image`, `ecosystem/name@version`, `advisory`, `ours-only` or `theirs-only`.
type Difference = [String; 4];

#[test]
fn matches_equal_those_of_osv_scanner() {
    let Some(database) = real("matches_equal_those_of_osv_scanner") else { return };
    let database = Database::open(&database).unwrap();
    let goldens = root().join("tests/goldens/osv-scanner");
    let mut differences = BTreeSet::new();
    let mut hits = 0;
    let mut images = 0;
    for file in fs::read_dir(&goldens).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let golden: Value = serde_json::from_slice(&read(&path)).unwrap();
        same_feeds(&golden);
        hits += compare(&golden, &database, &mut differences);
        images += 1;
    }
    assert!(images >= 5 && hits > 300, "{images} goldens with {hits} hits");
    let ledger = ledger(&goldens.join("differences.tsv"));
    assert_eq!(differences, ledger, "the differences (left) are not those of the ledger (right)");
    let share = differences.len() as f64 / hits as f64;
    assert!(share <= DIFFERENCES_MAX, "{} differences in {hits} hits", differences.len());
}

/// A golden speaks about the feeds that it was made with, and no others.
fn same_feeds(golden: &Value) {
    let feeds = crate::databases::real_feeds().unwrap();
    for (ecosystem, digest) in golden["databases"].as_object().unwrap() {
        let zip = feeds.join("osv").join(ecosystem).join("all.zip");
        let found = hex(&read(&zip));
        assert_eq!(found, digest.as_str().unwrap(), "{}: make the goldens anew", zip.display());
    }
}

/// Compares one image; gives the golden's number of hits.
fn compare(golden: &Value, database: &Database, differences: &mut BTreeSet<Difference>) -> usize {
    let image = golden["image"].as_str().unwrap();
    let rows = golden["packages"].as_array().unwrap();
    let release = rows.iter().find_map(|row| row["ecosystem"].as_str()?.strip_prefix("Debian:"));
    let distribution = release.map(|release| Distribution {
        id: "debian".into(),
        version: release.into(),
        ..Distribution::default()
    });
    let packages: Vec<Package> = rows.iter().map(package).collect();
    let found =
        cofferdam_vulnerability::assess(&packages, distribution.as_ref(), database).unwrap();
    let mut ours: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for vulnerability in found.vulnerabilities {
        ours.entry(vulnerability.package).or_default().extend(vulnerability.advisories);
    }
    let mut hits = 0;
    for (index, row) in rows.iter().enumerate() {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let name = format!("{}/{}@{}", text("ecosystem"), text("name"), text("version"));
        let list = row["advisories"].as_array().unwrap().iter();
        let theirs: BTreeSet<String> = list.map(|id| id.as_str().unwrap().to_owned()).collect();
        hits += theirs.len();
        let ours = ours.remove(&index).unwrap_or_default();
        let mut note = |ids: Vec<&String>, side: &str| {
            let row = |id: &String| [image.to_owned(), name.clone(), id.clone(), side.to_owned()];
            differences.extend(ids.into_iter().map(row));
        };
        note(ours.difference(&theirs).collect(), "ours-only");
        note(theirs.difference(&ours).collect(), "theirs-only");
    }
    hits
}

fn package(row: &Value) -> Package {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let kind = match &*text("ecosystem") {
        "PyPI" => PackageKind::Python,
        "Go" => PackageKind::Go,
        "crates.io" => PackageKind::Cargo,
        debian if debian.starts_with("Debian") => PackageKind::Deb,
        other => panic!("{other}: teach the test this ecosystem"),
    };
    // osv-scanner asks for the source's name with the binary's version.
    let source = row["source"].as_str();
    let source =
        source.map(|name| SourcePackage { name: name.to_owned(), version: text("version") });
    Package {
        kind,
        name: text("name"),
        version: text("version"),
        architecture: None,
        source,
        location: Location::path("golden"),
        evidence: Evidence::Metadata,
        owner: None,
        license: None,
    }
}

fn ledger(path: &Path) -> BTreeSet<Difference> {
    let text = read_text(path);
    let rows = text.lines().skip(1).filter(|line| !line.is_empty());
    rows.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        assert!(columns.len() == 5 && !columns[4].is_empty(), "{line}: five columns");
        [columns[0], columns[1], columns[2], columns[3]].map(str::to_owned)
    })
    .collect()
}
