//! CISA's catalogue of known exploited vulnerabilities, in its JSON form.

use jiff::Timestamp;
use serde::Deserialize;

/// Bytes of the catalogue; 1.3 MB in 2025.
pub(crate) const CATALOGUE_BYTES_MAX: u64 = 64 << 20;

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "dateReleased")]
    date_released: Option<String>,
    vulnerabilities: Vec<serde_json::Value>,
}

/// The catalogue, cut down to its names.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub cves: Vec<String>,
    pub released: Option<Timestamp>,
    /// Entries without a usable CVE.
    pub problems: u64,
}

/// Whether JSON that starts like this is the catalogue.
pub(crate) fn recognise(head: &[u8]) -> bool {
    memchr::memmem::find(head, b"\"catalogVersion\"").is_some()
}

/// Reads the catalogue. Errors are one line for people.
pub(crate) fn parse(bytes: &[u8]) -> Result<Catalogue, String> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let released = wire.date_released.and_then(|date| date.parse().ok());
    let mut catalogue = Catalogue { released, ..Catalogue::default() };
    for entry in wire.vulnerabilities {
        match entry.get("cveID").and_then(|cve| cve.as_str()).and_then(cve_key) {
            Some(cve) => catalogue.cves.push(cve),
            None => catalogue.problems += 1,
        }
    }
    Ok(catalogue)
}

/// A CVE id as it is stored and looked up: upper case. `None`: not a CVE id (CVE Program,
/// "CVE ID Syntax": `CVE-` year `-` four to nineteen digits).
pub(crate) fn cve_key(text: &str) -> Option<String> {
    let key = text.trim().to_ascii_uppercase();
    let (year, number) = key.strip_prefix("CVE-")?.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let valid = year.len() == 4 && digits(year) && (4..=19).contains(&number.len());
    (valid && digits(number)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_can() {
        let text = br#"{"title": "x", "catalogVersion": "2025.08.25",
            "dateReleased": "2025-08-25T17:04:19.9796Z", "count": 4, "vulnerabilities": [
            {"cveID": "CVE-2021-44228", "notes": "a"}, {"cveID": "cve-2014-0160"},
            {"cveID": "GHSA-x"}, {"cveID": 7}, {}]}"#;
        assert!(recognise(text));
        let catalogue = parse(text).unwrap();
        assert_eq!(catalogue.cves, ["CVE-2021-44228", "CVE-2014-0160"]);
        assert_eq!(catalogue.problems, 3);
        assert_eq!(catalogue.released.unwrap().as_second(), 1_756_141_459);
        assert!(parse(b"{\"vulnerabilities\": 1}").is_err());
        assert!(parse(b"{").is_err());
    }

    #[test]
    fn cve_syntax() {
        for bad in ["CVE-2021-1", "CVE-21-4444", "CVE-2021-44x8", "CVE-2021", "GHSA-1", ""] {
            assert_eq!(cve_key(bad), None, "{bad}");
        }
        assert_eq!(cve_key(" cve-2021-0001\n").unwrap(), "CVE-2021-0001");
    }
}
