//! Images straight from registries: a real one behind TLS and passwords, one that anybody may
//! ask, and one that behaves badly.

mod server;
mod token;

use crate::{
    binary::Home,
    crafted::{Image, debian, digest, hex},
    databases::SMALL,
    images::image,
    tools::must,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use server::{Registry, index, push, push_index};
use std::{fs, process::Command};

const AT: [&str; 2] = ["--at", "2026-06-05T00:00:00Z"];

/// Writes what `docker login` writes.
fn log_in(home: &Home, registry: &str, password: &str) {
    let auth = STANDARD.encode(format!("tester:{password}"));
    let config = format!("{{\"auths\":{{\"{registry}\":{{\"auth\":\"{auth}\"}}}}}}");
    home.write(".docker/config.json", config);
}

/// Copies an image of ours into the registry, with the distribution's own tool.
fn buildah_push(home: &Home, registry: &Registry, archive: &str, name: &str) {
    let policy = home.write("policy.json", "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}");
    let buildah = |words: &[&str]| {
        let mut command = Command::new("buildah");
        home.clean(&mut command);
        command.args(["--storage-driver", "vfs", "--root"]).arg(home.path("store"));
        command.arg("--runroot").arg(home.path("run")).args(words);
        command
    };
    let policy = policy.to_str().unwrap();
    let source = format!("docker-archive:{archive}");
    let id = must(&mut buildah(&["pull", "--quiet", "--signature-policy", policy, &source]));
    let authority = registry.folder("authority");
    fs::create_dir_all(&authority).unwrap();
    fs::copy(registry.folder("ca.pem"), authority.join("ca.crt")).unwrap();
    log_in(home, &registry.host(), "correct horse");
    let auth = home.path(".docker/config.json");
    let target = format!("docker://{}/{name}", registry.host());
    let mut push = buildah(&["push", "--quiet", "--signature-policy", policy, "--authfile"]);
    push.arg(auth).arg("--cert-dir").arg(authority).args([id.trim(), &target]);
    must(&mut push);
}

#[test]
fn behind_tls_and_a_password() {
    let registry = Registry::with_tls_and_password("tester", "correct horse");
    let home = Home::new();
    let archive = image("binaries").unwrap().docker_archive();
    buildah_push(&home, &registry, archive.to_str().unwrap(), "team/binaries:1");
    let name = format!("{}/team/binaries", registry.host());
    let tag = format!("{name}:1");
    let authority = registry.folder("ca.pem");
    let scan = |target: &str| {
        let scan = home.scan(target).database(&*SMALL).words(&AT);
        scan.with("--ca-certificate").with(&authority)
    };

    let by_tag = scan(&tag).report();
    let from_archive = home.scan(&archive).database(&*SMALL).words(&AT).report();
    assert_eq!(by_tag.json["packages"], from_archive.json["packages"]);
    assert_eq!(by_tag.json["target"]["id"], from_archive.json["target"]["id"]);
    assert_eq!(by_tag.code, from_archive.code);
    assert_eq!(by_tag.digests(), from_archive.digests(), "one image, one verdict");
    assert_eq!(by_tag.json["target"]["source"], "registry");

    let by_digest = format!("{name}@{}", by_tag.json["target"]["digest"].as_str().unwrap());
    assert_eq!(scan(&by_digest).report().json["packages"], by_tag.json["packages"]);

    scan(&format!("{name}:2")).run().exits(2).says(&["no such image", "check the name"]);
    scan(&format!("{name}@{}", digest(b"other"))).run().exits(2).says(&["no such image"]);
    let untrusted = home.scan(&tag).database(&*SMALL).run().exits(4);
    untrusted.says(&["certificate", "not trusted", "hint:"]);

    log_in(&home, &registry.host(), "wrong battery");
    let refused = scan(&tag).run().exits(4);
    assert!(!refused.stderr.contains("battery"), "{}", refused.stderr);
    refused.says(&["refuses access", "docker login"]);
    fs::remove_file(home.path(".docker/config.json")).unwrap();
    scan(&tag).run().exits(4).says(&["refuses access", "docker login"]);

    // Somewhere else, named by a variable.
    let config = home.path("elsewhere");
    log_in(&home, &registry.host(), "correct horse");
    fs::rename(home.path(".docker"), &config).unwrap();
    let mut named = scan(&tag);
    named.command.env("DOCKER_CONFIG", config);
    named.run().exits(from_archive.code);
    home.write("elsewhere/config.json", "{ broken");
    let mut broken = scan(&tag);
    broken.command.env("DOCKER_CONFIG", home.path("elsewhere"));
    broken.run().exits(2).says(&["elsewhere/config.json", "line 1"]);
}

fn bash(version: &str, architecture: &'static str) -> Image {
    let mut image = Image::of([debian(&[("bash", version)])]);
    image.architecture = architecture;
    image
}

#[test]
fn anybody_may_ask_a_plain_registry_on_this_machine() {
    let registry = Registry::plain();
    let home = Home::new();
    let image = bash("5.2.15-9", "amd64");
    push(&registry, "app", "1", &image);
    let target = format!("{}/app:1", registry.host());
    let report = home.scan(&target).database(&*SMALL).words(&AT).report();
    assert_eq!(report.code, 0, "{:#}", report.json["verdicts"]);
    home.write("image.tar", image.docker_archive());
    let archive = home.scan("image.tar").database(&*SMALL).words(&AT).report();
    assert_eq!(report.digests(), archive.digests());
    assert_eq!(report.json["target"]["reference"], target);
}

#[test]
fn one_platform_of_several() {
    let registry = Registry::plain();
    let home = Home::new();
    let platforms = ["amd64", "arm64"].map(|architecture| {
        let version = format!("5.2-{architecture}");
        let manifest = push(&registry, "app", architecture, &bash(&version, architecture));
        (manifest, architecture)
    });
    push_index(&registry, "app", "all", &index(&platforms));
    let target = format!("{}/app:all", registry.host());
    let scan = |words: &[&str]| home.scan(&target).database(&*SMALL).words(words);
    let check = |words: &[&str], architecture: &str| {
        let report = scan(words).report();
        assert_eq!(report.json["target"]["platform"], format!("linux/{architecture}"));
        assert_eq!(report.list("packages")[0]["version"], format!("5.2-{architecture}"));
    };
    check(&[], "amd64");
    check(&["--platform", "linux/amd64"], "amd64");
    check(&["--platform", "linux/arm64"], "arm64");
    let other = scan(&["--platform", "linux/s390x"]).run().exits(2);
    other.says(&["linux/amd64", "linux/arm64"]);
}

#[test]
fn a_blob_that_was_tampered_with_fails() {
    let registry = Registry::plain();
    let home = Home::new();
    let image = bash("5.2.15-8", "amd64");
    push(&registry, "app", "1", &image);
    let blob = hex(&image.layers[0].0);
    let stored = format!("docker/registry/v2/blobs/sha256/{}/{blob}/data", &blob[..2]);
    let path = registry.folder("storage").join(stored);
    // Somebody would like the hole not to be seen.
    let text = crate::binary::read(&path);
    let at = text.windows(8).position(|window| window == b"5.2.15-8").unwrap();
    let mut changed = text.clone();
    changed[at + 7] = b'9';
    fs::write(&path, changed).unwrap();
    let target = format!("{}/app:1", registry.host());
    let report = home.scan(target).database(&*SMALL).words(&AT).report();
    assert_eq!(report.code, 1);
    assert_eq!(report.outcome("CFD-IMG-0007"), "fail");
    report.has_problem("CFD-P001");
}
