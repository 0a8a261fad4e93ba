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

    /// A number without a sign, and a suffix; nothing of what is no quantity. Thousandths are
    /// rounded up, as in Kubernetes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        // More digits than a 64 bit number has are no amount of anything.
        if whole.len() + fraction.len() == 0 || whole.len() > 18 || fraction.len() > 9 {
            return None;
        }
        let billionths: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
        let (thousandths, binary) = factor(suffix)?;
        let product = billionths.checked_mul(thousandths)?;
        let thousandths = product.checked_add(999_999_999)? / 1_000_000_000;
        Some(Self { thousandths, binary })
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

/// How many thousandths a suffix stands for, and whether it is one of 1024.
fn factor(suffix: &str) -> Option<(i128, bool)> {
    if let Some((_, thousandths)) = DECIMAL.iter().find(|(own, _)| *own == suffix) {
        return Some((*thousandths, false));
    }
    if let Some(exponent) = suffix.strip_prefix(['e', 'E']) {
        let exponent: u32 = exponent.parse().ok().filter(|exponent| *exponent <= 18)?;
        return Some((10_i128.pow(exponent) * 1000, false));
    }
    let power = BINARY.iter().position(|own| *own == suffix)?;
    Some((1024_i128.pow(u32::try_from(power).ok()?) * 1000, true))
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
        check("0.5", "1500m", "2");
        check("1.5Gi", "0", "1536Mi");
        check("1e3", ".5", "1000500m");
        check("0.0001", "0", "1m");
        check("0", "0", "0");
        for text in [
            "",
            "x",
            ".",
            "1.2.3",
            "1e-3",
            "-1",
            "1Zi",
            "99999999999999999999",
            "999999999999999999E",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
