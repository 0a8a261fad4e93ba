//! Whole documents against values written by hand from the specification of CycloneDX 1.6.

use super::*;
use cofferdam_model::{
    Digest, Evidence, Exploitation, Fix, ImageSource, Layer, Location, PackageKind, Platform,
    Severity, SourcePackage,
};
use serde_json::{Value, json};

fn package(kind: PackageKind, name: &str, version: &str, path: &str) -> Package {
    Package {
        kind,
        name: name.into(),
        version: version.into(),
        architecture: kind.is_distribution().then(|| "amd64".into()),
        source: None,
        location: Location { path: path.into(), layer: Some(0) },
        evidence: Evidence::Metadata,
        owner: None,
        license: None,
    }
}

fn image() -> Image {
    let digest = |byte| Some(Digest::sha256([byte; 32]));
    Image {
        name: Some("registry.test/shop/cart:1.2".into()),
        digest: digest(0xAA),
        id: digest(0xBB),
        platform: Some(Platform::default()),
        source: ImageSource::OciLayout,
        layers: vec![Layer {
            digest: digest(0xCC),
            diff_id: digest(0xDD),
            size_bytes: 1,
            created_by: None,
        }],
        ..Image::default()
    }
}

fn debian() -> Distribution {
    Distribution {
        id: "debian".into(),
        version: "12".into(),
        codename: "bookworm".into(),
        name: "Debian GNU/Linux 12 (bookworm)".into(),
        like: vec![],
    }
}

fn vulnerability(package: usize, fix: Fix) -> Vulnerability {
    Vulnerability {
        id: "CVE-2023-0001".into(),
        aliases: vec!["CVE-2023-0001".into(), "GHSA-aaaa-bbbb-cccc".into(), "PYSEC-2023-1".into()],
        advisories: vec!["DSA-5000-1".into()],
        package,
        summary: "Overflow".into(),
        severity: None,
        cvss_tenths: None,
        fix,
        exploitation: Exploitation::default(),
        malicious: false,
    }
}

