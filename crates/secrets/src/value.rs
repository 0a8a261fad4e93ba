//! Texts within documents that others read: a variable, a command line, any string of an object.

use crate::{Scanner, configuration::by_name, finding::Finding};
use cofferdam_model::{Secret, SecretPlace};

impl Scanner {
    /// Whether a text has any of the words that give credentials away. A text without is not
    /// worth [`Self::value`]; this costs a search at the speed of memory.
    pub fn suspects(&self, text: &[u8]) -> bool {
        self.has_word(text)
    }

    /// The credentials in a text, by what it says alone.
    pub fn value(&self, name: &str, text: &[u8]) -> Vec<Secret> {
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        // Reading from memory cannot fail.
        let (found, _) = self.search("", size, &mut &*text).unwrap_or_default();
        told(found, || SecretPlace::Label(name.to_owned()))
    }

    /// The credentials in a variable: by what it says, otherwise by its name.
    pub fn variable(&self, name: &str, value: &str) -> Vec<Secret> {
        told(self.setting(name, value).0, || SecretPlace::Env(name.to_owned()))
    }

    /// The same in a text of which [`Self::suspects`] says no: by its name alone, unless that is
    /// the first part of a word that gives credentials away.
    pub fn unsuspected_variable(&self, name: &str, value: &str) -> Vec<Secret> {
        if self.begins_word(name) {
            return self.variable(name, value);
        }
        match by_name(name, value) {
            Some(found) => vec![found.secret(SecretPlace::Env(name.to_owned()), None)],
            None => Vec::new(),
        }
    }

    /// The credentials on a command line, also in headers and assignments on it.
    pub fn command(&self, line: &str) -> Vec<Secret> {
        told(self.line(line).0, || SecretPlace::Command)
    }
}

fn told(found: Vec<Finding>, place: impl Fn() -> SecretPlace) -> Vec<Secret> {
    found.into_iter().map(|finding| finding.secret(place(), None)).collect()
}
