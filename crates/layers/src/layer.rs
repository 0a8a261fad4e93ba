//! One streaming pass over one layer: decompress, hash, walk, verify.

use crate::{
    content::EntryContent,
    entry::{Entry, EntryKind, Visitor},
    inflate::{Compression, Inflate},
    path::{normalize, normalize_target, shown},
    problems::{Problems, kind_of},
    tap::{Budget, Source, Tap},
    tar::{self, Block, Doubt, End, Member, Stop, Type},
    tree::{LayerTree, NameKind, Names},
};
use cofferdam_bounds::{Exceeded, Meter};
use cofferdam_model::{Digest, Problem, ProblemKind};
use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
};

/// What is said of a layer before it is read; whatever is given is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Digest of the blob as stored.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar.
    pub diff_id: Option<Digest>,
    /// Bytes of the blob as stored.
    pub size_bytes: Option<u64>,
    /// Media type of the blob.
    pub media_type: Option<String>,
}

/// What a walk over one layer found, apart from what its visitor kept.
#[derive(Clone, Debug)]
pub struct LayerWalk {
    /// The names in the layer.
    pub tree: LayerTree,
    /// Digest of the blob as stored, when it could be read to its end.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar, when it could be read to its end.
    pub diff_id: Option<Digest>,
    /// How the blob is compressed.
    pub compression: Compression,
    /// Bytes read as stored.
    pub stored_bytes: u64,
    /// Uncompressed bytes read.
    pub bytes: u64,
    /// Entries read, whiteouts among them.
    pub entries: u64,
    /// What could not be assessed. Those of the layer as a whole have no location and name the
    /// offset in the uncompressed tar; those of an entry have its path and no layer.
    pub problems: Vec<Problem>,
}

/// Walks the layer in `blob` once, from its first byte to its last, showing every entry to
/// `visitor` in stored order, and verifies it against `claims`. Whiteouts are not shown: they go
/// to the tree. Whatever is wrong is a problem, and everything read before it holds.
///
/// The content of a hard link is that of an earlier entry and is not shown again. Whoever wants
/// the content of a name that is a [`EntryKind::HardLink`] to a file it did not keep walks the
/// layer a second time, with a visitor that wants only those targets.
pub fn walk_layer(
    mut blob: impl Read,
    claims: &Claims,
    meter: &Meter,
    visitor: &mut dyn Visitor,
) -> LayerWalk {
    walk(&mut blob, claims, meter, visitor)
}

fn walk(
    blob: &mut dyn Read,
    claims: &Claims,
    meter: &Meter,
    visitor: &mut dyn Visitor,
) -> LayerWalk {
    let mut pass = Pass {
        names: Names::default(),
        problems: Problems::new(meter.limits()),
        entries: 0,
        meter,
        visitor,
        path: String::new(),
        exhausted: false,
        reported: false,
    };
    let mut stored = Tap::new(blob, Budget::Stored, meter);
    let compression = pass.compression(&mut stored, claims);
    let (stored_end, tar_end) = match compression {
        Compression::None => pass.plain(stored),
        _ => pass.compressed(stored, compression),
    };
    pass.verify(claims, stored_end, tar_end);
    LayerWalk {
        tree: pass.names.finish(),
        digest: stored_end.digest,
        diff_id: tar_end.digest,
        compression,
        stored_bytes: stored_end.bytes,
        bytes: tar_end.bytes,
        entries: pass.entries,
        problems: pass.problems.finish(),
    }
}

/// How far a stream was read, and its digest if that was to the end.
#[derive(Clone, Copy, Default)]
struct StreamEnd {
    bytes: u64,
    digest: Option<Digest>,
    /// The tar had its end marker, so that nothing can have been cut off.
    marked: bool,
}

struct Pass<'a> {
    names: Names,
    problems: Problems,
    entries: u64,
    meter: &'a Meter,
    visitor: &'a mut dyn Visitor,
    path: String,
    /// A budget of the whole scan ran out: nothing more is read, not even for the digest.
    exhausted: bool,
    /// It was said what ended the stream.
    reported: bool,
}

