//! The package list is what the package managers say, none missing, none invented; and secrets
//! are found where they were put, and nowhere else.

use crate::{
    binary::{Home, Report, read_text, root},
    databases::SMALL,
    images::{Image, Installed, Planted, image},
    tools::must,
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, process::Command};

fn scan(path: &Path) -> Report {
    let at = ["--at", "2026-06-05T00:00:00Z"];
    Home::new().scan(path).database(&*SMALL).words(&at).report()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What is reported as installed by itself, without what belongs to a distribution package.
fn installed(report: &Report) -> Vec<Installed> {
    let own = report.list("packages").iter().filter(|package| package["owner"].is_null());
    own.map(|package| Installed {
        kind: text(&package["type"]),
        name: text(&package["name"]),
        version: text(&package["version"]),
    })
    .collect()
}

/// The report's packages are the truth, and each says where it was seen.
#[track_caller]
fn check(name: &str) -> (Image, Report) {
    let image = image(name).unwrap();
    let report = scan(&image.docker_archive());
    let truth = image.truth().unwrap();
    let differences = truth.differences(installed(&report));
    assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));
    let layers = report.json["target"]["layers"].as_array().unwrap().len();
    for package in report.list("packages") {
        let location = &package["location"];
        let path = location["path"].as_str().unwrap();
        assert!(!path.is_empty() && !path.starts_with('/'), "{package}");
        let layer = location["layer"].as_u64().unwrap();
        assert!(usize::try_from(layer).unwrap() < layers, "{package}");
    }
    assert_eq!(report.problems(), Vec::<&str>::new(), "{:#}", report.json["problems"]);
    check_secrets(&truth.secrets, &report);
    (image, report)
}

/// Credentials that the packages in the images bring along: keys of their own tests, which are
/// real keys though everybody knows them, and a manual's placeholder.
const BROUGHT_ALONG: &[(&str, &str)] = &[
    ("private-key", "/public-encrypt/test/"),
    ("private-key", "/parse-asn1/test/"),
    ("private-key", "/tornado/test/test.key"),
];

/// All that were planted are found, and none besides but what packages bring along.
#[track_caller]
fn check_secrets(planted: &BTreeSet<Planted>, report: &Report) {
    let mut found = secrets(report);
    for secret in planted {
        let is_joined = secret.kind == "aws-secret-access-key"
            && report.list("secrets").iter().any(|one| {
                one["kind"] == "aws-access-key"
                    && one["evidence"] == "key id and secret key together"
            });
        assert!(found.remove(secret) || is_joined, "{secret:?} is not among {found:#?}");
    }
    let is_brought_along = |secret: &Planted| {
        let mut known = BROUGHT_ALONG.iter();
        known.any(|(kind, place)| secret.kind == *kind && secret.place.contains(place))
    };
    found.retain(|secret| !is_brought_along(secret));
    assert!(found.is_empty(), "nobody put these there: {found:#?}");
}

fn secrets(report: &Report) -> BTreeSet<Planted> {
    let secrets = report.list("secrets").iter();
    secrets
        .map(|secret| Planted {
            kind: text(&secret["kind"]),
            place: match &*text(&secret["place"]) {
                "file" => text(&secret["location"]["path"]),
                place => format!("{place}:{}", text(&secret["name"])),
            },
            is_deleted: !secret["deletedIn"].is_null(),
        })
        .collect()
}

#[test]
fn debian() {
    for name in ["debian-bookworm", "debian-bullseye", "debian-trixie"] {
        let (_, report) = check(name);
        assert_eq!(report.json["target"]["distribution"]["id"], "debian");
    }
}

#[test]
fn rpm_and_apk() {
    for (name, id) in [("rpm-sqlite", "rocky"), ("rpm-ndb", "opensuse-leap"), ("apk", "alpine")] {
        let (_, report) = check(name);
        assert_eq!(report.json["target"]["distribution"]["id"], id);
    }
}

#[test]
fn node_java_go_and_rust() {
    for name in ["node-app", "java-app", "binaries"] {
        check(name);
    }
}

#[test]
fn nothing_and_the_quick_start() {
    for name in ["empty", "quickstart"] {
        check(name);
    }
}

#[test]
fn python_with_whiteouts_owners_and_secrets() {
    let (image, report) = check("python-app");
    let names: BTreeSet<String> =
        installed(&report).into_iter().map(|package| package.name.to_lowercase()).collect();
    for gone in ["simplejson", "markdown"] {
        assert!(!names.contains(gone), "{gone} was uninstalled in the last layer");
    }
    // What Debian's packages own is in the report, once, and marked.
    let owned = report.list("packages").iter().filter(|package| !package["owner"].is_null());
    let owned: BTreeSet<_> = owned.map(|package| text(&package["name"]).to_lowercase()).collect();
    for package in image.truth().unwrap().owned {
        assert!(owned.contains(&package.name.to_lowercase()), "{package}");
    }
    let deleted = report.list("secrets").iter().find(|secret| !secret["deletedIn"].is_null());
    let deleted = deleted.unwrap();
    assert_eq!(deleted["location"]["layer"], 2);
    assert_eq!(deleted["deletedIn"], 3);
    for secret in report.list("secrets") {
        let masked = secret["masked"].as_str().unwrap();
        assert!(masked.contains('…') || masked.contains('*'), "{masked} is not masked");
    }
    let table = Home::new().scan(image.docker_archive()).database(&*SMALL).run();
    assert!(table.stdout.contains("can still be retrieved"), "{}", table.stdout);
}

#[test]
fn no_report_holds_the_value_of_a_secret() {
    let image = image("python-app").unwrap();
    let home = Home::new();
    let files = ["-o", "table=1", "-o", "json=2", "-o", "sarif=3", "-o", "cyclonedx=4"];
    home.scan(image.docker_archive()).database(&*SMALL).words(&files).run().exits(1);
    for kind in ["github-token", "stripe-key", "aws-access-key", "aws-secret-access-key"] {
        let decoy = root().join("tests/images/python-app/decoy.py");
        let value = must(Command::new("python3").arg(decoy).args([kind, "python-app"]));
        for name in ["1", "2", "3", "4"] {
            let report = read_text(&home.path(name));
            assert!(!report.contains(value.trim()), "{kind} stands in report {name}");
        }
    }
}

#[test]
fn one_image_in_three_shapes_has_one_verdict() {
    let image = image("python-app").unwrap();
    let docker = scan(&image.docker_archive());
    for path in [image.oci_archive(), image.oci_folder()] {
        let other = scan(&path);
        assert_eq!(other.json["packages"], docker.json["packages"], "{}", path.display());
        assert_eq!(other.json["secrets"], docker.json["secrets"], "{}", path.display());
        assert_eq!(other.digests(), docker.digests(), "{}", path.display());
        assert_eq!(other.code, docker.code);
    }
}