fn render(bill: &Bill<'_>) -> Value {
    let mut json = Vec::new();
    write(bill, &mut json).unwrap();
    assert!(json.ends_with(b"}\n"));
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn the_target_and_its_system() {
    let (image, debian) = (image(), debian());
    let bill = Bill {
        distribution: Some(&debian),
        timestamp: Some(jiff::Timestamp::UNIX_EPOCH),
        program_version: "9.9.9",
        ..Bill::new("cart.tar", &image)
    };
    let json = render(&bill);
    let hex = "aa".repeat(32);
    assert_eq!(json["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
    assert_eq!(json["metadata"]["tools"]["components"][0]["version"], "9.9.9");
    let target = &json["metadata"]["component"];
    assert_eq!(target["type"], "container");
    assert_eq!(target["name"], "registry.test/shop/cart:1.2");
    assert_eq!(target["version"], "1.2");
    assert_eq!(
        target["purl"],
        format!(
            "pkg:oci/cart@sha256:{hex}?arch=amd64\
             &repository_url=registry.test%2Fshop%2Fcart&tag=1.2"
        )
    );
    assert_eq!(
        target["properties"],
        json!([
            {"name": "cofferdam:image:digest", "value": format!("sha256:{hex}")},
            {"name": "cofferdam:image:id", "value": format!("sha256:{}", "bb".repeat(32))},
            {"name": "cofferdam:image:platform", "value": "linux/amd64"},
            {"name": "cofferdam:image:layer:diffId", "value": format!("sha256:{}", "dd".repeat(32))},
        ])
    );
    assert_eq!(
        json["components"],
        json!([{
            "type": "operating-system",
            "bom-ref": "operating-system",
            "name": "debian",
            "version": "12",
            "description": "Debian GNU/Linux 12 (bookworm)",
            "properties": [{"name": "cofferdam:codename", "value": "bookworm"}],
        }])
    );
    assert_eq!(json["dependencies"], json!([{"ref": "target", "dependsOn": ["operating-system"]}]));
    assert!(json.get("vulnerabilities").is_none() && json.get("compositions").is_none());
}

#[test]
fn a_package_with_all_it_has() {
    let (image, debian) = (image(), debian());
    let mut libc = package(PackageKind::Deb, "libc6", "2.36-9", "var/lib/dpkg/status");
    libc.source = Some(SourcePackage { name: "glibc".into(), version: "2.36".into() });
    libc.license = Some("MIT".into());
    libc.owner = Some("base@1".into());
    let packages = [libc];
    let bill =
        Bill { distribution: Some(&debian), packages: &packages, ..Bill::new("cart.tar", &image) };
    assert_eq!(
        render(&bill)["components"][1],
        json!({
            "type": "library",
            "bom-ref": "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
            "name": "libc6",
            "version": "2.36-9",
            "licenses": [{"license": {"id": "MIT"}}],
            "purl": "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
            "evidence": {"occurrences": [{"location": "/var/lib/dpkg/status"}]},
            "properties": [
                {"name": "cofferdam:evidence", "value": "metadata"},
                {"name": "cofferdam:layer:index", "value": "0"},
                {"name": "cofferdam:layer:diffId", "value": format!("sha256:{}", "dd".repeat(32))},
                {"name": "cofferdam:sourcePackage", "value": "glibc"},
                {"name": "cofferdam:sourceVersion", "value": "2.36"},
                {"name": "cofferdam:owner", "value": "base@1"},
            ],
        })
    );
}

#[test]
fn groups_and_copies() {
    let image = Image::default();
    let packages = [
        package(PackageKind::Maven, "org.example:core", "1", "app.jar"),
        package(PackageKind::Npm, "@scope/left", "2", "a/package.json"),
        package(PackageKind::Npm, "@scope/left", "2", "b/package.json"),
        package(PackageKind::Npm, "@scope/left", "2", "b/package.json"),
        package(PackageKind::Go, "example.com/a/b", "v1", "bin/x"),
    ];
    let json = render(&Bill { packages: &packages, ..Bill::new("/srv/root", &image) });
    let all: Vec<_> = json["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["bom-ref"], one["group"], one["name"]).replace('"', ""))
        .collect();
    let left = "pkg:npm/%40scope/left@2";
    assert_eq!(
        all,
        [
            "pkg:maven/org.example/core@1 org.example core".to_owned(),
            format!("{left}#/a/package.json @scope left"),
            format!("{left}#/b/package.json @scope left"),
            format!("{left}#/b/package.json~2 @scope left"),
            "pkg:golang/example.com/a/b@v1 null example.com/a/b".to_owned(),
        ]
    );
    assert_eq!(json["dependencies"][0]["dependsOn"].as_array().unwrap().len(), 5);
    assert_eq!(json["metadata"]["component"]["type"], "file");
    assert_eq!(json["metadata"]["component"]["name"], "/srv/root");
}

#[test]
fn one_entry_for_one_vulnerability() {
    let (image, debian) = (image(), debian());
    let packages = [
        package(PackageKind::Deb, "libssl3", "3.0.1", "var/lib/dpkg/status"),
        package(PackageKind::Deb, "openssl", "3.0.1", "var/lib/dpkg/status"),
    ];
    let mut second = vulnerability(1, Fix::None);
    second.severity = Some(Severity::Critical);
    second.cvss_tenths = Some(98);
    second.exploitation = Exploitation { known_exploited: Some(true), epss: Some(0.5) };
    let vulnerabilities = [vulnerability(0, Fix::Version("3.0.2".into())), second];
    let bill = Bill {
        distribution: Some(&debian),
        packages: &packages,
        vulnerabilities: &vulnerabilities,
        incomplete: true,
        ..Bill::new("cart.tar", &image)
    };
    let json = render(&bill);
    let purl = |name: &str| format!("pkg:deb/debian/{name}@3.0.1?arch=amd64&distro=debian-12");
    assert_eq!(
        json["vulnerabilities"],
        json!([{
            "id": "CVE-2023-0001",
            "source": {"name": "NVD", "url": "https://nvd.nist.gov/vuln/detail/CVE-2023-0001"},
            "references": [
                {"id": "GHSA-aaaa-bbbb-cccc", "source": {
                    "name": "GitHub",
                    "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
                }},
                {"id": "PYSEC-2023-1", "source": {
                    "name": "OSV",
                    "url": "https://osv.dev/vulnerability/PYSEC-2023-1",
                }},
            ],
            "ratings": [{"score": 9.8, "severity": "critical"}],
            "description": "Overflow",
            "recommendation": "Upgrade libssl3 to 3.0.2.",
            "advisories": [{"url": "https://osv.dev/vulnerability/DSA-5000-1"}],
            "affects": [
                {"ref": purl("libssl3"), "versions": [
                    {"version": "3.0.1", "status": "affected"},
                    {"version": "3.0.2", "status": "unaffected"},
                ]},
                {"ref": purl("openssl"), "versions": [
                    {"version": "3.0.1", "status": "affected"},
                ]},
            ],
            "properties": [
                {"name": "cofferdam:knownExploited", "value": "true"},
                {"name": "cofferdam:epss", "value": "0.5"},
            ],
        }])
    );
    assert_eq!(
        json["compositions"],
        json!([{"aggregate": "incomplete", "assemblies": ["target"]}])
    );
    let mut unrated = [vulnerability(0, Fix::None)];
    unrated[0].advisories = vec!["RHSA-2023:1 <b>".into()];
    let json = render(&Bill { vulnerabilities: &unrated, ..bill });
    let page = "https://osv.dev/vulnerability/RHSA-2023:1%20%3Cb%3E";
    assert_eq!(json["vulnerabilities"][0]["advisories"], json!([{"url": page}]));
    assert_eq!(json["vulnerabilities"][0]["ratings"], json!([{"severity": "unknown"}]));
}

#[test]
fn the_serial_number_is_the_document() {
    let image = image();
    let bill = Bill::new("cart.tar", &image);
    let serial = |bill| render(bill)["serialNumber"].as_str().unwrap().to_owned();
    let number = serial(&bill);
    assert_eq!(serial(&bill), number);
    assert_ne!(serial(&Bill { incomplete: true, ..bill }), number);
    // Version 8 and variant 10 (RFC 9562, sections 4.1 and 4.2).
    let groups: Vec<_> = number.strip_prefix("urn:uuid:").unwrap().split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(groups[2].starts_with('8') && groups[3].starts_with(['8', '9', 'a', 'b']));
}

#[test]
fn licences_are_ids_only_when_plain() {
    let image = Image::default();
    for (declared, expected) in [
        (Some("Apache-2.0"), json!([{"license": {"id": "Apache-2.0"}}])),
        (Some("MIT OR Apache-2.0"), json!([{"license": {"name": "MIT OR Apache-2.0"}}])),
        (Some(" "), Value::Null),
        (None, Value::Null),
    ] {
        let mut package = package(PackageKind::Cargo, "a", "1", "bin/a");
        package.license = declared.map(Into::into);
        let packages = [package];
        let json = render(&Bill { packages: &packages, ..Bill::new("x", &image) });
        assert_eq!(json["components"][0]["licenses"], expected);
    }
}
