//! Every exit code, and what is said with it.

use crate::{
    binary::Home,
    crafted::{self, Image, Tar, debian},
    databases::{SMALL, real},
    images::image,
};
use std::{fs, net::TcpListener};

fn bash(version: &str) -> Vec<u8> {
    Image::of([debian(&[("bash", version)])]).docker_archive()
}

#[test]
fn nothing_wrong_is_0() {
    let home = Home::new();
    let mended = home.write("image.tar", bash("5.2.15-9"));
    let at = ["--at", "2026-06-05T00:00:00Z"];
    let run = home.scan(mended).database(&*SMALL).words(&at).run().exits(0);
    assert!(run.stdout.contains("PASS"), "{}", run.stdout);
    assert_eq!(run.stderr, "", "silence in a pipe");
}

#[test]
fn an_image_of_nothing_has_no_packages_but_a_user() {
    let report =
        Home::new().scan(image("empty").unwrap().docker_archive()).database(&*SMALL).report();
    let failed = report.list("verdicts").iter().filter(|verdict| verdict["outcome"] != "pass");
    let failed: Vec<_> = failed.map(|verdict| &verdict["code"]).collect();
    assert_eq!(failed, ["CFD-IMG-0003"], "root is all that can be wrong with it");
    assert_eq!(report.code, 1);
}

#[test]
fn a_failed_policy_is_1() {
    let home = Home::new();
    let holed = home.write("image.tar", bash("5.2.15-8"));
    let at = ["--at", "2026-06-05T00:00:00Z"];
    let run = home.scan(holed).database(&*SMALL).words(&at).run().exits(1);
    for word in ["CFD-IMG-0001", "CVE-2026-9001", "5.2.15-9", "exploited now", "FAIL"] {
        assert!(run.stdout.contains(word), "{word} is not in\n{}", run.stdout);
    }
}

#[test]
fn an_old_debian_fails() {
    let Some(database) = real("an_old_debian_fails") else { return };
    let image = image("debian-bullseye").unwrap().docker_archive();
    let report = Home::new().scan(image).database(database).report();
    assert_eq!(report.code, 1);
    assert_eq!(report.outcome("CFD-IMG-0002"), "fail");
    assert_eq!(report.outcome("CFD-IMG-0004"), "fail", "bullseye is past its end of life");
    // DLA-4189-1 mends glibc in 2.31-13+deb11u13; the suite alone has 2.31-13+deb11u11.
    let names: Vec<_> =
        report.list("vulnerabilities").iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(names.contains(&"CVE-2025-4802"), "{names:?}");
}

#[test]
fn a_wrong_command_line_is_2() {
    let home = Home::new();
    let check = |words: &[&str], says: &[&str]| {
        home.cofferdam(words).run().exits(2).says(says);
    };
    check(&["scan", "x", "--unheard"], &["--unheard", "Usage"]);
    check(&["scan"], &["TARGET"]);
    check(&["scan", "x", "-o", "pdf"], &["table, json, sarif, cyclonedx"]);
    check(&["scan", "x", "-o", "json="], &["a file name is missing"]);
    check(&["scan", "x", "-o", "json", "-o", "table"], &["more than one report", "hint:"]);
    check(&["scan", "x", "--limit", "colour=3"], &["colour=3", "layer-bytes"]);
    check(&["scan", "x", "--platform", "/"], &["--platform"]);
    check(&["scan", "x", "--at", "yesterday"], &["--at"]);
    check(&["scan", "./missing.tar"], &["there is no such file", "./missing.tar"]);
    check(&["scan", "missing.tar"], &["there is no such file", "missing.tar"]);
    check(&["scan", "Not A Reference"], &["Not A Reference", "hint:"]);
    check(&["advisory", "build", "missing"], &["missing"]);
    check(&["advisory", "status"], &["no advisory database", "cofferdam advisory update"]);
    check(&["advisory", "update", "--source", "nobody=x"], &["nobody=x", "--list"]);
}

#[test]
fn a_named_database_that_is_not_there_is_2() {
    let home = Home::new();
    let target = home.write("image.tar", bash("5"));
    home.scan(target).database("missing.cfd").run().exits(2).says(&["missing.cfd"]);
}

