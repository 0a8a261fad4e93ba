//! Whole layers: from the real tools, by hand, broken, and too large.

use super::*;
use crate::{
    entry::Content,
    tar::testing::{Archive, header, put, sign},
};
use cofferdam_bounds::Limits;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;

/// Writes down what it is shown, one line an entry, and reads what it is told to.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) lines: Vec<String>,
    /// Read all content and show it.
    contents: bool,
    fail_at: Option<&'static str>,
}

impl Visitor for Recorder {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        let kind = match entry.kind {
            EntryKind::File => format!("f {}", entry.size_bytes),
            EntryKind::Directory => "d".to_owned(),
            EntryKind::Symlink(target) => format!("l {target}"),
            EntryKind::HardLink(target) => format!("h {target}"),
            EntryKind::Other => "o".to_owned(),
        };
        let mut line = format!("{} {:o} {kind}", entry.path, entry.mode);
        if self.contents {
            let head = content.head()?.to_vec();
            let bytes = cofferdam_bounds::read_all(content, 1 << 30, "content")?;
            assert!(bytes.starts_with(&head) && (head.len() == bytes.len() || head.len() == 4096));
            assert_eq!(bytes.len() as u64, entry.size_bytes);
            line = format!("{line} {}", digest(&bytes).short());
        }
        self.lines.push(line);
        if self.fail_at == Some(entry.path) {
            return Err(io::Error::other("no room"));
        }
        Ok(())
    }
}

fn walked(bytes: &[u8], claims: &Claims, limits: Limits) -> (LayerWalk, Vec<String>) {
    let mut recorder = Recorder::default();
    let walk = walk_layer(bytes, claims, &Meter::new(limits), &mut recorder);
    (walk, recorder.lines)
}

/// Walks an uncompressed layer and compares the paths and kinds shown, and the problems by kind.
fn check(bytes: &[u8], entries: &[&str], problems: &[ProblemKind]) {
    let (walk, lines) = walked(bytes, &Claims::default(), Limits::default());
    let lines: Vec<_> = lines.iter().map(|line| line.replace(" 644 ", " ")).collect();
    assert_eq!(lines, entries, "{:?}", walk.problems);
    let kinds: Vec<_> = walk.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, problems, "{:?}", walk.problems);
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::sha256(Sha256::digest(bytes).into())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

use ProblemKind::{
    Ambiguous, BudgetExceeded, DigestMismatch, Malformed, Traversal, Truncated, Unsupported,
};

#[test]
fn paths_and_kinds() {
    let archive = Archive::default()
        .directory("./")
        .directory("./etc/")
        .file("/etc//passwd", "root")
        .link("etc/mtab", b'2', "../proc/mounts")
        .link("etc/shadow", b'1', "./etc/../etc/passwd")
        .with("dev/null", b'3', b"")
        .with("old", 0, b"abc")
        .with("oldest/", 0, b"")
        .end();
    let entries = [
        "etc d",
        "etc/passwd f 4",
        "etc/mtab l ../proc/mounts",
        "etc/shadow h etc/passwd",
        "dev/null o",
        "old f 3",
        "oldest d",
    ];
    check(&archive, &entries, &[]);
}

#[test]
fn what_escapes_is_reported_and_not_shown() {
    let archive = Archive::default()
        .file("../up", "")
        .file("a/../../b", "")
        .link("h", b'1', "../x")
        .link("s", b'2', "../../../etc/passwd")
        .file("fine", "")
        .end();
    check(&archive, &["s l ../../../etc/passwd", "fine f 0"], &[Traversal, Traversal, Traversal]);
}

