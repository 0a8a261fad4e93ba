//! Strings that many rows have in common, kept once.

use std::{collections::HashSet, sync::Arc};

/// A table of strings. Names of namespaces, nodes and images repeat in a hundred thousand pods.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<Arc<str>>,
    /// The table is swept when it has grown to this.
    sweep_at: usize,
}

/// Below this many strings nothing is swept.
const SWEEP_MIN: usize = 4096;

impl Names {
    /// The shared string equal to `text`.
    pub(super) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        self.sweep();
        let shared: Arc<str> = text.into();
        self.known.insert(Arc::clone(&shared));
        shared
    }

    /// Strings that nobody else holds are let go whenever the table doubles.
    fn sweep(&mut self) {
        if self.known.len() < self.sweep_at.max(SWEEP_MIN) {
            return;
        }
        self.known.retain(|name| Arc::strong_count(name) > 1);
        self.sweep_at = self.known.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, SWEEP_MIN};
    use std::sync::Arc;

    #[test]
    fn equal_strings_are_one_and_unused_ones_go() {
        let mut names = Names::default();
        let held = names.share("shop");
        assert!(Arc::ptr_eq(&held, &names.share("shop")));
        for number in 0..SWEEP_MIN * 3 {
            names.share(&number.to_string());
        }
        assert!(names.known.len() <= SWEEP_MIN * 2, "{}", names.known.len());
        assert!(Arc::ptr_eq(&held, &names.share("shop")));
    }
}
