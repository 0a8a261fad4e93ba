//! Which product and release of endoflife.date a distribution is, and until when it is supported.

use crate::encoding::{Decoder, put_time};
use cofferdam_model::{Distribution, Lifecycle};
use jiff::Timestamp;

/// How much of `VERSION_ID` names a release.
#[derive(Clone, Copy)]
enum Precision {
    /// All of it: `22.04`.
    Whole,
    /// Up to the first dot: `9` of `9.4`.
    Major,
    /// Up to the second dot: `3.20` of `3.20.1`; `15` is `15.0`.
    Minor,
}

/// `ID` of os-release, product, precision.
const PRODUCTS: &[(&str, &str, Precision)] = &[
    ("debian", "debian", Precision::Whole),
    ("ubuntu", "ubuntu", Precision::Whole),
    ("alpine", "alpine-linux", Precision::Minor),
    ("rhel", "rhel", Precision::Major),
    ("centos", "centos", Precision::Major),
    ("rocky", "rocky-linux", Precision::Major),
    ("almalinux", "almalinux", Precision::Major),
    ("fedora", "fedora", Precision::Whole),
    ("amzn", "amazon-linux", Precision::Whole),
    ("ol", "oracle-linux", Precision::Major),
    ("opensuse-leap", "opensuse", Precision::Minor),
    ("sles", "sles", Precision::Minor),
    ("photon", "vmware-photon", Precision::Minor),
    ("linuxmint", "linuxmint", Precision::Whole),
    ("devuan", "devuan", Precision::Major),
    ("nixos", "nixos", Precision::Whole),
];

/// Products whose extended support is free for everybody. Elsewhere (Ubuntu Pro, RHEL ELS, LTSS)
/// it is a subscription, and a scan cannot know whether the image's user has one.
const FREE_EXTENDED_SUPPORT: &[&str] = &["debian"];

/// The product and release that a distribution is; `None` for rolling and unknown ones.
pub(crate) fn product(distribution: &Distribution) -> Option<(&'static str, String)> {
    let stream = distribution.id == "centos" && distribution.name.contains("Stream");
    let (_, product, precision) = PRODUCTS.iter().find(|(id, ..)| *id == distribution.id)?;
    let version = distribution.version.as_str();
    // Pre-releases (`3.21_alpha20240807`, `rawhide`) are no release.
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version.split('.').all(numeric).then_some(())?;
    let mut parts = version.split('.');
    let major = parts.next()?;
    let release = match precision {
        Precision::Whole => version.to_owned(),
        Precision::Major => major.to_owned(),
        Precision::Minor => format!("{major}.{}", parts.next().unwrap_or("0")),
    };
    Some((if stream { "centos-stream" } else { product }, release))
}

/// When support of a release ends, as stored.
pub(crate) struct Ends {
    end_of_life: Option<Timestamp>,
    end_of_extended_support: Option<Timestamp>,
}

impl Ends {
    pub(crate) fn lifecycle(self, product: &str, release: &str) -> Lifecycle {
        let extended = self.end_of_extended_support;
        let extended = extended.filter(|_| FREE_EXTENDED_SUPPORT.contains(&product));
        Lifecycle {
            product: product.to_owned(),
            release: release.to_owned(),
            end_of_life: self.end_of_life,
            end_of_extended_support: extended.filter(|end| self.end_of_life < Some(*end)),
        }
    }
}

/// The value of a release in its table. A time of 1970 would read as none, and support never
/// ended that day: it stands for "over, nobody says since when" and is moved by a second.
pub(crate) fn encode(
    end_of_life: Option<Timestamp>,
    end_of_extended_support: Option<Timestamp>,
) -> Vec<u8> {
    let mut out = Vec::new();
    for end in [end_of_life, end_of_extended_support] {
        let earliest = Timestamp::from_second(1).ok();
        put_time(&mut out, end.map(|end| earliest.map_or(end, |earliest| end.max(earliest))));
    }
    out
}

/// Reads back what [`encode`] wrote; `None` is damage.
pub(crate) fn decode(value: &[u8]) -> Option<Ends> {
    let mut decoder = Decoder::new(value);
    let ends = Ends { end_of_life: decoder.time()?, end_of_extended_support: decoder.time()? };
    decoder.is_empty().then_some(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, version: &str, name: &str, expected: Option<(&str, &str)>) {
        let distribution = Distribution {
            id: id.into(),
            version: version.into(),
            name: name.into(),
            ..Distribution::default()
        };
        let found = product(&distribution);
        let found = found.as_ref().map(|(product, release)| (*product, release.as_str()));
        assert_eq!(found, expected, "{id} {version}");
    }

    /// `ID`, `VERSION_ID` and `PRETTY_NAME` as the distributions' own os-release files have them.
    #[test]
    fn os_release_to_product() {
        check("debian", "12", "Debian GNU/Linux 12 (bookworm)", Some(("debian", "12")));
        check("debian", "", "Debian GNU/Linux forky/sid", None);
        check("ubuntu", "22.04", "Ubuntu 22.04.5 LTS", Some(("ubuntu", "22.04")));
        check("alpine", "3.20.1", "Alpine Linux v3.20", Some(("alpine-linux", "3.20")));
        check("alpine", "3.21_alpha20240807", "Alpine Linux edge", None);
        check("rhel", "9.4", "Red Hat Enterprise Linux 9.4 (Plow)", Some(("rhel", "9")));
        check("centos", "7", "CentOS Linux 7 (Core)", Some(("centos", "7")));
        check("centos", "9", "CentOS Stream 9", Some(("centos-stream", "9")));
        check("rocky", "9.3", "Rocky Linux 9.3 (Blue Onyx)", Some(("rocky-linux", "9")));
        check("almalinux", "8.10", "AlmaLinux 8.10", Some(("almalinux", "8")));
        check("fedora", "43", "Fedora Linux 43", Some(("fedora", "43")));
        check("amzn", "2023", "Amazon Linux 2023.6.20241010", Some(("amazon-linux", "2023")));
        check("amzn", "2018.03", "Amazon Linux AMI 2018.03", Some(("amazon-linux", "2018.03")));
        check("ol", "9.4", "Oracle Linux Server 9.4", Some(("oracle-linux", "9")));
        check("opensuse-leap", "15.6", "openSUSE Leap 15.6", Some(("opensuse", "15.6")));
        check("opensuse-tumbleweed", "20241010", "openSUSE Tumbleweed", None);
        check("sles", "15.6", "SUSE Linux Enterprise Server 15 SP6", Some(("sles", "15.6")));
        check("sles", "15", "SUSE Linux Enterprise Server 15", Some(("sles", "15.0")));
        check("photon", "5.0", "VMware Photon OS/Linux", Some(("vmware-photon", "5.0")));
        check("wolfi", "20230201", "Wolfi", None);
        check("", "", "", None);
    }

    #[test]
    fn extended_support_counts_when_free_and_later() {
        let day = |day: i64| Timestamp::from_second(day * 86_400).ok();
        let check = |product, end, extended, expected| {
            let ends = decode(&encode(end, extended)).unwrap();
            assert_eq!(ends.lifecycle(product, "1").end_of_extended_support, expected);
        };
        check("debian", day(10), day(20), day(20));
        check("debian", day(20), day(20), None);
        check("ubuntu", day(10), day(20), None);
        let over = decode(&encode(Some(Timestamp::UNIX_EPOCH), None)).unwrap();
        assert!(over.end_of_life.is_some());
    }
}
