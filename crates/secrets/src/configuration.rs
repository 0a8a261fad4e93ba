//! The configuration of an image: variables, labels and history are as public as its files.

use crate::{
    Scanner,
    finding::{Finding, hash, mask, pair_aws, resolve},
    named,
    table::KINDS,
    window::{Search, Window},
};
use cofferdam_model::{ImageConfig, Secret, SecretPlace};
use std::collections::HashSet;

impl Scanner {
    /// The credentials in an image's variables, labels and history, one for each value: a
    /// variable set by a build step stands in both, and is reported as a variable.
    pub fn image_config(&self, config: &ImageConfig) -> Vec<Secret> {
        let env = config
            .env
            .iter()
            .map(|(name, value)| (SecretPlace::Env(name.clone()), self.setting(name, value)));
        let labels = config
            .labels
            .iter()
            .map(|(name, value)| (SecretPlace::Label(name.clone()), self.setting(name, value)));
        let history = config
            .history
            .iter()
            .enumerate()
            .map(|(index, step)| (SecretPlace::History(index), self.step(&step.created_by)));
        let mut seen = HashSet::new();
        let mut places = Vec::new();
        let mut findings = Vec::new();
        for (place, found) in env.chain(labels).chain(history) {
            for finding in found {
                if seen.insert(finding.value) && findings.len() < self.secrets_max() {
                    // The order stands in for lines, which settings do not have.
                    let order = u64::try_from(places.len()).unwrap_or(u64::MAX);
                    findings.push(Finding { start: order, line: 0, ..finding });
                    places.push(place.clone());
                }
            }
        }
        pair_aws(findings)
            .into_iter()
            .filter_map(|finding| {
                let place = places.get(usize::try_from(finding.start).ok()?)?.clone();
                Some(finding.secret(place, None))
            })
            .collect()
    }

    /// A variable or label: by what it says, otherwise by its name.
    fn setting(&self, name: &str, value: &str) -> Vec<Finding> {
        let found = self.text(&format!("{name}={value}"));
        if !found.is_empty() {
            return found;
        }
        let Some(belief) = named::variable(name, value.as_bytes()) else { return found };
        let Some(kind) = KINDS.iter().position(|kind| kind.id == "environment-secret") else {
            return found;
        };
        let (masked, value) = (mask(value.as_bytes()), hash(value.as_bytes()));
        vec![Finding { kind, start: 0, end: 0, line: 0, masked, evidence: belief.evidence, value }]
    }

    /// A build step: also headers and assignments on its command line.
    fn step(&self, created_by: &str) -> Vec<Finding> {
        let mut findings = self.text(created_by);
        let mut window = Window::default();
        let mut search = Search::new(self.secrets_max());
        // The configuration as a whole is bounded, so all of a step fits.
        window.bytes.extend_from_slice(created_by.as_bytes());
        window.until = window.bytes.len();
        for compiled in self.setting_patterns() {
            compiled.everywhere(&window, &mut search);
        }
        findings.append(&mut search.found);
        resolve(findings)
    }

    fn text(&self, text: &str) -> Vec<Finding> {
        // Reading from memory cannot fail.
        self.search("", &mut text.as_bytes()).unwrap_or_default().0
    }
}
