//! `cofferdam advisory status`.

use crate::scan::now;
use cofferdam_advisory::Database;
use cofferdam_model::{Diagnostic, Exit};
use jiff::Timestamp;
use std::io;

/// Sources older than this make verdicts that are no longer true: advisories appear daily.
const STALE_DAYS: i64 = 7;

/// Prints what the database holds.
pub(super) fn run(database: &Database) -> Result<Exit, Diagnostic> {
    let mut out = anstream::stdout();
    match print(database, &mut out) {
        // A reader that went away is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Diagnostic::new(Exit::Infrastructure, "cannot write to standard output")
                .because(error))
        }
        _ => Ok(Exit::Pass),
    }
}

fn print(database: &Database, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "built {}\n", age(database.built()))?;
    writeln!(out, "{:<20} {:>9}  {:<28} from", "source", "records", "newest entry")?;
    for source in database.sources() {
        let name = match &*source.ecosystems.join(", ") {
            "" => source.kind.as_str().to_owned(),
            ecosystems => format!("{} {ecosystems}", source.kind.as_str()),
        };
        writeln!(
            out,
            "{name:<20} {:>9}  {:<28} {}",
            source.records,
            source.newest.map_or_else(|| "not dated".to_owned(), age),
            source.origin
        )?;
    }
    writeln!(out, "\n{:<24} {:>10}  newest advisory", "ecosystem", "advisories")?;
    for ecosystem in database.ecosystems() {
        writeln!(
            out,
            "{:<24} {:>10}  {}",
            ecosystem.ecosystem,
            ecosystem.advisories,
            ecosystem.newest.map_or_else(|| "not dated".to_owned(), age)
        )?;
    }
    if is_stale(database) {
        writeln!(out, "\nolder than {STALE_DAYS} days: cofferdam advisory update")?;
    }
    out.flush()
}

/// Whether verdicts made with it are likely not true any more.
pub(crate) fn is_stale(database: &Database) -> bool {
    days(database.built()) > STALE_DAYS
}

fn days(time: Timestamp) -> i64 {
    now().duration_since(time).as_hours() / 24
}

/// The day, and how long ago it was.
pub(crate) fn age(time: Timestamp) -> String {
    let day = time.strftime("%Y-%m-%d");
    match days(time) {
        0 => format!("{day} (today)"),
        1 => format!("{day} (yesterday)"),
        days => format!("{day} ({days} days ago)"),
    }
}
