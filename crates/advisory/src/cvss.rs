//! CVSS vectors to scores.

use ::cvss::Cvss;

/// Longer than any vector with every optional metric of version 4.0 (under 220 bytes).
const VECTOR_BYTES_MAX: usize = 512;

/// The score of a vector of CVSS 2.0, 3.0, 3.1 or 4.0 in tenths: the base score, and for 4.0 with
/// its threat metrics where the vector has them. `None`: not a complete vector.
pub(crate) fn score_tenths(vector: &str) -> Option<u8> {
    if vector.len() > VECTOR_BYTES_MAX {
        return None;
    }
    let vector = vector.parse::<Cvss>().ok()?;
    // The parser takes a version 3 vector that lacks metrics and counts them as nothing.
    if let Cvss::CvssV30(base) | Cvss::CvssV31(base) = &vector {
        base.av?;
        base.ac?;
        base.pr?;
        base.ui?;
        base.s?;
        base.c?;
        base.i?;
        base.a?;
    }
    let score = vector.score();
    (0..=100).find(|tenths| (f64::from(*tenths) - score * 10.0).abs() < 0.5)
}

#[cfg(test)]
mod tests {
    use super::score_tenths;

    fn check(vector: &str, expected: Option<u8>) {
        assert_eq!(score_tenths(vector), expected, "{vector}");
    }

    /// From the examples documents that first.org publishes with each version: v2 guide section
    /// 3.3 (CVE-2002-0392, CVE-2003-0818, CVE-2003-0062), v3.1 examples (CVE-2013-1937,
    /// CVE-2013-0375, CVE-2014-3566, CVE-2012-1516, CVE-2014-0160, CVE-2014-6271), v3.0 rounding,
    /// v4.0 examples (CVE-2022-41741, CVE-2020-3549, CVE-2023-3089,
    /// CVE-2022-21830, CVE-2014-0160, CVE-2021-44228).
    #[test]
    fn published_examples() {
        check("AV:N/AC:L/Au:N/C:N/I:N/A:C", Some(78));
        check("AV:N/AC:L/Au:N/C:C/I:C/A:C", Some(100));
        check("AV:L/AC:H/Au:N/C:C/I:C/A:C", Some(62));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some(61));
        check("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", Some(64));
        check("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", Some(31));
        check("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", Some(99));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Some(75));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(98));
        check("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(98));
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Some(0));
        check("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(73));
        check("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(77));
        check("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", Some(83));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", Some(51));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", Some(87));
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", Some(100));
    }

    /// What is incomplete has no score: assumed metrics would be an invented severity.
    #[test]
    fn incomplete_vectors_have_none() {
        for bad in [
            "",
            "HIGH",
            "7.5",
            "CVSS:3.1",
            "CVSS:3.1/AV:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
            "CVSS:4.0/AV:N",
            "CVSS:5.0/AV:N/AC:L",
            "AV:N/AC:L",
            "CVSS:3.1/AV:N/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/ZZ:H",
        ] {
            check(bad, None);
        }
        check(&"A".repeat(10_000), None);
    }
}
