//! Numbers.

use super::Json;
use crate::{fault::Fault, tree::Leaf};

impl Json<'_> {
    /// A number: whole if it is written so and fits, else a float.
    pub(super) fn number(&mut self) -> Result<Leaf, Fault> {
        let start = self.at;
        let wrong = |at| Fault::malformed(at, "a number that JSON does not allow");
        self.at += usize::from(self.peek() == Some(b'-'));
        let leading = self.peek();
        let count = self.digits();
        if count == 0 || leading == Some(b'0') && count > 1 {
            return Err(wrong(start));
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            if self.digits() == 0 {
                return Err(wrong(start));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(wrong(start));
            }
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        let digits = str::from_utf8(digits).map_err(|_| wrong(start))?;
        if let Some(value) = digits.parse().ok().filter(|_| whole) {
            return Ok(Leaf::Int(value));
        }
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Leaf::Float(value)),
            _ => Err(Fault::malformed(start, "a number that is too large")),
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - start
    }
}
