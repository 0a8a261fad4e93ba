//! `cofferdam advisory update`: fetches what has changed.

use crate::{places, progress::Line, scan::runtime};
use cofferdam_advisory::{Feed, PUBLISHED, PUBLISHED_BYTES_MAX};
use cofferdam_assess::Progress as _;
use cofferdam_download::{Client, Fetched, Settings};
use cofferdam_model::{Diagnostic, Exit};
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

/// Prints the feeds and where they come from.
pub(super) fn list() {
    for feed in PUBLISHED {
        // A reader that goes away (`| head`) has seen enough.
        if writeln!(anstream::stdout(), "{:<16} {}", feed.name, feed.url).is_err() {
            break;
        }
    }
}

/// Fetches every feed into the cache. One that cannot be had ends the update: a database without
/// it would call clean what it no longer knows.
pub(super) fn fetch(
    changes: &[String],
    ca_certificate: Option<&Path>,
    quiet: bool,
) -> Result<Vec<Feed>, Diagnostic> {
    let urls = addresses(changes)?;
    let cache = places::cache()?;
    fs::create_dir_all(&cache).map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot make the directory for feeds")
            .at(cache.display())
            .because(error)
    })?;
    let settings =
        Settings { certificates: ca_certificate.map(Path::to_owned), ..Settings::default() };
    let client = Client::new(&settings)?;
    let runtime = runtime()?;
    let line = Line::new(quiet);
    let mut feeds = Vec::new();
    for (name, url) in urls {
        let path = cache.join(name);
        let seen = AtomicU64::new(0);
        line.begin(name, None);
        let fetched =
            runtime.block_on(client.fetch_to_file(&url, &path, PUBLISHED_BYTES_MAX, &|done, _| {
                line.advance(done.saturating_sub(seen.swap(done, Ordering::Relaxed)));
            }));
        line.end();
        let fetched = fetched.map_err(|error| without(error, name))?;
        if !quiet {
            let state = match fetched {
                Fetched::New(bytes) => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
                Fetched::Unchanged => "unchanged".to_owned(),
            };
            crate::diagnostics::note(&format!("{name:<16} {state}"));
        }
        feeds.push(Feed { path, origin: url });
    }
    Ok(feeds)
}

fn without(mut error: Diagnostic, name: &str) -> Diagnostic {
    let leave_out =
        format!("to go on without this feed: --source {name}=, of serve --advisory-source {name}=");
    error.remedy = Some(match error.remedy {
        Some(remedy) => format!("{remedy}; {leave_out}"),
        None => leave_out,
    });
    error
}

/// The published addresses, changed as asked.
fn addresses(changes: &[String]) -> Result<BTreeMap<&'static str, String>, Diagnostic> {
    let mut urls: BTreeMap<&str, String> =
        PUBLISHED.iter().map(|feed| (feed.name, feed.url.to_owned())).collect();
    for change in changes {
        let known = change
            .split_once('=')
            .and_then(|(name, url)| Some((PUBLISHED.iter().find(|one| one.name == name)?, url)));
        let Some((feed, url)) = known else {
            return Err(Diagnostic::new(Exit::Usage, "--source wants NAME=URL with a known name")
                .at(change)
                .remedy("see the names: cofferdam advisory update --list"));
        };
        if url.is_empty() {
            urls.remove(feed.name);
        } else {
            urls.insert(feed.name, url.to_owned());
        }
    }
    Ok(urls)
}
