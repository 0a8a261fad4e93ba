//! YAML documents to our own types: the only module that knows which library reads YAML.

use cofferdam_model::{Diagnostic, Exit};
use serde::de::DeserializeOwned;

/// A value and the line and column where it stands.
pub(crate) type Located<T> = serde_saphyr::Spanned<T>;

/// One document of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'t> {
    /// The file, for people.
    place: &'t str,
    text: &'t str,
    /// Lines of the file before it.
    lines_before: u64,
}

/// The documents of a file that are not empty. A line that begins with `---` cannot be anything
/// but the start of a document (YAML 1.2.2, rule 206).
pub(crate) fn documents<'t>(place: &'t str, text: &'t str) -> Vec<Document<'t>> {
    let mut documents = Vec::new();
    let (mut start, mut at, mut lines, mut lines_before) = (0, 0, 0, 0);
    let mut push = |range: std::ops::Range<usize>, lines_before| {
        let text = text.get(range).unwrap_or_default();
        let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if !text.lines().all(blank) {
            documents.push(Document { place, text, lines_before });
        }
    };
    for line in text.split_inclusive('\n') {
        let marker = line.trim_end();
        lines += 1;
        if marker == "---" || marker.starts_with("--- ") {
            push(start..at, lines_before);
            start = at + line.len();
            lines_before = lines;
        }
        at += line.len();
    }
    push(start..at, lines_before);
    documents
}

impl Document<'_> {
    /// Its text.
    pub(crate) const fn text(&self) -> &str {
        self.text
    }

    /// Reads the document.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        serde_saphyr::from_str(self.text).map_err(|error| {
            let error = error.without_snippet();
            let place = error.location().map_or_else(
                || self.place.to_owned(),
                |location| self.position(location.line(), location.column()),
            );
            let message = error.to_string();
            // The place is said once, in the file's own lines.
            let message = message.split(" at line ").next().unwrap_or(&message);
            Diagnostic::new(Exit::Usage, "cannot read the policy document")
                .at(place)
                .because(message.trim_end_matches([':', ' ']))
                .remedy("see docs/policies.md for what a policy document holds")
        })
    }

    /// `file:line:column` of a value in this document.
    pub(crate) fn locate<T>(&self, value: &Located<T>) -> String {
        self.position(value.referenced.line(), value.referenced.column())
    }

    /// `file:line` of the document's first line.
    pub(crate) fn first_line(&self) -> String {
        let blank = self.text.lines().take_while(|line| line.trim().is_empty()).count();
        let line = self.lines_before + u64::try_from(blank).unwrap_or_default() + 1;
        format!("{}:{line}", self.place)
    }

    fn position(&self, line: u64, column: u64) -> String {
        format!("{}:{}:{column}", self.place, self.lines_before + line)
    }
}
