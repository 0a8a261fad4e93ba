//! What may stand before a document.

use super::Yaml;
use crate::fault::Fault;

impl Yaml<'_, '_> {
    /// Steps over a byte order mark and directives. `%YAML` changes nothing, and handles that
    /// `%TAG` names can only belong to tags that mean nothing here.
    pub(super) fn directives(&mut self) -> Result<(), Fault> {
        if !self.opens {
            self.rest_of_line();
            if self.line_break(self.at) == 0 {
                return Ok(());
            }
            self.token();
        }
        // Kubernetes' reader takes off one when it looks for the encoding, and one more.
        for _ in 0..2 {
            if self.bytes.get(self.at..self.at + 3) == Some("\u{feff}".as_bytes()) {
                self.pass(3);
            }
        }
        loop {
            self.token();
            if self.column() != 0 || self.peek() != Some(b'%') {
                return Ok(());
            }
            let end = self.line_end(self.at);
            let mut words = self.between(self.at, end).split_ascii_whitespace();
            match words.next() {
                Some("%TAG") => self.handles = true,
                Some("%YAML") => {}
                _ => return Err(Fault::malformed(self.at, "a directive that YAML does not have")),
            }
            self.at = end;
        }
    }
}
