//! How much all layers of one scan may keep between them.

use cofferdam_inventory::{FileFacts, OwnedPaths};
use cofferdam_model::{Package, Problem, ProblemKind, Secret, SecretPlace};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of facts. A layer of two megabytes unpacks to a million small files, of which each could
/// leave a fact; the largest honest images that we know keep a fifth of this.
const BYTES_MAX: usize = 48 << 20;

/// Counts what is kept, and what is left out because there is too much.
#[derive(Debug, Default)]
pub(crate) struct Room {
    bytes: AtomicUsize,
    left_out: AtomicUsize,
}

impl Room {
    /// Whether there is room for a fact of so many bytes, which is then taken.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= BYTES_MAX;
        if !fits {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }

    /// What was left out, if anything was.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let left_out = self.left_out.load(Ordering::Relaxed);
        (left_out > 0).then(|| {
            let detail = format!(
                "{left_out} facts are left out: packages, secrets and problems are over {} MiB",
                BYTES_MAX >> 20
            );
            Problem::whole(ProblemKind::BudgetExceeded, detail)
        })
    }
}

/// Bytes that the facts of a file take, about.
pub(crate) fn of_facts(facts: &FileFacts) -> usize {
    let packages: usize = facts.packages.iter().map(of_package).sum();
    let owned = |owned: &OwnedPaths| size_of::<OwnedPaths>() + 8 * owned.paths.len();
    let owned: usize = facts.owned.iter().map(owned).sum();
    let problems: usize = facts.problems.iter().map(of_problem).sum();
    size_of::<FileFacts>() + packages + owned + problems
}

fn of_package(package: &Package) -> usize {
    let source = package.source.as_ref().map_or(0, |one| one.name.len() + one.version.len());
    let license = package.license.as_ref().map_or(0, String::len);
    let texts = package.name.len() + package.version.len() + package.location.path.len();
    size_of::<Package>() + texts + source + license
}

/// Bytes that a problem takes, about.
pub(crate) fn of_problem(problem: &Problem) -> usize {
    let path = problem.location.as_ref().map_or(0, |location| location.path.len());
    size_of::<Problem>() + path + problem.detail.len()
}

/// Bytes that a secret takes, about.
pub(crate) fn of_secret(secret: &Secret) -> usize {
    let place = match &secret.place {
        SecretPlace::File { location, .. } => location.path.len(),
        SecretPlace::Env(name) | SecretPlace::Label(name) => name.len(),
        SecretPlace::Command | SecretPlace::History(_) => 0,
    };
    size_of::<Secret>() + place + secret.masked.len() + secret.evidence.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let room = Room::default();
        assert!(room.take(BYTES_MAX - 10));
        assert!(!room.take(11));
        assert!(room.take(10), "what was refused took nothing");
        assert!(!room.take(1));
        let detail = room.problem().unwrap().detail;
        assert!(detail.starts_with("2 facts are left out"), "{detail}");
        assert_eq!(Room::default().problem(), None);
    }
}
