//! Attacks on the whole binary, with little memory and little time: it says what it could not
//! assess, and goes on.

use crate::{
    binary::{Home, Report, Run, read, read_text},
    crafted::{Image, Tar, debian, digest, header},
    databases::SMALL,
    tools::{measured, must},
};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::{Cursor, Write as _},
    os::unix::fs::symlink,
    path::Path,
    process::Command,
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// More memory than this no attack may take, in KiB.
const MEMORY_KIB_MAX: u64 = 192 << 10;

/// More time than this no attack may take, on a slow and busy machine.
const SECONDS_MAX: u32 = 120;

/// Scans within limits. No report is there when not even the manifest could be read.
#[track_caller]
fn attack(home: &Home, target: &Path, words: &[&str]) -> (Run, Option<Report>) {
    let file = home.path("report.json");
    let at = ["--at", "2026-06-05T00:00:00Z", "-o", "json=report.json"];
    let scan = home.scan(target).database(&*SMALL).words(words).words(&at);
    let (run, memory) = measured(&scan.command, SECONDS_MAX);
    assert!([1, 3].contains(&run.code), "exit code {}: {}", run.code, run.stderr);
    assert!(memory < MEMORY_KIB_MAX, "{memory} KiB of memory");
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    let report = file.exists().then(|| {
        let json = serde_json::from_str(&read_text(&file)).unwrap();
        let report = Report { json, code: run.code };
        assert!(!report.problems().contains(&"CFD-P011"), "{:#}", report.json["problems"]);
        report
    });
    (run, report)
}

