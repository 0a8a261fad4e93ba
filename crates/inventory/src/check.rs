//! The one helper of the language catalogers' tests: a file in, a readable summary out.

use crate::{Candidate, FileFacts, interest};
use cofferdam_bounds::{Limits, Spool};

/// What the crate makes of a file: nothing when no cataloger wants it.
pub(crate) fn facts(path: &str, content: &[u8], limits: &Limits) -> Option<FileFacts> {
    let head = &content[..content.len().min(cofferdam_layers::HEAD_BYTES)];
    let size_bytes = content.len() as u64;
    let candidate = Candidate { path, size_bytes, mode: 0o755, head };
    let (cataloger, _) = interest(&candidate)?;
    let spool = Spool::new(content, 1 << 20, u64::MAX, "a test").unwrap();
    Some(cataloger.read(&candidate, &spool, limits))
}

/// One line a package, one line a problem, sorted; `-` when no cataloger wants the file.
pub(crate) fn summary(path: &str, content: &[u8], limits: &Limits) -> Vec<String> {
    let Some(facts) = facts(path, content, limits) else { return vec!["-".to_owned()] };
    let packages = facts.packages.iter().map(|package| {
        let place = package.location.path.strip_prefix(path).unwrap();
        let license = package.license.as_deref().unwrap_or_default();
        let text = format!(
            "{} {} {:?} {license} {place}",
            package.name, package.version, package.evidence
        );
        text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let problems = facts.problems.iter().map(|problem| {
        let place = problem.location.as_ref().unwrap().path.strip_prefix(path).unwrap();
        format!("{} {place}", problem.kind.as_str()).trim().to_owned()
    });
    let mut lines = packages.chain(problems).collect::<Vec<_>>();
    lines.sort();
    lines
}

/// Asserts that a file gives exactly these lines, in any order.
#[track_caller]
pub(crate) fn check(path: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(summary(path, content.as_ref(), &Limits::default()), expected, "{path}");
}