#[test]
fn whiteouts_go_to_the_tree_and_are_not_shown() {
    let archive = Archive::default()
        .file("a/.wh.b", "")
        .file("c/.wh..wh..opq", "")
        .file(".wh.d", "")
        .file(".wh..wh.plnk/1.2", "")
        .file("e/.wh..wh.aufs", "")
        .file("f/.wh...", "")
        .file("a/n", "")
        .end();
    let (walk, lines) = walked(&archive, &Claims::default(), Limits::default());
    assert_eq!(lines, ["a/n 644 f 0"]);
    assert_eq!(walk.problems.len(), 1, "{:?}", walk.problems);
    assert_eq!((walk.entries, walk.tree.len()), (7, 1));
    let overlay = crate::Overlay::new(vec![LayerTree::default(), walk.tree]);
    for path in ["a/b", "a/b/x", "c/x", "d", "d/x/y"] {
        assert_eq!(overlay.fate(0, path), crate::Fate::DeletedIn(1), "{path}");
    }
    assert_eq!(overlay.fate(0, "a/n"), crate::Fate::ReplacedIn(1));
    for path in ["a/c", "c", "f/x", "e/x"] {
        assert_eq!(overlay.fate(0, path), crate::Fate::Visible, "{path}");
    }
}

#[test]
fn names_that_are_not_utf8_stay_apart() {
    let named = |name: &[u8]| {
        let mut block = header("", b'0', 0, "");
        put(&mut block, 0, name);
        Archive::default().block(&sign(block)).bytes
    };
    let below = [named(b"a/\xff"), named(b"a/\xfe"), named(b"b\xff/x"), vec![0; 1024]].concat();
    let shown = ["a/\u{fffd}ff f 0", "a/\u{fffd}fe f 0", "b\u{fffd}ff/x f 0"];
    check(&below, &shown, &[]);
    let above = [named(b"a/.wh.\xfe"), named(b".wh.b\xff"), vec![0; 1024]].concat();
    let trees = [below, above].map(|bytes| walked(&bytes, &Claims::default(), Limits::default()));
    let overlay = crate::Overlay::new(trees.map(|(walk, _)| walk.tree).to_vec());
    assert_eq!(overlay.fate(0, "a/\u{fffd}ff"), crate::Fate::Visible);
    assert_eq!(overlay.fate(0, "a/\u{fffd}fe"), crate::Fate::DeletedIn(1));
    assert_eq!(overlay.fate(0, "b\u{fffd}ff/x"), crate::Fate::DeletedIn(1));
}

#[test]
fn gaps_between_readers_are_ambiguous() {
    let inner = Archive::default().file("hidden", "x").end();
    let pax = |records: &[(&str, &str)]| Archive::default().pax(b'x', records);
    // Sizes in PAX hold (Go, GNU tar); readers that take the header's see other entries.
    let smuggled = pax(&[("size", "512")]).block(&header("a", b'0', 0, "")).content(&inner[..512]);
    check(&smuggled.file("b", "").end(), &["a f 512", "b f 0"], &[Ambiguous]);
    let honest = pax(&[("size", "1")]).file("a", "x").end();
    check(&honest, &["a f 1"], &[]);
    // Go takes no content for links and directories; GNU tar lists with it, extracts without.
    let link = Archive::default().block(&header("a", b'2', 512, "t")).file("b", "").end();
    check(&link, &["a l t", "b f 0"], &[Ambiguous]);
    // Both take a hard link's own size for nothing.
    let link = Archive::default().block(&header("a", b'1', 512, "t")).file("b", "").end();
    check(&link, &["a h t", "b f 0"], &[]);
    let link = pax(&[("size", "512")]).block(&header("a", b'1', 512, "t")).file("b", "").end();
    check(&link, &["a h t", "b f 0"], &[Ambiguous]);
    // Global headers: GNU tar applies them, Go does not.
    let global = Archive::default().pax(b'g', &[("path", "z")]).file("a", "").end();
    check(&global, &["a f 0"], &[Ambiguous]);
    let global = Archive::default().pax(b'g', &[("comment", "abc")]).file("a", "").end();
    check(&global, &["a f 0"], &[]);
    let twice = pax(&[("path", "y")]).pax(b'x', &[("mtime", "1")]).file("a", "").end();
    check(&twice, &["a f 0"], &[Ambiguous]);
    let both = pax(&[("path", "y")]).with("././@LongLink", b'L', b"z\0").file("a", "").end();
    check(&both, &["z f 0"], &[Ambiguous]);
    let slash = Archive::default().file("a/", "x").end();
    check(&slash, &["a f 1"], &[Ambiguous]);
    // What follows the end is seen by readers that ignore it.
    let mut behind = Archive::default().file("a", "").end();
    behind.extend_from_slice(&[0; 2048]);
    behind.extend_from_slice(&inner);
    check(&behind, &["a f 0"], &[Ambiguous]);
    let mut lone = Archive::default().file("a", "").content(&[0; 512]).bytes;
    lone.extend_from_slice(&inner);
    check(&lone, &["a f 0"], &[Ambiguous, Truncated]);
}

