//! Feeds to a file, in one step that either happens or does not.

use crate::{
    Database, Error, Ignored, Source,
    collect::Collector,
    coverage::Counter,
    encoding::put_integer,
    feed::{Feed, Walk, gather},
    layout::{HEADER_BYTES, Header, TableId, encode_index},
    lifecycle,
    record::encode_package,
    replace::{folder_of, replace},
    sort::damaged,
    table::{Output, TableWriter},
};
use cofferdam_bounds::file;
use cofferdam_model::{Diagnostic, Exit, Problem};
use jiff::Timestamp;
use std::{
    fs,
    io::{self, BufWriter, Seek, Write},
    path::Path,
};

/// What a build took and left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildReport {
    /// What the database now holds, a row a feed.
    pub sources: Vec<Source>,
    /// Files that are no feed, and why.
    pub ignored: Vec<Ignored>,
    /// Broken records, the first thousand.
    pub problems: Vec<Problem>,
    /// How many broken records there were.
    pub problem_count: u64,
    /// Distinct advisories.
    pub advisories: u64,
    /// Packages with advisories, a package of two releases twice.
    pub packages: u64,
    /// CVEs known to be exploited.
    pub known_exploited: u64,
    /// CVEs with an EPSS score.
    pub scores: u64,
    /// Releases with a life cycle.
    pub lifecycles: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Builds the database at `output` from feeds. `now` is written into it as the time it was built;
/// `progress` hears after each source where it came from and how many records it gave.
///
/// The same feeds and time give the same bytes. The old file stays in place until the new one is
/// whole and on disk. A broken record is counted and left out; a feed that cannot be read or that
/// is damaged as a whole ends the build, because half of it would make the other half look clean.
pub fn build(
    feeds: &[Feed],
    output: &Path,
    now: Timestamp,
    progress: &dyn Fn(&str, u64),
) -> Result<BuildReport, Diagnostic> {
    let gather = |walk: &mut Walk<'_>| feeds.iter().try_for_each(|feed| gather(feed, walk));
    let folder = folder_of(output);
    fs::create_dir_all(folder).map_err(|error| unwritable(output, &error))?;
    let (collector, report) = collect(now, folder, progress, gather)?;
    if collector.sources.is_empty() {
        let origins: Vec<String> = feeds.iter().map(Feed::shown_origin).collect();
        return Err(Diagnostic::new(Exit::Usage, "found no advisory data")
            .at(origins.join(", "))
            .remedy("name OSV archives, the KEV catalogue, EPSS scores or endoflife.date files"));
    }
    replace(output, |file| write(collector, file, now, report))
        .map_err(|error| unwritable(output, &error))
}

/// What a walk finds, and a report of what it left. What does not fit in memory waits in a folder.
pub(crate) fn collect<E>(
    now: Timestamp,
    folder: &Path,
    progress: &dyn Fn(&str, u64),
    gather: impl FnOnce(&mut Walk<'_>) -> Result<(), E>,
) -> Result<(Collector, BuildReport), E> {
    let mut collector = Collector::new(folder);
    let mut walk = Walk {
        collector: &mut collector,
        problems: Vec::new(),
        problem_count: 0,
        ignored: Vec::new(),
        now,
        progress,
    };
    gather(&mut walk)?;
    let Walk { problems, problem_count, ignored, .. } = walk;
    let report = BuildReport { ignored, problems, problem_count, ..BuildReport::default() };
    Ok((collector, report))
}

/// Copies a database to `output` after checking all of it.
pub fn import(database: &Path, output: &Path) -> Result<(), Diagnostic> {
    let source = file::open(database).map_err(Error::from)?;
    Database::over(&source, database).and_then(|database| database.verify())?;
    replace(output, |file| io::copy(&mut &source, file))
        .map_err(|error| unwritable(output, &error))?;
    Ok(())
}

/// Writes a whole database; adds to the report what is in it.
pub(crate) fn write(
    collector: Collector,
    file: impl Write + Seek,
    now: Timestamp,
    report: BuildReport,
) -> io::Result<BuildReport> {
    let mut output = Output::new(BufWriter::new(file));
    // The header is written last: until then the file is not a database.
    output.write(&[0; HEADER_BYTES])?;
    let Collector { sources, known_exploited, scores, lifecycles, mut heads, rows, .. } = collector;
    let (mut rows, mut coverage) = (rows.sorted()?, Counter::new(now));
    heads.close()?;
    let advisories = write_table(&mut output, TableId::Advisories, |table| {
        while let Some(package) = heads.next_package(&mut rows)? {
            coverage.see(&package);
            let rows = package.advisories.iter();
            let rows: Vec<_> = rows.map(|row| (&*row.head, &*row.affected)).collect();
            let value = encode_package(&rows).ok_or_else(damaged)?;
            table.push(&package.key, &value)?;
        }
        Ok(())
    })?;
    let (packages, coverage) = coverage.finish();
    let exploited = write_table(&mut output, TableId::KnownExploited, |table| {
        known_exploited.iter().try_for_each(|cve| table.push(cve.as_bytes(), b""))
    })?;
    let (mut scores, mut score_count) = (scores.sorted()?, 0);
    let epss = write_table(&mut output, TableId::Epss, |table| {
        while let Some((cve, units)) = scores.next()? {
            // The last of equals: later feeds win.
            if scores.peek() == Some(cve.as_slice()) {
                continue;
            }
            let units = units.as_array().copied().map(u32::from_le_bytes).ok_or_else(damaged)?;
            let mut value = Vec::new();
            put_integer(&mut value, u64::from(units));
            table.push(&cve, &value)?;
            score_count += 1;
        }
        Ok(())
    })?;
    let ends_of_life = write_table(&mut output, TableId::Lifecycles, |table| {
        lifecycles.iter().try_for_each(|((product, release), ends)| {
            let key = [product.as_bytes(), b"\0", release.as_bytes()].concat();
            table.push(&key, &lifecycle::encode(ends.end_of_life, ends.end_of_extended_support))
        })
    })?;
    let tables = [advisories, exploited, epss, ends_of_life];
    let index = encode_index(&sources, &coverage, &tables);
    let bytes = finish(output, &index, now)?;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(BuildReport {
        sources,
        advisories: heads.count(),
        packages,
        known_exploited: count(known_exploited.len()),
        scores: score_count,
        lifecycles: count(lifecycles.len()),
        bytes,
        ..report
    })
}

fn write_table<W: Write>(
    output: &mut Output<W>,
    id: TableId,
    fill: impl FnOnce(&mut TableWriter<'_, W>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut table = TableWriter::new(output, id.block_bytes())?;
    fill(&mut table)?;
    table.finish()
}

/// Writes the index and then the header that points to it; gives the length of the file.
fn finish<W: Write + Seek>(
    mut output: Output<BufWriter<W>>,
    index: &[u8],
    now: Timestamp,
) -> io::Result<u64> {
    let header = Header {
        built: now,
        index_offset: output.offset(),
        index_length: u64::try_from(index.len()).map_err(io::Error::other)?,
        index_checksum: crc32fast::hash(index),
    };
    output.write(index)?;
    let bytes = output.offset();
    let mut file = output.into_inner();
    file.rewind()?;
    file.write_all(&header.encode())?;
    file.flush()?;
    Ok(bytes)
}

fn unwritable(output: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Infrastructure, "cannot write the advisory database")
        .at(output.display())
        .because(error)
        .remedy("check that the folder exists, may be written and has room")
}
