//! Reports: valid by their official schemas, whole, and harmless.

use crate::{
    binary::{Home, read_text, root},
    crafted::{Image, Tar, debian},
    databases::{SMALL, real},
    images::image,
    tools::{check_cyclonedx, check_junit, check_page, check_sarif, check_schema},
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
};

const FORMATS: [&str; 14] = [
    "-o",
    "table",
    "-o",
    "json=scan.json",
    "-o",
    "sarif=scan.sarif",
    "-o",
    "cyclonedx=sbom.json",
    "-o",
    "junit=scan.xml",
    "-o",
    "html=scan.html",
    "-o",
    "markdown=scan.md",
];

fn schema() -> std::path::PathBuf {
    root().join("docs/schema/assessment.schema.json")
}

/// Scans into all formats at once; each must keep to its schema.
#[track_caller]
fn check(home: &Home, target: &Path, database: Option<&Path>) {
    let mut scan = home.scan(target).words(&FORMATS);
    if let Some(database) = database {
        scan = scan.database(database);
    }
    let run = scan.run();
    assert!((0..=3).contains(&run.code), "{}", run.stderr);
    check_schema(&schema(), &home.path("scan.json"));
    check_sarif(&home.path("scan.sarif"));
    check_cyclonedx(&home.path("sbom.json"));
    check_junit(&home.path("scan.xml"));
    check_page(&home.path("scan.html"));
    assert!(read_text(&home.path("scan.md")).chars().count() <= 60_000);
    for name in ["scan.json", "scan.sarif", "sbom.json"] {
        let text = read_text(&home.path(name));
        assert!(text.ends_with("}\n"), "{name} has no last line");
        assert!(!text.contains('\x1b'), "ANSI in {name}");
    }
    let names: Vec<_> =
        fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let part = names.iter().any(|name| name.to_string_lossy().contains(".part"));
    assert!(!part, "half a file was left: {names:?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a developer asks to write the file anew")]
fn the_schema_is_the_one_checked_in() {
    let current = cofferdam_report::json_schema();
    if std::env::var("UPDATE").is_ok() {
        fs::create_dir_all(schema().parent().unwrap()).unwrap();
        fs::write(schema(), &current).unwrap();
    }
    let stored = fs::read_to_string(schema()).unwrap_or_default();
    assert!(stored == current, "run UPDATE=1 cargo test -p cofferdam-product schema");
}

#[test]
fn crafted_images_pass_every_schema() {
    let home = Home::new();
    let mut cut = Image::of([debian(&[("bash", "5.2.15-8")]), Tar::of(&[("big", &[7; 9000])])]);
    cut.layers[1].0.truncate(4096);
    cut.config["Env"] = serde_json::json!(["DB_PASSWORD=c0rrect-Horse"]);
    let target = home.write("image.tar", cut.docker_archive());
    check(&home, &target, Some(&SMALL));
    check(&home, &target, None);
}

#[test]
fn real_images_pass_every_schema() {
    let Some(database) = real("real_images_pass_every_schema") else { return };
    for name in ["python-app", "java-app", "rpm-sqlite", "debian-bullseye"] {
        check(&Home::new(), &image(name).unwrap().docker_archive(), Some(&database));
    }
}

#[test]
fn the_unvisited_parts_of_a_machine_are_in_every_format() {
    // A root file system has no digest, no layers, no configuration.
    let home = Home::new();
    home.write("rootfs/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    let status = "Package: bash\nStatus: install ok installed\nVersion: 5.2.15-8\n\n";
    home.write("rootfs/var/lib/dpkg/status", status);
    check(&home, &home.path("rootfs"), Some(&SMALL));
}

#[test]
fn names_from_an_image_do_not_command_the_terminal() {
    let home = Home::new();
    let evil = "bash\x1b]0;owned\x07\x1b[2J\u{202e}";
    let layer = debian(&[(evil, "1\x1b[31m")]);
    let python = format!("Metadata-Version: 2.1\nName: {evil}\nVersion: 1\x1b[2J\n");
    let files: [(&str, &[u8]); 2] = [
        ("usr/lib/python3/site-packages/evil-1.dist-info/METADATA", python.as_bytes()),
        ("srv/\x1b[2J/node_modules/a/package.json", b"{\"name\": \"a\\u001b[2J\", \"version\": 1"),
    ];
    let mut image = Image::of([layer, Tar::of(&files)]);
    image.tag = "cofferdam.test/\x1b[2J:latest".into();
    image.config["User"] = "root\x1b[2J".into();
    image.config["Labels"] = serde_json::json!({ "\x1b[2J_TOKEN": "c0rrect-Horse-battery-9" });
    let target = home.write("image\x1b[2J.tar", image.docker_archive());
    // `run` refuses every ESC on standard output and standard error.
    let run = home.scan(&target).database(&*SMALL).run();
    let is_quiet = |text: &str| text.chars().all(|one| one == '\n' || !one.is_control());
    assert!(is_quiet(&run.stdout) && is_quiet(&run.stderr), "{:?}{:?}", run.stdout, run.stderr);
    assert!(!run.stdout.contains('\u{202e}'));
    home.scan("./no\x1b[2J.tar").run().exits(2);
    for format in ["json", "sarif", "cyclonedx"] {
        let run = home.scan(&target).database(&*SMALL).words(&["-o", format]).run();
        assert!(is_quiet(&run.stdout), "{format}");
    }
    check(&home, &target, Some(&SMALL));
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let home = Home::new();
    let packages: Vec<(String, &str)> = (0..3000).map(|n| (format!("package{n}"), "1")).collect();
    let packages: Vec<(&str, &str)> = packages.iter().map(|(name, v)| (&**name, *v)).collect();
    let target = home.write("image.tar", Image::of([debian(&packages)]).docker_archive());
    let at = ["-o", "json", "--at", "2026-06-05T00:00:00Z"];
    let mut scan = home.scan(target).database(&*SMALL).words(&at);
    let mut child = scan.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    // One line is read, then the pipe is closed, as `head -1` does.
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(line, "{\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0), "the verdict's own code");
}