#[test]
fn whiteouts_with_content_are_reported() {
    let archive = Archive::default()
        .file("a/.wh.b", "secret")
        .file(".wh..wh..opq", "s")
        .file(".wh..wh.plnk/1.2", "s")
        .directory("c/.wh.d")
        .file("e.wh.", "s")
        .end();
    check(&archive, &["e.wh. f 1"], &[Malformed, Malformed, Malformed]);
}

#[test]
fn what_is_written_through_a_link_is_ambiguous() {
    let through = Archive::default()
        .link("lib", b'2', "usr/lib")
        .link("lib2", b'1', "lib")
        .directory("lib/dpkg/")
        .file("lib/dpkg/status", "")
        .file("lib2/x", "")
        .end();
    let entries =
        ["lib l usr/lib", "lib2 h lib", "lib/dpkg d", "lib/dpkg/status f 0", "lib2/x f 0"];
    check(&through, &entries, &[Ambiguous, Ambiguous, Ambiguous]);
    let twice = Archive::default().file("a", "").directory("a").file("a/b", "").end();
    check(&twice, &["a f 0", "a d", "a/b f 0"], &[Ambiguous, Ambiguous]);
}

#[test]
fn extensions_and_their_order() {
    let long = "d/".repeat(120) + "f";
    let gnu = Archive::default()
        .with("././@LongLink", b'L', format!("{long}\0").as_bytes())
        .with("././@LongLink", b'K', format!("{long}\0").as_bytes())
        .block(&header("short", b'1', 0, "short"))
        .end();
    check(&gnu, &[&format!("{long} h {long}")], &[]);
    let pax = Archive::default()
        .pax(b'x', &[("path", "first"), ("path", &long), ("linkpath", "t")])
        .block(&header("short", b'2', 0, "short"))
        .file("next", "")
        .end();
    check(&pax, &[&format!("{long} l t"), "next f 0"], &[]);
    let mut prefixed = header("file", b'0', 0, "");
    put(&mut prefixed, 345, b"some/prefix");
    check(&Archive::default().block(&sign(prefixed)).end(), &["some/prefix/file f 0"], &[]);
    let orphan = Archive::default().pax(b'x', &[("path", "a")]).end();
    check(&orphan, &[], &[Truncated]);
    let broken = Archive::default().with("p", b'x', b"8 path=a").file("a", "").end();
    check(&broken, &["a f 0"], &[Malformed]);
    let unknown = Archive::default().with("v", b'V', b"label").file("a", "").end();
    check(&unknown, &["v o", "a f 0"], &[Unsupported]);
}

#[test]
fn damage_ends_the_walk_and_keeps_what_was_read() {
    let mut archive = Archive::default().file("a", "abc").file("b", "").file("c", "").end();
    archive[1024] ^= 1;
    check(&archive, &["a f 3"], &[Malformed]);
    let claims = Claims { digest: Some(digest(&archive)), ..Claims::default() };
    let (walk, _) = walked(&archive, &claims, Limits::default());
    assert_eq!(walk.digest, claims.digest, "still hashed to its end");
    assert_eq!(
        walk.problems[0].detail,
        "the tar is damaged at byte 1024: header checksum is wrong"
    );
}

#[test]
fn a_visitor_that_fails_costs_one_entry() {
    let archive = Archive::default().file("a", "abc").file("b", "").end();
    let mut recorder = Recorder { fail_at: Some("a"), ..Recorder::default() };
    let walk = walk_layer(&*archive, &Claims::default(), &Meter::default(), &mut recorder);
    assert_eq!(recorder.lines.len(), 2);
    assert_eq!(walk.problems, [Problem::at(ProblemKind::Unreadable, "a", "no room")]);
}

