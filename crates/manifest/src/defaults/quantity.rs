//! Quantities, as far as adding and comparing those of containers needs them.

/// An amount of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    thousandths: i128,
    /// Written with suffixes of 1024 (`Ki`), not of 1000.
    binary: bool,
}

const DECIMAL: &[(&str, i128)] = &[
    ("m", 1),
    ("", 1000),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000_000),
];

const BINARY: &[&str] = &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    pub(super) const ZERO: Self = Self { thousandths: 0, binary: false };

    /// A whole number and a suffix, which is how requests are written; nothing of all else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, suffix) = text.split_at(digits);
        // More digits than a 64 bit number has are no amount of anything.
        let number: i128 = number.parse().ok().filter(|_| digits <= 18)?;
        let decimal = DECIMAL.iter().find(|(own, _)| *own == suffix);
        if let Some((_, thousandths)) = decimal {
            return Some(Self { thousandths: number * thousandths, binary: false });
        }
        let power = BINARY.iter().position(|own| *own == suffix)?;
        let factor = 1024_i128.checked_pow(u32::try_from(power).ok()?)?;
        Some(Self { thousandths: number.checked_mul(factor)?.checked_mul(1000)?, binary: true })
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let first = if self.thousandths == 0 { other } else { self };
        let thousandths = self.thousandths.saturating_add(other.thousandths);
        Self { thousandths, binary: first.binary }
    }

    pub(super) fn or_more(self, other: Self) -> Self {
        if other.thousandths > self.thousandths { other } else { self }
    }
}

impl std::fmt::Display for Quantity {
    /// With the greatest suffix that needs no fraction.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.binary && self.thousandths >= 1_024_000 {
            let mut number = (self.thousandths + 999) / 1000;
            let mut suffixes = BINARY.iter();
            let mut suffix = suffixes.next();
            while number % 1024 == 0 && suffixes.len() > 0 {
                number /= 1024;
                suffix = suffixes.next();
            }
            return write!(formatter, "{number}{}", suffix.unwrap_or(&""));
        }
        if self.thousandths == 0 {
            return formatter.write_str("0");
        }
        let fits = |(_, factor): &&(&str, i128)| self.thousandths % factor == 0;
        let (suffix, factor) = DECIMAL.iter().rfind(fits).unwrap_or(&("m", 1));
        write!(formatter, "{}{suffix}", self.thousandths / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    fn check(text: &str, plus: &str, sum: &str) {
        let quantity = Quantity::parse(text).unwrap().plus(Quantity::parse(plus).unwrap());
        assert_eq!(quantity.to_string(), sum, "{text} + {plus}");
    }

    #[test]
    fn sums_are_written_with_the_greatest_suffix() {
        check("100m", "900m", "1");
        check("1500m", "0", "1500m");
        check("512Mi", "512Mi", "1Gi");
        check("1Gi", "1Mi", "1025Mi");
        check("0", "1Gi", "1Gi");
        check("500k", "500k", "1M");
        check("1Ki", "1", "1025");
        check("0", "0", "0");
        for text in ["", "x", "1.5", "1e3", "-1", "1Zi", "99999999999999999999"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
