//! The first page: what to fix first, and why.

use super::cluster::summary;
use crate::{
    call::{Answered, Call, Scope, given},
    control, rows,
    wire::{
        Counts, Time,
        overview::{
            Coverage, FixFirst, ImageTally, Overview, ReviewTally, TrendPoint, Trouble,
            WorkloadTally,
        },
    },
};
use cofferdam_store::{Decision, ImageFilter, ImageState, PackageFix, Page, RuleFix};
use jiff::SignedDuration;

/// Fixes that are proposed: what a person can look at in a minute.
const FIXES: usize = 8;
/// The same of each kind, before they are put in one order.
const CANDIDATES: u16 = 8;
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
    let mut fixes: Vec<FixFirst> = Vec::new();
    fixes.extend(store.fix_by_rule(within, CANDIDATES).await?.into_iter().map(rule_fix));
    fixes.extend(store.fix_by_package(within, CANDIDATES).await?.into_iter().map(package_fix));
    fixes.sort_by_key(|fix| std::cmp::Reverse((fix.score, fix.workloads, fix.findings)));
    fixes.truncate(FIXES);
    let is_visible =
        |path: &control::AttackPath| path.namespaces.iter().all(|one| call.may_see(Some(one)));
    let paths = call.api.control.attack_paths().into_iter();
    Ok(given(&Overview {
        counts: Counts {
            critical: open.critical,
            high: open.high,
            medium: open.medium,
            low: open.low,
            unknown: unknown(&call).await?,
        },
        workloads: WorkloadTally { total: totals.total, with_findings: totals.with_findings },
        images: images(&call).await?,
        fix_first: fixes,
        attack_paths: paths
            .filter(|path| is_all || is_visible(path))
            .take(PATHS)
            .map(rows::attack_path)
            .collect(),
        trend: trend.collect(),
        reviews: reviews(&call).await?,
        coverage: call.api.control.coverage().into_iter().map(coverage).collect(),
        problems: call.api.control.troubles().into_iter().map(trouble).collect(),
        cluster,
    }))
}

/// Open findings that nobody can decide.
async fn unknown(call: &Call) -> Result<u64, crate::refusal::Refusal> {
    let filter = cofferdam_store::FindingFilter {
        outcome: Some(cofferdam_store::Outcome::Unknown),
        namespaces: call.namespaces(),
        ..Default::default()
    };
    let one = Page { limit: 1, ..Page::default() };
    Ok(call.api.store.findings(&filter, &one).await?.total)
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
        return Ok(ReviewTally { allowed: 0, warned: 0, denied: 0, last24h });
    }
    let since = call.now - SignedDuration::from_hours(hours);
    let totals = call.api.store.review_totals(since, HOURS).await?;
    let of = |decision| totals.decisions.get(&decision).copied().unwrap_or(0);
    Ok(ReviewTally {
        allowed: of(Decision::Allowed) + of(Decision::FailedOpen),
        warned: of(Decision::Warned),
        denied: of(Decision::Denied),
        last24h: totals.hours,
    })
}

fn rule_fix(fix: RuleFix) -> FixFirst {
    let (findings, subjects) = (fix.findings, fix.subjects);
    FixFirst {
        why: format!(
            "{} severity: {} in {}",
            capital(fix.severity.as_str()),
            count(findings, "finding"),
            count(subjects, "object")
        ),
        title: fix.title,
        how: fix.remediation,
        score: fix.score,
        findings,
        workloads: subjects,
        link: format!("/policies/{}", fix.rule),
        rule: Some(fix.rule),
        image: None,
    }
}

fn package_fix(fix: PackageFix) -> FixFirst {
    let known = count(fix.vulnerabilities, "known vulnerability");
    let why = match fix.exploited {
        0 => known,
        exploited => format!("{known}, {exploited} of them exploited"),
    };
    let how = format!("Update {} to {} and build the image anew.", fix.package, fix.fixed);
    FixFirst {
        title: format!("{} in {}", fix.package, fix.image_name),
        why: format!("{why}; {} of this image", count(fix.workloads, "workload")),
        how,
        score: fix.score,
        findings: fix.vulnerabilities,
        workloads: fix.workloads,
        link: format!("/images/{}", fix.image),
        rule: None,
        image: Some(fix.image),
    }
}

/// `1 finding`, `2 findings`, `3 known vulnerabilities`
fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn coverage(own: control::Coverage) -> Coverage {
    Coverage {
        ecosystem: own.ecosystem,
        status: if own.is_covered { "loaded" } else { "no-source" }.to_owned(),
        packages: own.packages,
        source: own.source,
        dated: own.dated.map(Time),
    }
}

fn trouble(own: control::Trouble) -> Trouble {
    Trouble { what: own.what, why: own.why, remedy: own.remedy }
}