impl Pass<'_> {
    /// The compression by magic bytes, compared with what the media type says.
    fn compression<R: Read>(&mut self, stored: &mut Tap<'_, R>, claims: &Claims) -> Compression {
        // A stream that fails here fails again where it is reported.
        let head = stored.peek(tar::BLOCK_BYTES).unwrap_or_default();
        let is_tar = head.first_chunk().is_some_and(tar::looks_like_header);
        let found = if is_tar { Ok(Compression::None) } else { Compression::sniff(head) };
        let found = found.unwrap_or_else(|name| {
            let detail = format!("layers compressed with {name} are not read");
            self.problems.whole(ProblemKind::Unsupported, detail);
            Compression::None
        });
        match claims.media_type.as_deref().map(|text| (text, claimed_compression(text))) {
            Some((text, None)) => {
                let detail = format!("media type {text:?} is not one of a layer");
                self.problems.whole(ProblemKind::Unsupported, detail);
            }
            Some((text, Some(claimed))) if claimed != found => {
                let found = found.as_str();
                let detail = format!("media type is {text:?} but the compression is {found}");
                self.problems.whole(ProblemKind::Ambiguous, detail);
            }
            _ => {}
        }
        found
    }

    /// Walks an uncompressed blob, which is its own tar: it is hashed once.
    fn plain<R: Read>(&mut self, mut stored: Tap<'_, R>) -> (StreamEnd, StreamEnd) {
        let marked = match stored.becomes_uncompressed() {
            Ok(()) => self.tar(&mut stored),
            Err(error) => self.stream_error(&error, stored.position()),
        };
        let end = StreamEnd { marked, ..self.finish(&mut stored) };
        (end, end)
    }

    fn compressed<R: Read>(
        &mut self,
        stored: Tap<'_, R>,
        compression: Compression,
    ) -> (StreamEnd, StreamEnd) {
        let inflate = match Inflate::new(stored, compression, self.meter) {
            Ok(inflate) => inflate,
            Err(error) => {
                self.problems.whole(ProblemKind::Unreadable, error.to_string());
                return Default::default();
            }
        };
        let mut tar = Tap::new(inflate, Budget::Uncompressed, self.meter);
        let marked = self.tar(&mut tar);
        let tar_end = StreamEnd { marked, ..self.finish(&mut tar) };
        let Some(stored) = tar.inner_mut().input() else { return Default::default() };
        if tar_end.digest.is_some() {
            self.trailing(stored);
        }
        (self.finish(stored), tar_end)
    }

    /// Looks at what stands behind the compressed stream: zeros are padding, anything else is not.
    fn trailing<R: Read>(&mut self, stored: &mut Tap<'_, R>) {
        let at = stored.position();
        while let Ok(bytes) = stored.fill_buf()
            && !bytes.is_empty()
        {
            let length = bytes.len();
            if bytes.iter().any(|byte| *byte != 0) {
                let detail = format!("bytes follow the compressed stream, which ends at byte {at}");
                self.problems.whole(ProblemKind::Malformed, detail);
                return;
            }
            stored.consume(length);
        }
    }

    /// Reads a stream to its end for the digest, unless it broke.
    fn finish<R: Read>(&mut self, tap: &mut Tap<'_, R>) -> StreamEnd {
        if !self.exhausted
            && let Err(error) = tap.drain()
            && !self.reported
        {
            self.stream_error(&error, tap.position());
        }
        let (bytes, digest) = tap.finish();
        let whole = !tap.failed() && !self.exhausted;
        StreamEnd { bytes, digest: whole.then_some(digest), marked: false }
    }

    /// Reports what ended a stream. Always false: nothing was marked as its end.
    fn stream_error(&mut self, error: &io::Error, offset: u64) -> bool {
        let detail = format!("not read from byte {offset} on: {error}");
        self.problems.whole(kind_of(error), detail);
        self.reported = true;
        self.exhausted |= Exceeded::within(error).is_some();
        false
    }

    fn verify(&mut self, claims: &Claims, stored: StreamEnd, tar: StreamEnd) {
        let mut compare = |what: &str, claimed: Option<Digest>, found: Option<Digest>| {
            if let (Some(claimed), Some(found)) = (claimed, found)
                && claimed != found
            {
                let detail = format!("{what} is {found} but is claimed to be {claimed}");
                self.problems.whole(ProblemKind::DigestMismatch, detail);
            }
        };
        compare("digest of the layer", claims.digest, stored.digest);
        compare("diff id of the layer", claims.diff_id, tar.digest);
        if let Some(claimed) = claims.size_bytes
            && stored.digest.is_some()
            && claimed != stored.bytes
        {
            let found = stored.bytes;
            let detail = format!("layer has {found} bytes but is claimed to have {claimed}");
            self.problems.whole(ProblemKind::DigestMismatch, detail);
        }
        // Without a digest to compare with, only the end marker tells a whole tar from a cut one.
        let whole = tar.marked || claims.diff_id.is_some() || tar.digest.is_none();
        if !whole && tar.bytes > 0 {
            let detail = format!("the tar ends at byte {} without an end marker", tar.bytes);
            self.problems.whole(ProblemKind::Truncated, detail);
        }
    }

    /// Walks the entries; true when the archive had its end marker.
    fn tar<S: Source>(&mut self, source: &mut S) -> bool {
        let mut reader = tar::Reader::new(source, self.meter.limits());
        loop {
            let stop = match reader.next() {
                Ok(Some(member)) => match self.member(&mut reader, &member) {
                    Ok(()) => continue,
                    Err(error) => Stop::Io(error),
                },
                Ok(None) => break,
                Err(stop) => stop,
            };
            // A missing end is reported where it is, not where the entry began.
            let malformed = matches!(stop, Stop::Malformed(_));
            let at = if malformed { reader.header_offset() } else { reader.position() };
            return self.stopped(&stop, at);
        }
        let end = reader.end();
        let offset = reader.position();
        if end == Some(End::LoneZeroBlock) {
            let detail = format!("one block of zeros amid entries before byte {offset}");
            self.problems.whole(ProblemKind::Ambiguous, detail);
        }
        if end == Some(End::Marked) {
            self.tail(source);
        }
        end == Some(End::Marked)
    }

    fn stopped(&mut self, stop: &Stop, offset: u64) -> bool {
        if let Stop::Io(error) = stop {
            return self.stream_error(error, offset);
        }
        let detail = format!("the tar is damaged at byte {offset}: {}", stop.what());
        self.problems.whole(stop.kind(), detail);
        // Reported already: that the marker is missing is no news.
        true
    }

    /// Looks for entries behind the end of the archive, where only some readers find them. A
    /// stream that fails here fails again where it is reported.
    fn tail<S: Source>(&mut self, source: &mut S) {
        loop {
            let offset = source.position();
            let Ok(bytes) = source.peek(tar::BLOCK_BYTES) else { return };
            let Some(block) = bytes.first_chunk::<{ tar::BLOCK_BYTES }>() else { return };
            if behind_the_end(block) {
                let detail = format!("more entries follow the end of the tar, at byte {offset}");
                self.problems.whole(ProblemKind::Ambiguous, detail);
                return;
            }
            source.consume(tar::BLOCK_BYTES);
        }
    }

    /// Shows one member to the visitor, or takes it into the tree as a whiteout.
    fn member<S: Source>(
        &mut self,
        reader: &mut tar::Reader<'_, S>,
        member: &Member,
    ) -> io::Result<()> {
        self.meter.add_entries(1)?;
        self.entries += 1;
        let limits = self.meter.limits();
        let raw = shown(&member.name);
        if let Err(bad) = normalize(&raw, limits, &mut self.path) {
            let at = reader.header_offset();
            let detail = format!("{}: {}, at byte {at}", excerpt(&raw), bad.detail);
            self.problems.whole(bad.kind, detail);
            return Ok(());
        }
        self.doubts(&member.doubts);
        if self.is_whiteout() {
            if member.kind == Type::File && member.size > 0 {
                let detail = "whiteout with content, which was not looked into";
                self.problems.at(ProblemKind::Malformed, &self.path, detail);
            }
            return Ok(());
        }
        if !self.is_shown(member) {
            return Ok(());
        }
        let kind = match member.kind {
            Type::Directory => NameKind::Directory,
            Type::Symlink | Type::HardLink => NameKind::Link,
            Type::File | Type::Other | Type::Unknown(_) => NameKind::Other,
        };
        if let Some(doubt) = self.names.add(&self.path, kind, self.meter)? {
            self.problems.at(ProblemKind::Ambiguous, &self.path, doubt);
        }
        if let Some(link) = self.link(member) {
            self.show(reader, member, &link);
        }
        Ok(())
    }

    fn show<S: Source>(&mut self, reader: &mut tar::Reader<'_, S>, member: &Member, link: &str) {
        let kind = match member.kind {
            Type::File => EntryKind::File,
            Type::Directory => EntryKind::Directory,
            Type::Symlink => EntryKind::Symlink(link),
            Type::HardLink => EntryKind::HardLink(link),
            Type::Other | Type::Unknown(_) => EntryKind::Other,
        };
        let is_file = kind == EntryKind::File;
        let size_bytes = if is_file { member.size } else { 0 };
        let entry = Entry { path: &self.path, kind, size_bytes, mode: member.mode };
        let mut content = match &member.sparse {
            _ if !is_file => EntryContent::Empty,
            Some(map) => {
                let content = tar::Expanded::new(reader.content(), map.clone(), self.meter);
                EntryContent::Sparse(Box::new(content))
            }
            None => EntryContent::Plain(reader.content()),
        };
        if let Err(error) = self.visitor.entry(&entry, &mut content) {
            // If the stream itself broke, the next step over it says so too, with its offset.
            self.problems.at(kind_of(&error), &self.path, error.to_string());
        }
    }

    fn doubts(&mut self, doubts: &[Doubt]) {
        for doubt in doubts {
            let (kind, detail) = match doubt {
                Doubt::Ambiguous(detail) => (ProblemKind::Ambiguous, *detail),
                Doubt::Malformed(detail) => (ProblemKind::Malformed, *detail),
            };
            self.problems.at(kind, &self.path, detail);
        }
    }

    /// Takes whiteouts into the tree (OCI image specification, "Whiteouts"). Other names that
    /// begin with `.wh..wh.` are notes of AUFS to itself, which no runtime unpacks.
    fn is_whiteout(&mut self) -> bool {
        let (directory, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let Some(target) = name.strip_prefix(".wh.") else {
            return self.path.starts_with(".wh..wh.");
        };
        match target {
            ".wh..opq" => self.names.add_opaque(directory),
            "" | "." | ".." => {
                let detail = "whiteout of a directory by a name that is not one";
                self.problems.at(ProblemKind::Traversal, &self.path, detail);
            }
            target if target.starts_with(".wh.") => {}
            target if directory.is_empty() => self.names.add_whiteout(target),
            target => self.names.add_whiteout(&format!("{directory}/{target}")),
        }
        true
    }

    fn is_shown(&mut self, member: &Member) -> bool {
        if self.path.is_empty() {
            if member.kind != Type::Directory {
                let detail = "the root of the layer is not a directory";
                self.problems.whole(ProblemKind::Malformed, detail);
            }
            return false;
        }
        if let Type::Unknown(flag) = member.kind {
            let detail = format!("entry of unknown type {:?}", char::from(flag));
            self.problems.at(ProblemKind::Unsupported, &self.path, detail);
        }
        true
    }

    /// The link target as shown; `None` when it leaves the root.
    fn link<'a>(&mut self, member: &'a Member) -> Option<Cow<'a, str>> {
        let raw = shown(&member.link);
        if member.kind != Type::HardLink {
            return Some(raw);
        }
        match normalize_target(&raw, self.meter.limits()) {
            Ok(target) => Some(Cow::Owned(target)),
            Err(bad) => {
                self.problems.at(bad.kind, &self.path, bad.detail);
                None
            }
        }
    }
}

fn behind_the_end(block: &Block) -> bool {
    block.iter().any(|byte| *byte != 0) && tar::looks_like_header(block)
}

/// The compression that a media type stands for; `None` when it is not one of a layer
/// (OCI image specification, "Media Types"; Docker image manifest version 2, schema 2).
fn claimed_compression(media_type: &str) -> Option<Compression> {
    let rest = media_type.strip_prefix("application/vnd.")?;
    let rest = rest
        .strip_prefix("oci.image.layer.nondistributable.v1.tar")
        .or_else(|| rest.strip_prefix("oci.image.layer.v1.tar"))
        .or_else(|| rest.strip_prefix("docker.image.rootfs.foreign.diff.tar"))
        .or_else(|| rest.strip_prefix("docker.image.rootfs.diff.tar"))?;
    match rest {
        "" => Some(Compression::None),
        "+gzip" | ".gzip" => Some(Compression::Gzip),
        "+zstd" | ".zstd" => Some(Compression::Zstd),
        _ => None,
    }
}

/// The beginning of a path that cannot be shown as one.
fn excerpt(raw: &str) -> String {
    raw.chars().take(100).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests;
