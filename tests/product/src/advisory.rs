//! The life of an advisory database: built, fetched, imported, and never half there.

use crate::{
    binary::{Home, read},
    crafted::{Image, Tar, debian},
    databases::{KEV, OSV, SMALL, epss, feeds, real, real_feeds},
    server::{Answer, Server},
};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use zip::{ZipWriter, write::SimpleFileOptions};

#[test]
fn small_feeds_make_a_database() {
    let home = Home::new();
    let built = home.cofferdam(&["advisory", "build"]).with(feeds(&home)).run().exits(0);
    built.says(&["1 advisories for 1 packages, 1 exploited CVEs, 1 EPSS scores, 1 life cycles"]);
    let status = home.cofferdam(&["advisory", "status"]).run().exits(0);
    for word in ["(today)", "osv", "kev", "epss", "end-of-life", "Debian:12", "2026-06-02"] {
        assert!(status.stdout.contains(word), "{word} is not in\n{}", status.stdout);
    }
    // The default place is where a scan looks.
    home.write("image.tar", Image::of([debian(&[("bash", "5.2.15-8")])]).docker_archive());
    let report = home.scan("image.tar").report();
    assert_eq!(report.outcome("CFD-IMG-0001"), "fail");
    assert_eq!(report.list("vulnerabilities")[0]["epss"], 0.91);
}

#[test]
fn the_real_feeds_make_a_database() {
    let Some(database) = real("the_real_feeds_make_a_database") else { return };
    let status = ["advisory", "status"];
    let status = Home::new().cofferdam(&status).database(database).run().exits(0);
    for word in ["Debian:11", "Debian:12", "Debian:13", "PyPI", "Go", "crates.io", "kev", "epss"] {
        assert!(status.stdout.contains(word), "{word} is not in\n{}", status.stdout);
    }
}

#[test]
fn a_damaged_file_is_not_imported() {
    let home = Home::new();
    let import = ["advisory", "import"];
    home.cofferdam(&import).with(&*SMALL).run().exits(0).says(&["imported"]);
    let place = home.path(".local/share/cofferdam/advisories.cfd");
    let whole = read(&SMALL);
    assert_eq!(read(&place), whole);
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    // What never was a database is the user's mistake, what was one is damage.
    let (cut, flipped) = (&whole[..whole.len() - 9], &flipped[..]);
    for (name, bytes, code) in [("flipped", flipped, 4), ("cut", cut, 4), ("nothing", b"", 2)] {
        let file = home.write(name, bytes);
        home.cofferdam(&import).with(file).run().exits(code).says(&[name, "hint:"]);
        assert_eq!(read(&place), whole, "the old database stays");
    }
    home.cofferdam(&import).with("missing").run().exits(2).says(&["missing"]);
    only(&place);
}

/// Nothing but the database is in its folder.
#[track_caller]
fn only(place: &Path) {
    let names: Vec<_> = fs::read_dir(place.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [place.file_name().unwrap()]);
}