#[test]
fn digests_sizes_and_media_types_are_verified() {
    let tar = Archive::default().file("a", "abc").end();
    let (gz, zst) = (gzip(&tar), zstd(&tar));
    let oci = |suffix| Some(format!("application/vnd.oci.image.layer.v1.tar{suffix}"));
    for (blob, suffix) in [(&tar, ""), (&gz, "+gzip"), (&zst, "+zstd")] {
        let claims = Claims {
            digest: Some(digest(blob)),
            diff_id: Some(digest(&tar)),
            size_bytes: Some(blob.len() as u64),
            media_type: oci(suffix),
        };
        let kinds = |claims: &Claims| {
            let (walk, lines) = walked(blob, claims, Limits::default());
            assert_eq!(lines, ["a 644 f 3"]);
            assert_eq!((walk.digest, walk.diff_id), (Some(digest(blob)), Some(digest(&tar))));
            assert_eq!((walk.stored_bytes, walk.bytes), (blob.len() as u64, tar.len() as u64));
            walk.problems.iter().map(|problem| problem.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&claims), []);
        let other = Some(digest(b""));
        assert_eq!(kinds(&Claims { digest: other, ..claims.clone() }), [DigestMismatch]);
        assert_eq!(kinds(&Claims { diff_id: other, ..claims.clone() }), [DigestMismatch]);
        assert_eq!(kinds(&Claims { size_bytes: Some(1), ..claims.clone() }), [DigestMismatch]);
        assert_eq!(kinds(&Claims { media_type: oci("+xz"), ..claims.clone() }), [Unsupported]);
        let docker = "application/vnd.docker.image.rootfs.diff.tar.gzip".to_owned();
        let expected = if suffix == "+gzip" { vec![] } else { vec![Ambiguous] };
        assert_eq!(kinds(&Claims { media_type: Some(docker), ..claims.clone() }), expected);
    }
}

#[test]
fn several_members_and_frames_are_one_stream() {
    let tar = Archive::default().file("a", "abc").end();
    let (one, two) = tar.split_at(700);
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    let multi = [
        [gzip(one), gzip(b""), gzip(two)].concat(),
        [zstd(one), zstd(two), skippable.to_vec()].concat(),
        [skippable.to_vec(), zstd(one), skippable.to_vec(), zstd(two)].concat(),
        [gzip(&tar), vec![0; 600]].concat(),
    ];
    for blob in multi {
        let claims = Claims {
            digest: Some(digest(&blob)),
            diff_id: Some(digest(&tar)),
            ..Claims::default()
        };
        let (walk, lines) = walked(&blob, &claims, Limits::default());
        assert_eq!((lines.len(), walk.problems), (1, vec![]));
        assert_eq!(walk.digest, claims.digest);
    }
    for blob in [[gzip(&tar), b"junk".to_vec()].concat(), [zstd(&tar), b"junk".to_vec()].concat()] {
        check(&blob, &["a f 3"], &[Malformed]);
    }
    check(b"\xfd7zXZ\0 and so on", &[], &[Unsupported, Truncated]);
}

#[test]
fn every_truncation_is_reported() {
    let tar = Archive::default()
        .pax(b'x', &[("path", "long")])
        .file("a", "abc")
        .directory("d")
        .file("b", &"z".repeat(700))
        .end();
    for blob in [tar.clone(), gzip(&tar), zstd(&tar)] {
        let claims = Claims { diff_id: Some(digest(&tar)), ..Claims::default() };
        let (whole, all) = walked(&blob, &claims, Limits::default());
        assert_eq!(whole.problems, []);
        for length in 0..blob.len() {
            let (walk, lines) = walked(&blob[..length], &claims, Limits::default());
            assert!(!walk.problems.is_empty(), "cut at {length}");
            assert!(all.starts_with(&lines), "cut at {length}");
        }
    }
    // The same without anything to compare with: a cut may only go unseen within the end marker.
    for length in 1..tar.len() - 512 {
        let (walk, _) = walked(&tar[..length], &Claims::default(), Limits::default());
        assert!(!walk.problems.is_empty(), "cut at {length}");
    }
}

