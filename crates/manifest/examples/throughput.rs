//! Reads a file of manifests again and again and tells how fast.

use cofferdam_bounds::{Meter, file};
use cofferdam_manifest::read;
use std::{
    error::Error,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let text: Arc<str> = file::read_text(Path::new(&path), 1 << 28)?.into();
    let mut best = Duration::MAX;
    let mut found = String::new();
    for _ in 0..7 {
        let started = Instant::now();
        let source = read(&path, Arc::clone(&text), &Meter::default());
        best = best.min(started.elapsed());
        let objects: usize = source.documents.iter().map(|one| one.objects.len()).sum();
        found = format!("{objects} objects, {} problems", source.problems.len());
    }
    let megabytes = text.len() as f64 / 1e6;
    let speed = megabytes / best.as_secs_f64();
    writeln!(io::stdout(), "{megabytes:.1} MB in {best:.1?}: {speed:.0} MB/s; {found}")?;
    Ok(())
}
