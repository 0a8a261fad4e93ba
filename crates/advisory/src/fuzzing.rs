//! Ways in for the fuzz targets, which have no files, and behind checksums that no fuzzer guesses.

use crate::{
    BuildReport, Database, Error,
    build::{collect, write},
    layout::Index,
    record::decode_package,
};
use jiff::Timestamp;
use std::{io, path::Path};

/// Builds a database of one feed in memory and reads all of it back. `Ok(None)`: the feed is
/// damaged as a whole; an error: what was built does not hold.
pub fn round_trip(feed: &[u8]) -> Result<Option<BuildReport>, Error> {
    let take = |walk: &mut crate::feed::Walk<'_>| {
        walk.take(io::Cursor::new(feed), "input.md", "input", None)
    };
    let folder = std::env::temp_dir();
    let Ok((collector, report)) = collect(Timestamp::MAX, &folder, &|_, _| (), take) else {
        return Ok(None);
    };
    let mut file = io::Cursor::new(Vec::new());
    let now = Timestamp::UNIX_EPOCH;
    let Ok(report) = write(collector, &mut file, now, report) else { return Ok(None) };
    Database::over(file.into_inner(), Path::new("built"))?.verify()?;
    Ok(Some(report))
}

/// Reads what stands in a file behind its checksums: the index, and the value of one package.
pub fn decode(bytes: &[u8]) {
    let _ = Index::decode(bytes);
    let _ = decode_package(bytes);
}