#[test]
fn a_broken_policy_is_2_with_its_place() {
    let home = Home::new();
    let target = home.write("image.tar", bash("5"));
    let wrong = "apiVersion: cofferdam.dev/v1alpha1\nkind: ClusterSecurityPolicy\nmetadata:\n  \
                 name: own\nspec:\n  code: OWN-1\n  title: t\n  description: d\n  \
                 severity: terrible\n  stages: [build]\n  validations:\n    - expression: 1 +\n";
    home.write("own.yaml", wrong);
    let run = home.scan(&target).words(&["--policy", "own.yaml"]).run().exits(2);
    run.says(&["own.yaml:9:13", "own.yaml:12:"]);
    home.write("cut.yaml", "apiVersion: [");
    home.scan(&target).words(&["--policy", "cut.yaml"]).run().exits(2).says(&["cut.yaml:1:"]);
    home.scan(&target).words(&["--policy", "none.yaml"]).run().exits(2).says(&["none.yaml"]);
}

#[test]
fn several_images_want_a_name() {
    let home = Home::new();
    let mut images = [Image::of([debian(&[])]), Image::of([debian(&[("bash", "5")])])];
    images[1].tag = "cofferdam.test/other:1".into();
    let target = home.write("image.tar", crafted::docker_archive(&images));
    let run = home.scan(&target).database(&*SMALL).run().exits(2);
    run.says(&["cofferdam.test/crafted:latest", "cofferdam.test/other:1", "hint:"]);
    let chosen = home.scan(target).words(&["--reference", "cofferdam.test/other:1"]).report();
    assert_eq!(chosen.list("packages").len(), 1);
}

#[test]
fn a_truncated_layer_is_3() {
    let home = Home::new();
    let layers = [debian(&[("bash", "5.2.15-9")]), Tar::of(&[("big", &[7; 9000])])];
    let whole = Image::of(layers).docker_archive();
    let target = home.write("image.tar", &whole[..whole.len() - 6000]);
    let at = ["--at", "2026-06-05T00:00:00Z"];
    let report = home.scan(target).database(&*SMALL).words(&at).report();
    assert_eq!(report.code, 3, "{:#}", report.json["verdicts"]);
    report.has_problem("CFD-P002");
    assert_eq!(report.list("packages").len(), 1, "the whole layer still counts");
    // What may lie in the rest of the layer is not clean.
    for code in ["CFD-IMG-0001", "CFD-IMG-0005", "CFD-IMG-0006", "CFD-IMG-0009"] {
        assert_eq!(report.outcome(code), "unknown", "{code}");
    }
}

#[test]
fn packages_without_advisories_are_3() {
    let home = Home::new();
    let target = home.write("image.tar", bash("5.2.15-9"));
    let run = home.scan(&target).run().exits(3);
    run.says(&["no advisory database", "cofferdam advisory update"]);
    let report = home.scan(&target).report();
    assert!(report.json["vulnerabilities"].is_null(), "unknown is not an empty list");
    assert!(report.json["advisories"].is_null());
}

#[test]
fn nobody_at_the_address_is_4() {
    let home = Home::new();
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = format!("{address}/app:1");
    home.scan(target).database(&*SMALL).run().exits(4).says(&["cannot connect", "hint:"]);
}

#[test]
fn a_report_into_no_folder_is_2() {
    let home = Home::new();
    let target = home.write("image.tar", bash("5"));
    let run = home.scan(target).database(&*SMALL).words(&["-o", "json=missing/scan.json"]).run();
    run.exits(2).says(&["cannot write the report", "missing/scan.json", "hint:"]);
}

#[test]
fn a_damaged_database_is_4() {
    let home = Home::new();
    let target = home.write("image.tar", bash("5"));
    let whole = crate::binary::read(&SMALL);
    for (name, length) in [("short", 10), ("cut", whole.len() / 2), ("cut-last", whole.len() - 1)] {
        let damaged = home.write(name, &whole[..length]);
        let run = home.scan(&target).database(damaged).run().exits(4);
        run.says(&[name, "cofferdam advisory"]);
    }
    let foreign = home.write("foreign", "not a database, but a text of a few lines\n".repeat(9));
    home.scan(&target).database(foreign).run().exits(2).says(&["foreign", "is not an advisory"]);
    // Every byte of the file is under a checksum, or is not read at all: flip one in each of 64
    // places. Either the answer is the same as before, or there is none.
    let healthy = home.scan(&target).database(&*SMALL).run();
    for part in 0..64 {
        let mut bytes = whole.clone();
        bytes[part * (whole.len() - 1) / 63] ^= 0x10;
        fs::write(home.path("flipped"), bytes).unwrap();
        let run = home.scan(&target).database("flipped").run();
        let same = run.code == healthy.code && run.stdout == healthy.stdout;
        let is_foreign = run.code == 2 && run.stderr.contains("is not an advisory database");
        assert!(run.code == 4 || same || is_foreign, "part {part}: {}{}", run.stdout, run.stderr);
    }
}
