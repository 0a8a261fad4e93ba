//! Where the feeds are published, as data.

/// A feed that anybody may fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedFeed {
    /// The name by which its address can be changed: `osv-debian`, `kev`.
    pub name: &'static str,
    /// Its address.
    pub url: &'static str,
}

/// The address of OSV's archive of one ecosystem, percent-encoded.
macro_rules! osv {
    ($ecosystem:literal) => {
        concat!("https://osv-vulnerabilities.storage.googleapis.com/", $ecosystem, "/all.zip")
    };
}

const fn feed(name: &'static str, url: &'static str) -> PublishedFeed {
    PublishedFeed { name, url }
}

/// Bytes that any of them may have. PyPI is 9 MB; npm with its malware is the largest.
pub const PUBLISHED_BYTES_MAX: u64 = 2 << 30;

/// What `cofferdam advisory update` fetches. GIT-only ecosystems and those that no inventory
/// reads yet are left out.
pub const PUBLISHED: &[PublishedFeed] = &[
    feed("osv-debian", osv!("Debian")),
    feed("osv-ubuntu", osv!("Ubuntu")),
    feed("osv-alpine", osv!("Alpine")),
    feed("osv-rocky", osv!("Rocky%20Linux")),
    feed("osv-almalinux", osv!("AlmaLinux")),
    feed("osv-redhat", osv!("Red%20Hat")),
    feed("osv-opensuse", osv!("openSUSE")),
    feed("osv-suse", osv!("SUSE")),
    feed("osv-wolfi", osv!("Wolfi")),
    feed("osv-chainguard", osv!("Chainguard")),
    feed("osv-pypi", osv!("PyPI")),
    feed("osv-npm", osv!("npm")),
    feed("osv-go", osv!("Go")),
    feed("osv-crates", osv!("crates.io")),
    feed("osv-maven", osv!("Maven")),
    feed(
        "kev",
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
    ),
    feed("epss", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"),
    feed(
        "end-of-life",
        "https://github.com/endoflife-date/endoflife.date/archive/refs/heads/master.tar.gz",
    ),
];

#[cfg(test)]
mod tests {
    use super::PUBLISHED;

    #[test]
    fn names_and_addresses_are_unique() {
        for (at, feed) in PUBLISHED.iter().enumerate() {
            assert!(feed.url.starts_with("https://"), "{}", feed.url);
            let others = PUBLISHED.iter().skip(at + 1);
            assert!(others.clone().all(|other| other.name != feed.name), "{}", feed.name);
            assert!(others.clone().all(|other| other.url != feed.url), "{}", feed.url);
        }
    }
}