fn zip(record: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("record.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(record.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Small feeds by the names of the published ones.
fn published(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let list = home.cofferdam(&["advisory", "update", "--list"]).run().exits(0).stdout;
    let names = list.lines().map(|line| line.split_whitespace().next().unwrap());
    names.map(|name| (name.to_owned(), feed(home, name))).collect()
}

fn feed(home: &Home, name: &str) -> Vec<u8> {
    let record = OSV.replace("DSA-9001-1", &format!("TEST-{name}")).replace("CVE-2026-9001", name);
    match name {
        "kev" => KEV.into(),
        "epss" => epss(),
        "end-of-life" => {
            let folder = feeds(home);
            let product = read(&folder.join("endoflife/debian.md"));
            let tar = Tar::of(&[("endoflife.date-master/products/debian.md", &product)]);
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&tar).unwrap();
            gzip.finish().unwrap()
        }
        "osv-debian" => zip(OSV),
        _ => zip(&record.replace("Debian:12", "PyPI").replace("\"bash\"", "\"demo\"")),
    }
}

#[test]
fn update_fetches_what_has_changed_and_keeps_what_is_there() {
    let home = Home::new();
    let published = published(&home);
    let names: Vec<String> = published.keys().cloned().collect();
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let server = Server::start(move |request| {
        let name = request.path.trim_start_matches('/');
        match (published.get(name), request.header("if-none-match")) {
            (Some(_), _) if name == "osv-go" && broken.load(Ordering::Relaxed) => {
                Answer::new(404, "gone")
            }
            (Some(_), Some("\"1\"")) => Answer::new(304, ""),
            (Some(body), _) => Answer::new(200, body.clone()).header("etag", "\"1\""),
            (None, _) => Answer::new(404, ""),
        }
    });
    let source = |name: &str| format!("--source={name}=http://{}/{name}", server.address);
    let sources: Vec<String> = names.iter().map(|name| source(name)).collect();
    let sources: Vec<&str> = sources.iter().map(|text| &**text).collect();
    let update = || home.cofferdam(&["advisory", "update"]).words(&sources);

    let first = update().run().exits(0);
    assert!(!first.stderr.contains("unchanged"), "{}", first.stderr);
    let place = home.path(".local/share/cofferdam/advisories.cfd");
    let status = home.cofferdam(&["advisory", "status"]).run().exits(0).stdout;
    assert!(status.contains(&format!("http://{}/osv-debian", server.address)), "{status}");
    assert!(status.contains("Debian:12") && status.contains("PyPI"), "{status}");

    let second = update().run().exits(0);
    assert_eq!(second.stderr.matches("unchanged").count(), names.len(), "{}", second.stderr);
    let asked = server.seen();
    assert_eq!(asked.len(), 2 * names.len(), "each feed is asked for once an update");
    assert!(asked.iter().all(|request| request.method == "GET"));
    assert!(asked[names.len()..].iter().all(|one| one.header("if-none-match") == Some("\"1\"")));

    is_broken.store(true, Ordering::Relaxed);
    let before = read(&place);
    let failed = update().run().exits(4);
    failed.says(&["osv-go", "404", "--source osv-go="]);
    assert_eq!(read(&place), before, "the old database stays");
    let without = update().with("--source=osv-go=").run().exits(0);
    assert!(!without.stderr.contains("osv-go"), "{}", without.stderr);
    only(&place);
}

#[test]
fn quiet_is_quiet() {
    let home = Home::new();
    let run = home.cofferdam(&["-q", "advisory", "build"]).with(feeds(&home)).run().exits(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let again = home.cofferdam(&["advisory", "build", "-q", "nothing"]).run();
    again.exits(2).says(&["nothing"]);
}

#[test]
fn broken_records_are_counted_and_left_out() {
    let home = Home::new();
    let folder = feeds(&home);
    home.write("feeds/osv/broken.json", "{\"id\": \"DSA-1\", \"affected\": [{\"package\":");
    let run = home.cofferdam(&["advisory", "build"]).with(folder).run().exits(0);
    assert!(run.stderr.contains("broken.json"), "{}", run.stderr);
}

#[test]
fn a_killed_build_leaves_the_old_database() {
    if real("a_killed_build_leaves_the_old_database").is_none() {
        return;
    }
    let home = Home::new();
    let place = home.path("advisories.cfd");
    fs::copy(&*SMALL, &place).unwrap();
    let is_writing = || {
        let names = fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        names.into_iter().any(|name| name.to_string_lossy().starts_with(".advisories-"))
    };
    // The window is some hundred milliseconds: the first try nearly always meets it.
    let was_killed = (0..20).any(|_| {
        let mut build = home.cofferdam(&["advisory", "build"]).with(real_feeds().unwrap());
        build = build.database(&place);
        let mut child = build.command.stderr(Stdio::null()).spawn().unwrap();
        while !is_writing() && child.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap().signal() == Some(9) && is_writing()
    });
    assert!(was_killed, "the build was never met while it wrote");
    assert_eq!(read(&place), read(&SMALL), "the old database is as it was");
    home.cofferdam(&["advisory", "status"]).database(&place).run().exits(0);
}
