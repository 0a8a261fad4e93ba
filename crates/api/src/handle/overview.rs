//! The first page: what to fix first, and why.

use super::cluster::summary;
use crate::{
    call::{Answered, Call, Scope, given},
    control, rows,
    wire::{
        Time,
        overview::{
            Coverage, ImageTally, Overview, ReviewTally, TrendPoint, Trouble, WorkloadTally,
        },
    },
};
use cofferdam_control::controller;
use cofferdam_store::{Decision, ImageFilter, ImageState, Page};
use jiff::SignedDuration;

/// Fixes that are proposed: what a person can look at in a minute.
const FIXES: usize = 8;
/// How far back the trend goes.
const TREND: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Attack paths that are shown.
const PATHS: usize = 20;
/// Hours of reviews.
const HOURS: u16 = 24;

/// `GET /overview`
pub(crate) async fn get(call: Call) -> Answered {
    let store = &call.api.store;
    let cluster = summary(&call.api).await?;
    let namespaces = call.namespaces();
    let within = namespaces.as_deref();
    let open = store.severities(within).await?;
    let totals = store.workload_totals(within).await?;
    let since = call.now - TREND;
    let is_all = call.scope == Scope::All;
    // The trend is that of the whole cluster, and so are the reviews' numbers.
    let trend = if is_all { store.trend(&cluster.id, since).await? } else { Vec::new() };
    let trend = trend.into_iter().map(|point| TrendPoint {
        at: Time(point.at),
        critical: point.critical.into(),
        high: point.high.into(),
        medium: point.medium.into(),
        low: point.low.into(),
    });
    let view = call.api.control.view();
    let troubles = call.api.control.troubles().into_iter();
    let troubles =
        troubles.filter(|one| one.namespace.is_none() || call.may_see(one.namespace.as_deref()));
    let fixes = view.fix_first.iter().filter(|fix| call.may_see_way(&fix.namespaces));
    let paths: Vec<_> =
        view.attack_paths.iter().filter(|path| call.may_see_way(&path.namespaces)).collect();
    Ok(given(&Overview {
        counts: rows::open(open),
        workloads: WorkloadTally { total: totals.total, with_findings: totals.with_findings },
        images: images(&call).await?,
        fix_first: fixes.take(FIXES).map(rows::fix_first).collect(),
        attack_paths: paths.iter().copied().take(PATHS).map(rows::attack_path).collect(),
        attack_paths_total: u64::try_from(paths.len()).unwrap_or(u64::MAX),
        trend: trend.collect(),
        reviews: reviews(&call).await?,
        coverage: view.coverage.iter().map(coverage).collect(),
        problems: troubles.map(trouble).collect(),
        cluster,
    }))
}

async fn images(call: &Call) -> Result<ImageTally, crate::refusal::Refusal> {
    let store = &call.api.store;
    let mut tally = ImageTally { total: 0, scanned: 0, waiting: 0, failed: 0 };
    let mut add = |state, count: u64| {
        tally.total += count;
        match state {
            ImageState::Scanned => tally.scanned += count,
            ImageState::Waiting | ImageState::Scanning => tally.waiting += count,
            ImageState::Failed => tally.failed += count,
        }
    };
    match call.namespaces() {
        None => {
            for (state, count) in store.image_totals().await? {
                add(state, count);
            }
        }
        Some(own) => {
            for state in ImageState::ALL.iter().copied() {
                let filter = ImageFilter {
                    state: Some(state),
                    namespaces: Some(own.clone()),
                    ..ImageFilter::default()
                };
                let one = Page { limit: 1, ..Page::default() };
                add(state, store.images(&filter, &one).await?.total);
            }
        }
    }
    Ok(tally)
}

async fn reviews(call: &Call) -> Result<ReviewTally, crate::refusal::Refusal> {
    let hours = i64::from(HOURS);
    if call.scope != Scope::All {
        let last24h = vec![0; usize::from(HOURS)];
        return Ok(ReviewTally { allowed: 0, warned: 0, denied: 0, failed_open: 0, last24h });
    }
    let since = call.now - SignedDuration::from_hours(hours);
    let totals = call.api.store.review_totals(since, HOURS).await?;
    let of = |decision| totals.decisions.get(&decision).copied().unwrap_or(0);
    Ok(ReviewTally {
        allowed: of(Decision::Allowed),
        warned: of(Decision::Warned),
        denied: of(Decision::Denied),
        failed_open: of(Decision::FailedOpen),
        last24h: totals.hours,
    })
}

fn coverage(own: &controller::Coverage) -> Coverage {
    Coverage {
        ecosystem: own.ecosystem.clone(),
        status: if own.is_covered { "loaded" } else { "no-source" }.to_owned(),
        packages: own.packages,
        source: own.is_covered.then(|| "OSV".to_owned()),
        dated: own.newest.map(Time),
    }
}

fn trouble(own: control::Trouble) -> Trouble {
    Trouble { what: own.what, why: own.why, remedy: own.remedy }
}