#[test]
fn every_budget_ends_the_walk() {
    let exceeds = |bytes: &[u8], limits: Limits| {
        let (walk, lines) = walked(bytes, &Claims::default(), limits);
        let kinds: Vec<_> = walk.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [BudgetExceeded], "{:?}", walk.problems);
        lines.len()
    };
    let tar = Archive::default().file("a", "abc").file("b", &"z".repeat(5_000)).end();
    let limits = Limits::default;
    assert_eq!(exceeds(&tar, Limits { layer_bytes: 5_000, ..limits() }), 0);
    assert_eq!(exceeds(&gzip(&tar), Limits { image_bytes: 5_000, ..limits() }), 0);
    assert_eq!(exceeds(&tar, Limits { entries: 1, ..limits() }), 1);
    let long = Archive::default().pax(b'x', &[("comment", &"z".repeat(999))]).file("a", "").end();
    assert_eq!(exceeds(&long, Limits { extension_bytes: 999, ..limits() }), 0);
    let bomb = zstd(&vec![0; 16 << 20]);
    assert_eq!(exceeds(&bomb, limits()), 0);
    let mut wide = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.write_all(&tar).unwrap();
    wide.flush().unwrap();
    assert_eq!(exceeds(&wide.finish().unwrap(), limits()), 0);
}

/// A stream of empty files, made as it is read: no test data, whatever the number.
struct Endless {
    block: Vec<u8>,
    count: u64,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            self.block = header(&format!("f{}", self.count), b'0', 0, "").to_vec();
            self.count += 1;
            self.at = 0;
        }
        let count = (&self.block[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

/// Looks at nothing.
struct Blind;

impl Visitor for Blind {
    fn entry(&mut self, _: &Entry<'_>, _: &mut dyn Content) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn endless_entries_end_at_the_budget() {
    let endless = Endless { block: Vec::new(), count: 0, at: 0 };
    let meter = Meter::new(Limits { entries: 100_000, ..Limits::default() });
    let walk = walk_layer(endless, &Claims::default(), &meter, &mut Blind);
    assert_eq!(walk.problems[0].kind, BudgetExceeded);
    assert_eq!((walk.entries, walk.tree.len()), (100_000, 100_000));
    assert_eq!(walk.digest, None);
}

#[test]
fn archives_of_the_real_tools_read_as_container_runtimes_read_them() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/tar");
    let mut count = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tar") {
            continue;
        }
        let bytes = cofferdam_bounds::file::read(&path, 1 << 20).unwrap();
        let expected = cofferdam_bounds::file::read_text(&path.with_extension("expected"), 1 << 20);
        let expected = expected.unwrap();
        for blob in [bytes.clone(), gzip(&bytes), zstd(&bytes)] {
            let mut recorder = Recorder { contents: true, ..Recorder::default() };
            let claims = Claims { diff_id: Some(digest(&bytes)), ..Claims::default() };
            let walk = walk_layer(&*blob, &claims, &Meter::default(), &mut recorder);
            assert_eq!(walk.problems, [], "{}", path.display());
            assert_eq!(recorder.lines, expected.lines().collect::<Vec<_>>(), "{}", path.display());
            // The same entries when nobody looks into them.
            let (walk, lines) = walked(&blob, &claims, Limits::default());
            assert_eq!(walk.problems, [], "{}", path.display());
            assert_eq!(lines.len(), recorder.lines.len(), "{}", path.display());
        }
        count += 1;
    }
    assert_eq!(count, 18);
}

#[test]
fn fields_that_only_one_reader_takes_for_a_name_or_a_size() {
    let mut prefixed = header("file", b'0', 0, "");
    put(&mut prefixed, 257, b"ustar  \0");
    put(&mut prefixed, 345, b"prefix");
    let gnu = Archive::default().block(&sign(prefixed)).end();
    check(&gnu, &["prefix/file f 0"], &[Ambiguous]);
    put(&mut prefixed, 345, b"14000000000\x0014000000000\x00");
    check(&Archive::default().block(&sign(prefixed)).end(), &["file f 0"], &[]);
    for key in ["GNU.sparse.size", "GNU.sparse.major", "GNU.sparse.realsize"] {
        let archive = Archive::default().pax(b'x', &[(key, "7")]).file("a", "x").end();
        check(&archive, &["a f 1"], &[Ambiguous]);
    }
}
