//! Fuzz targets of `layers`.

use crate::Target;
use cofferdam_bounds::{Limits, Meter};
use cofferdam_layers::{
    Blobs as _, Claims, Content, Entry, LayerTree, Overlay, Selection, Target as Opened, Visitor,
    oci, walk_layer,
};
use std::{fs, io, io::Read};

pub(crate) const TARGETS: &[Target] = &[
    ("layer", |bytes| drop(walk(bytes))),
    ("layer_tar", |bytes| drop(walk(&signed(bytes)))),
    ("layer_pax", pax),
    ("layer_overlay", overlay),
    ("oci_documents", documents),
    ("image_archive", archive),
];

/// Small enough for a fuzzer's pace, and for every budget to be met by some input.
fn meter() -> Meter {
    Meter::new(Limits {
        layer_bytes: 16 << 20,
        image_bytes: 32 << 20,
        entries: 10_000,
        ..Limits::default()
    })
}

/// Reads the first half of everything, its head too.
struct Half(Vec<String>);

impl Visitor for Half {
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()> {
        assert!(!entry.path.is_empty() && !entry.path.starts_with('/'));
        assert!(entry.path.split('/').all(|part| !matches!(part, "" | "." | "..")));
        self.0.push(entry.path.to_owned());
        let head = content.head()?.len();
        assert!(u64::try_from(head).is_ok_and(|head| head <= entry.size_bytes));
        io::copy(&mut content.take(entry.size_bytes / 2), &mut io::sink())?;
        Ok(())
    }
}

fn walk(bytes: &[u8]) -> (LayerTree, Vec<String>) {
    let mut half = Half(Vec::new());
    let walk = walk_layer(bytes, &Claims::default(), &meter(), &mut half);
    (walk.tree, half.0)
}

const BLOCK: usize = 512;

/// Puts a checksum into every block that looks like a header, which no fuzzer would find.
fn signed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(BLOCK) {
        if block.get(257..262) == Some(b"ustar") {
            sign(block);
        }
    }
    bytes
}

fn sign(block: &mut [u8]) {
    put(block, 148, b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(block, 148, format!("{sum:06o}\0 ").as_bytes());
}

fn put(block: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(field) = block.get_mut(at..at + bytes.len()) {
        field.copy_from_slice(bytes);
    }
}

/// One member with this content.
fn member(archive: &mut Vec<u8>, name: &[u8], type_flag: u8, content: &[u8]) {
    let mut block = [0; BLOCK];
    put(&mut block, 0, name.get(..100).unwrap_or(name));
    put(&mut block, 124, format!("{:011o}\0", content.len()).as_bytes());
    put(&mut block, 156, &[type_flag]);
    put(&mut block, 257, b"ustar\x0000");
    sign(&mut block);
    archive.extend_from_slice(&block);
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

/// The bytes as a PAX header of a file.
fn pax(bytes: &[u8]) {
    let mut archive = Vec::new();
    member(&mut archive, b"pax", b'x', bytes);
    member(&mut archive, b"file", b'0', &[b'1'; 1024]);
    member(&mut archive, b"next", b'0', b"");
    walk(&archive);
}

/// A line is an entry; an empty line begins the next layer.
fn overlay(bytes: &[u8]) {
    let mut trees = Vec::new();
    let mut paths = Vec::new();
    for layer in bytes.split(|byte| *byte == 0).take(8) {
        let mut archive = Vec::new();
        for line in layer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let type_flag = if line.ends_with(b"/") { b'5' } else { b'0' };
            member(&mut archive, line, type_flag, b"");
        }
        let (tree, names) = walk(&archive);
        paths.extend(names.into_iter().map(|name| (trees.len(), name)));
        trees.push(tree);
    }
    let overlay = Overlay::new(trees);
    for (layer, path) in &paths {
        overlay.fate(*layer, path);
    }
}

fn documents(bytes: &[u8]) {
    let limits = Limits::default();
    let selection =
        Selection { platform: "linux/arm64".parse().ok(), reference: Some("app:1".into()) };
    let config = oci::Config::parse(bytes, &limits).unwrap_or_default();
    match oci::Document::parse(bytes, &limits) {
        Ok(oci::Document::Index(index)) => drop(oci::choose(&index, &selection)),
        Ok(oci::Document::Manifest(manifest)) => {
            let source = cofferdam_model::ImageSource::Registry;
            oci::assemble(&manifest, config, source, ToString::to_string);
        }
        Err(_) => {}
    }
}

/// A whole archive on disk, as a user names it.
fn archive(bytes: &[u8]) {
    let path = std::env::temp_dir().join(format!("cofferdam-fuzz-{}", std::process::id()));
    if fs::write(&path, bytes).is_ok()
        && let Ok(Opened::Image(store)) = Opened::open(&path, &meter())
        && let Ok(open) = store.image(&Selection::default(), &meter())
    {
        for layer in &open.layers {
            if let Ok(blob) = store.open(layer) {
                walk_layer(blob, &layer.claims, &meter(), &mut Half(Vec::new()));
            }
        }
    }
    let _ = fs::remove_file(path);
}
