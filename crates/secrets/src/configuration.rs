//! The configuration of an image: variables, labels, command line and history are as public as its
//! files.

use crate::{
    Scanner,
    finding::{Finding, hash, mask, pair_aws, resolve},
    named,
    table::KINDS,
    window::{Search, Window},
};
use cofferdam_model::{ImageConfig, Problem, ProblemKind, Secret, SecretPlace};
use std::collections::HashSet;

impl Scanner {
    /// The credentials in an image's variables, labels, command line and history, one for each
    /// value: a variable set by a build step stands in both, and is reported as a variable.
    pub fn image_config(&self, config: &ImageConfig) -> (Vec<Secret>, Vec<Problem>) {
        let env = config
            .env
            .iter()
            .map(|(name, value)| (SecretPlace::Env(name.clone()), self.setting(name, value)));
        let labels = config
            .labels
            .iter()
            .map(|(name, value)| (SecretPlace::Label(name.clone()), self.setting(name, value)));
        // One line, as it runs: an argument may be the value of the one before it.
        let line = [&*config.entrypoint, &*config.command].concat().join(" ");
        let command = std::iter::once_with(|| (SecretPlace::Command, self.line(&line)));
        let history = config
            .history
            .iter()
            .enumerate()
            .map(|(index, step)| (SecretPlace::History(index), self.line(&step.created_by)));
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        let mut findings = Vec::new();
        let mut dropped = 0;
        for (place, (found, more)) in env.chain(labels).chain(command).chain(history) {
            dropped += more;
            for finding in found {
                if !seen.insert(finding.value) {
                    continue;
                }
                if findings.len() >= self.secrets_max() {
                    dropped += 1;
                    continue;
                }
                // The order stands in for lines, which settings do not have.
                let order = u64::try_from(places.len()).unwrap_or(u64::MAX);
                findings.push(Finding { start: order, line: 0, ..finding });
                places.push(place.clone());
            }
        }
        let secrets = pair_aws(findings).into_iter().filter_map(|finding| {
            let place = places.get(usize::try_from(finding.start).ok()?)?.clone();
            Some(finding.secret(place, None))
        });
        let problems = (dropped > 0).then(|| {
            let detail =
                format!("{dropped} more matches of secrets in the configuration are not listed");
            Problem::whole(ProblemKind::BudgetExceeded, detail)
        });
        (secrets.collect(), problems.into_iter().collect())
    }

    /// A variable or label: by what it says, otherwise by its name. Also how many did not fit.
    pub(crate) fn setting(&self, name: &str, value: &str) -> (Vec<Finding>, usize) {
        let (found, dropped) = self.text(&format!("{name}={value}"));
        if !found.is_empty() {
            return (found, dropped);
        }
        (by_name(name, value).into_iter().collect(), dropped)
    }

    /// A command line, of the image or of a build step: also headers and assignments on it. Also
    /// how many did not fit.
    pub(crate) fn line(&self, line: &str) -> (Vec<Finding>, usize) {
        let (mut findings, dropped) = self.text(line);
        let mut patterns = self.setting_patterns(line.as_bytes()).peekable();
        if findings.is_empty() && patterns.peek().is_none() {
            return (findings, dropped);
        }
        let window = Window::whole(line.as_bytes());
        let mut search = Search::new(self.secrets_max());
        for compiled in patterns {
            compiled.everywhere(&window, &mut search);
        }
        findings.append(&mut search.found);
        (resolve(findings), dropped + search.dropped)
    }

    fn text(&self, text: &str) -> (Vec<Finding>, usize) {
        if !self.has_word(text.as_bytes()) {
            return Default::default();
        }
        // Reading from memory cannot fail.
        self.search("", u64::try_from(text.len()).unwrap_or(u64::MAX), &mut text.as_bytes())
            .unwrap_or_default()
    }
}

/// A variable or label by its name.
pub(crate) fn by_name(name: &str, value: &str) -> Option<Finding> {
    let evidence = named::variable(name, value.as_bytes())?.evidence;
    let kind = KINDS.iter().position(|kind| kind.id == "environment-secret")?;
    let (masked, value) = (mask(value.as_bytes()), hash(value.as_bytes()));
    Some(Finding { kind, start: 0, end: 0, line: 0, masked, evidence, value })
}
