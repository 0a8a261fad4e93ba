//! What the store refuses though it is there, so that nothing else waits for it: remembered until
//! it takes it, or until it is gone.

use super::state::{REFUSED_MAX, Refused};
use cofferdam_store::StoreError;
use std::collections::BTreeMap;

/// The kind of rows, and the id of the thing that they are about.
type Key = (&'static str, String);

/// What was refused, each with what it is and why.
#[derive(Debug, Default)]
pub(super) struct Aside(BTreeMap<Key, String>);

impl Aside {
    /// These are written now.
    pub(super) fn took<'i>(&mut self, kind: &'static str, ids: impl Iterator<Item = &'i str>) {
        if self.0.is_empty() {
            return;
        }
        for id in ids {
            self.0.remove(&(kind, id.to_owned()));
        }
    }

    /// This is not, and would not be the next time.
    pub(super) fn refused(&mut self, kind: &'static str, id: &str, what: &str, why: &StoreError) {
        if self.0.len() < REFUSED_MAX {
            self.0.insert((kind, id.to_owned()), format!("{what}: {why}"));
        }
    }

    /// These are no more, and nothing of them is wanted.
    pub(super) fn gone(&mut self, ids: &[String]) {
        if !self.0.is_empty() {
            self.0.retain(|(_, id), _| !ids.contains(id));
        }
    }

    /// All of it, in short.
    pub(super) fn summary(&self) -> Option<Refused> {
        let first = self.0.values().next()?.clone();
        Some(Refused { count: self.0.len(), first })
    }
}

#[cfg(test)]
mod tests {
    use super::{Aside, REFUSED_MAX, Refused};
    use cofferdam_store::StoreError;

    #[test]
    fn what_is_written_or_gone_is_refused_no_more() {
        let why = StoreError::Conflict("no".to_owned());
        let mut aside = Aside::default();
        assert_eq!(aside.summary(), None);
        aside.refused("workload", "w", "Deployment shop/web", &why);
        aside.refused("workload", "w", "Deployment shop/web", &why);
        aside.refused("findings", "w", "findings of Deployment shop/web", &why);
        aside.refused("pod", "p", "pod shop/web-1", &why);
        let first = "findings of Deployment shop/web: conflicts with what is stored: no";
        assert_eq!(aside.summary(), Some(Refused { count: 3, first: first.to_owned() }));
        aside.took("workload", ["p", "w"].into_iter());
        assert_eq!(aside.summary().unwrap().count, 2, "its findings are not written yet");
        aside.gone(&["w".to_owned()]);
        assert!(aside.summary().unwrap().first.starts_with("pod shop/web-1"));
        aside.took("pod", ["p"].into_iter());
        assert_eq!(aside.summary(), None);
        for number in 0..=REFUSED_MAX {
            aside.refused("pod", &number.to_string(), "pod", &why);
        }
        assert_eq!(aside.summary().unwrap().count, REFUSED_MAX);
    }
}