/// An image with one hostile layer above an honest one: the attack is told, and costs nothing of
/// what the honest layer says.
#[track_caller]
fn layer(blob: Vec<u8>, diff_id: Option<&str>, words: &[&str], problem: &str) -> Report {
    let home = Home::new();
    let mut image = Image::of([debian(&[("bash", "5.2.15-9")])]);
    let diff_id = diff_id.map_or_else(|| digest(&blob), str::to_owned);
    image.layers.push((blob, diff_id));
    let target = home.write("image.tar", image.docker_archive());
    let (run, report) = attack(&home, &target, words);
    let report = report.unwrap_or_else(|| panic!("{}", run.stderr));
    report.has_problem(problem);
    let names = report.list("packages").iter().map(|package| package["name"].as_str().unwrap());
    assert!(names.into_iter().any(|name| name == "bash"), "the honest layer still counts");
    report
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// The digest of what is not read to its end is nobody's business.
const NOBODY_KNOWS: Option<&str> =
    Some("sha256:0000000000000000000000000000000000000000000000000000000000000000");

#[test]
fn a_gzip_bomb_meets_the_limit_of_a_layer() {
    // 8 GiB less a byte in one file, from members of 64 MiB of zeros.
    let mut bomb = gzip(&header(b'0', "bomb", "", 0o77_777_777_777));
    bomb.extend(gzip(&vec![0; 64 << 20]).repeat(127));
    let report = layer(bomb, NOBODY_KNOWS, &["--limit", "layer-bytes=1_000_000_000"], "CFD-P004");
    assert_eq!(report.code, 3, "nobody knows the digest of what was not read: {report:#?}");
}

#[test]
fn a_zstd_bomb_meets_the_ratio() {
    let mut bomb = zstd::bulk::compress(&header(b'0', "bomb", "", 4 << 30), 1).unwrap();
    bomb.extend(zstd::bulk::compress(&vec![0; 256 << 20], 1).unwrap().repeat(16));
    layer(bomb, NOBODY_KNOWS, &[], "CFD-P004");
}

#[test]
fn a_zstd_frame_may_not_ask_for_a_window_of_2_gib() {
    // RFC 8878 section 3.1.1: magic, descriptor, window of 2^31, one raw block, the last.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3];
    let size = 512_u32;
    frame.extend(&(size << 3 | 1).to_le_bytes()[..3]);
    frame.extend(header(b'0', "file", "", 0));
    layer(frame, NOBODY_KNOWS, &[], "CFD-P004");
}

#[test]
fn three_million_entries_meet_the_limit_of_entries() {
    let mut zstd = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    let mut block = header(b'0', "directory/file-0000000", "", 0);
    let digits = 15..22;
    let base: u32 =
        header(b'0', "directory/file-", "", 0).iter().map(|byte| u32::from(*byte)).sum();
    let own: u32 = base - block_checksum(&header(b'0', "directory/file-", "", 0));
    for number in 0..3_000_000 {
        let name = format!("{number:07}");
        block[digits.clone()].copy_from_slice(name.as_bytes());
        // The sum of a header counts its own field as eight spaces.
        let sum = own + 8 * 32 + name.bytes().map(u32::from).sum::<u32>();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        zstd.write_all(&block).unwrap();
    }
    let report = layer(zstd.finish().unwrap(), NOBODY_KNOWS, &[], "CFD-P004");
    assert_eq!(report.code, 3, "{:#}", report.json["problems"]);
    assert!(report.json["target"]["entries"].as_u64().unwrap() <= 2_500_001);
}

fn block_checksum(block: &[u8; 512]) -> u32 {
    block[148..156].iter().map(|byte| u32::from(*byte)).sum()
}

fn jar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn jars_in_jars_end_at_a_depth() {
    let properties = b"groupId=test\nartifactId=deep\nversion=1\n";
    let mut nested = jar("META-INF/maven/test/deep/pom.properties", properties);
    for depth in 0..40 {
        nested = jar(&format!("lib/level-{depth}.jar"), &nested);
    }
    layer(Tar::of(&[("app.jar", &nested)]), None, &[], "CFD-P004");
}

#[test]
fn a_bomb_in_a_jar_meets_the_ratio() {
    let bomb = jar("META-INF/maven/test/bomb/pom.properties", &vec![b'\n'; 300 << 20]);
    let nested = jar("lib/bomb.jar", &bomb);
    for content in [bomb, nested] {
        layer(Tar::of(&[("app.jar", &content)]), None, &[], "CFD-P004");
    }
}

#[test]
fn a_flood_of_problems_and_secrets_is_counted_and_not_listed() {
    let mut tar = Tar::default();
    for number in 0..20_000 {
        let key = format!("url = https://deploy:c0rrect-Horse-{number}@git.internal/\n");
        tar = tar.file(&format!("node_modules/p{number}/package.json"), b"{\"name\":");
        tar = tar.file(&format!("srv/{number}.conf"), key.as_bytes());
    }
    let report = layer(tar.end(), None, &[], "CFD-P004");
    assert!(report.list("problems").len() <= 1_010, "{}", report.list("problems").len());
    assert_eq!(report.list("secrets").len(), 1_000);
    let told = report.json["problems"].to_string();
    assert!(told.contains("19000 more secrets") && told.contains("more problems"), "{told}");
}

#[test]
fn a_million_broken_files_in_two_megabytes_take_little_memory() {
    let mut zstd = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    let mut content = [0; 512];
    content[..8].copy_from_slice(b"{\"name\":");
    for number in 0..600_000 {
        let name = format!("a/node_modules/{number}/package.json");
        zstd.write_all(&header(b'0', &name, "", 8)).unwrap();
        zstd.write_all(&content).unwrap();
    }
    let report = layer(zstd.finish().unwrap(), NOBODY_KNOWS, &[], "CFD-P004");
    let told = report.json["problems"].to_string();
    assert!(told.contains("facts are left out"), "{told}");
}

#[test]
fn an_archive_may_end_anywhere() {
    let home = Home::new();
    let layers = [debian(&[("bash", "5.2.15-9")]), Tar::of(&[("big", &vec![7; 200_000])])];
    let whole = Image::of(layers).docker_archive();
    for part in 0..16 {
        let cut = home.write("cut.tar", &whole[..whole.len() * part / 16 + part]);
        let (run, report) = attack(&home, &cut, &[]);
        match report {
            Some(report) => assert_ne!(report.problems(), Vec::<&str>::new(), "part {part}"),
            None => _ = run.says(&["error:", "cut.tar"]),
        }
    }
    // A layer that was cut before it was put into the archive, in a header or in a content.
    let whole = Tar::of(&[("a", &[7; 9000]), ("b", &[7; 9000])]);
    for length in [1, 511, 513, 9000, 9728 + 100, 9728 + 512, 9728 + 9511] {
        let report = layer(whole[..length].to_vec(), None, &[], "CFD-P002");
        assert_eq!(report.code, 3, "{length}");
    }
}

#[test]
fn names_do_not_climb_out() {
    let tar = Tar::default()
        .file("../../etc/cron.d/evil", b"x")
        .file("a/../../b", b"x")
        .file("/etc/absolute", b"x")
        .entry(b'1', "link", "../../../etc/shadow", b"")
        .entry(b'2', "usr", "/..", b"")
        .end();
    layer(tar, None, &[], "CFD-P005");
}

#[test]
fn extended_headers_play_no_tricks() {
    let status = b"Package: hidden\nStatus: install ok installed\nVersion: 1\n\n";
    let nul = Tar::default().pax("path", "var/lib/dpkg/status\0x").file("x", status).end();
    layer(nul, None, &[], "CFD-P003");
    let huge = Tar::default().pax("comment", &"x".repeat(3 << 20)).file("x", status).end();
    layer(huge, None, &[], "CFD-P004");
    // A size in the extended header that is not that of the header: two readers see two archives.
    let sizes = Tar::default().pax("size", "0").file("x", status).end();
    let report = layer(sizes, None, &[], "CFD-P010");
    assert_eq!(report.code, 3);
    for broken in ["-1", "99999999999999999999", "x", ""] {
        let tar = Tar::default().pax("size", broken).file("x", status).end();
        let home = Home::new();
        let target = home.write("image.tar", Image::of([tar]).docker_archive());
        let (_, report) = attack(&home, &target, &[]);
        assert_ne!(report.unwrap().problems(), Vec::<&str>::new(), "{broken:?}");
    }
}

#[test]
fn a_hundred_thousand_layers_are_too_many() {
    let home = Home::new();
    let layers = vec!["l"; 100_000].join("\",\"");
    let manifest = format!("[{{\"Config\":\"c\",\"RepoTags\":[],\"Layers\":[\"{layers}\"]}}]");
    let files: [(&str, &[u8]); 2] = [("manifest.json", manifest.as_bytes()), ("c", b"{}")];
    let target = home.write("docker.tar", Tar::of(&files));
    let (run, _) = attack(&home, &target, &[]);
    run.exits(3).says(&["values of a document", "limit of 100000"]);
    let layer = format!("{{\"mediaType\":\"a\",\"size\":0,\"digest\":\"{}\"}}", digest(b""));
    for count in [2_000, 100_000] {
        let layers = vec![layer.as_str(); count].join(",");
        let manifest = format!("{{\"schemaVersion\":2,\"config\":{layer},\"layers\":[{layers}]}}");
        let name = digest(manifest.as_bytes()).replace(':', "/");
        home.write(&format!("oci/blobs/{name}"), &manifest);
        home.write("oci/oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let (size, digest) = (manifest.len(), digest(manifest.as_bytes()));
        let index = format!(
            "{{\"schemaVersion\":2,\"manifests\":[{{\"mediaType\":\"{media_type}\",\
             \"size\":{size},\"digest\":\"{digest}\"}}]}}"
        );
        home.write("oci/index.json", index);
        attack(&home, &home.path("oci"), &[]).0.exits(3).says(&["error:"]);
    }
}

#[test]
fn malformed_databases_are_told() {
    let noise: Vec<u8> =
        (0..40_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let behind = |magic: &[u8]| [magic, &noise].concat();
    // As much of each format's header as tells it: SQLite 3, Berkeley DB's hash, ndb.
    let sqlite = behind(b"SQLite format 3\0\x10\0\x01\x01");
    let berkeley = behind(&[[0; 12].as_slice(), &0x0006_1561_u32.to_le_bytes()].concat());
    let ndb = behind(b"RpmP\0\0\0\0");
    for (path, bytes) in [
        ("var/lib/rpm/rpmdb.sqlite", &sqlite),
        ("var/lib/rpm/Packages", &berkeley),
        ("var/lib/rpm/Packages.db", &ndb),
        ("var/lib/dpkg/status.d/noise", &noise),
        ("lib/apk/db/installed", &noise),
    ] {
        let report = layer(Tar::of(&[(path, bytes)]), None, &[], "CFD-P003");
        assert_eq!(report.code, 3, "{path}");
    }
}

#[test]
fn fifos_and_circles_in_a_root_file_system_are_passed_by() {
    let home = Home::new();
    let root = home.path("rootfs");
    home.write("rootfs/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    home.write(
        "rootfs/var/lib/dpkg/status",
        "Package: a\nStatus: install ok installed\nVersion: 1\n",
    );
    must(Command::new("mkfifo").arg(root.join("var/lib/dpkg/status-pipe")));
    must(Command::new("mkfifo").arg(root.join("package.json")));
    symlink("b", root.join("a")).unwrap();
    symlink("a", root.join("b")).unwrap();
    symlink("..", root.join("etc/up")).unwrap();
    symlink("self", root.join("self")).unwrap();
    symlink("/etc/shadow", root.join("credentials")).unwrap();
    let at = ["--at", "2026-06-05T00:00:00Z", "-o", "json=report.json"];
    let scan = home.scan(&root).database(&*SMALL).words(&at);
    let (run, memory) = measured(&scan.command, SECONDS_MAX);
    assert!(memory < MEMORY_KIB_MAX, "{memory} KiB");
    run.exits(0);
    let json = serde_json::from_slice(&read(&home.path("report.json"))).unwrap();
    assert_eq!(Report { json, code: 0 }.list("packages").len(), 1);
    // The database itself a pipe: nobody will ever write into it, and nothing may wait for that.
    std::fs::remove_file(root.join("var/lib/dpkg/status")).unwrap();
    must(Command::new("mkfifo").arg(root.join("var/lib/dpkg/status")));
    let (_, report) = attack(&home, &root, &[]);
    assert_ne!(report.unwrap().problems(), Vec::<&str>::new());
}

#[test]
fn a_limit_that_was_met_is_told_with_what_raises_it() {
    let home = Home::new();
    let target = home.write("image.tar", Image::of([debian(&[("bash", "1")])]).docker_archive());
    let scan = || home.scan(&target).words(&["--limit", "layer-bytes=600"]);
    let run = scan().run().exits(3);
    assert!(run.stdout.contains("bytes of the layer is over its limit of 600"), "{}", run.stdout);
    run.says(&["--limit layer-bytes=NUMBER"]);
    let quiet = scan().words(&["--quiet"]).run().exits(3);
    assert!(!quiet.stderr.contains("--limit"), "{}", quiet.stderr);
}

#[test]
fn time_is_a_limit_too() {
    let home = Home::new();
    let target = home.write("image.tar", Image::of([debian(&[("bash", "1")])]).docker_archive());
    let (run, report) = attack(&home, &target, &["--limit", "seconds=0"]);
    match report {
        Some(report) => report.has_problem("CFD-P004"),
        None => _ = run.exits(3).says(&["seconds"]),
    }
}
