//! The facts that `docs/policies.md` promises are there, and say what it says.

use super::now;
use crate::{Database, Facts, ImageFacts, Known, Outcome, Policy, Unknown, judge};
use cofferdam_model::{
    Coverage, CoverageStatus, Digest, Distribution, Evidence, Exploitation, Fix, Image,
    ImageConfig, ImageSource, Layer, Lifecycle, Location, Package, PackageKind, Platform, Problem,
    ProblemKind, Secret, SecretPlace, Severity, Vulnerability,
};

fn image() -> Image {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Image {
        name: Some("docker.io/library/shop:1".into()),
        digest: Some(Digest::sha256([0xaa; 32])),
        id: Some(Digest::sha256([0xbb; 32])),
        platform: Some(Platform::default()),
        source: ImageSource::Registry,
        config: ImageConfig {
            user: "app".into(),
            env: vec![pair("PATH", "/old"), pair("PATH", "/bin")],
            labels: vec![pair("org.opencontainers.image.title", "shop")],
            entrypoint: vec!["/init".into()],
            command: vec!["serve".into(), "--all".into()],
            exposed_ports: vec!["80/tcp".into()],
            volumes: vec!["/data".into()],
            working_directory: "/srv".into(),
            created: Some(now()),
            history: Vec::new(),
        },
        layers: vec![Layer {
            digest: Some(Digest::sha256([0xcc; 32])),
            diff_id: None,
            size_bytes: 42,
            created_by: Some("COPY".into()),
        }],
    }
}

fn package() -> Package {
    Package {
        kind: PackageKind::Npm,
        name: "@scope/a".into(),
        version: "1.0.0".into(),
        architecture: None,
        source: None,
        location: Location { path: "app/package.json".into(), layer: Some(2) },
        evidence: Evidence::Metadata,
        owner: None,
        license: Some("MIT".into()),
    }
}

fn vulnerability() -> Vulnerability {
    Vulnerability {
        id: "CVE-1".into(),
        aliases: vec!["GHSA-1".into()],
        advisories: vec!["GHSA-1".into()],
        package: 0,
        summary: "Bad".into(),
        severity: Some(Severity::High),
        cvss_tenths: Some(75),
        fix: Fix::Version("1.0.1".into()),
        exploitation: Exploitation { known_exploited: Some(true), epss: Some(0.25) },
        malicious: false,
    }
}

fn secret(place: SecretPlace) -> Secret {
    let (masked, evidence) = ("x…y".into(), "checksum valid".into());
    Secret { kind: "key", title: "key", place, line: Some(3), masked, evidence }
}

/// Every expression must be true of the same image.
#[test]
fn every_documented_fact() {
    let (image, packages, vulnerabilities) = (image(), [package()], [vulnerability()]);
    let distribution =
        Distribution { id: "debian".into(), version: "12".into(), ..Distribution::default() };
    let lifecycle = Lifecycle {
        product: "debian".into(),
        release: "12".into(),
        end_of_life: Some(now()),
        end_of_extended_support: None,
    };
    let file = Location { path: "a.env".into(), layer: Some(1) };
    let secrets = [
        secret(SecretPlace::File {
            location: file,
            deleted_in: Some(2),
            published_by: Some("tornado".into()),
        }),
        secret(SecretPlace::Env("TOKEN".into())),
        secret(SecretPlace::History(4)),
    ];
    let status = CoverageStatus::Loaded { advisories: 9, newest: Some(now()) };
    let coverage = [
        Coverage { ecosystem: "npm".into(), packages: 1, status },
        Coverage { ecosystem: "Go".into(), packages: 2, status: CoverageStatus::NoSource },
    ];
    let problems = [Problem::at(ProblemKind::Truncated, "x.jar", "ends early")];
    let database = Some(Database { name: "test", date: None });
    let facts = Facts::image(ImageFacts {
        image: &image,
        distribution: Some(&distribution),
        distribution_location: None,
        lifecycle: Ok(&lifecycle),
        packages: &packages,
        vulnerabilities: Ok(&vulnerabilities),
        coverage: &coverage,
        secrets: &secrets,
        problems: &problems,
        advisories: database,
        exploited: database,
        epss: database,
    });
    for expression in EXPRESSIONS {
        let verdict = judge(&rule(expression), &facts, now());
        assert_eq!(verdict.outcome, Outcome::Pass, "{expression}: {:#?}", verdict.findings);
    }
}

fn rule(expression: &str) -> Policy {
    super::policy(&format!("validations:\n  - expression: >-\n      {expression}"))
}

const EXPRESSIONS: &[&str] = &[
    "image.name == 'docker.io/library/shop:1' && image.digest.startsWith('sha256:aaaa')",
    "image.id.startsWith('sha256:bbbb') && image.platform == 'linux/amd64'",
    "image.source == 'registry' && !has(dyn(image).other)",
    "image.config.user == 'app' && image.config.workingDirectory == '/srv'",
    "image.config.created == now && image.config.entrypoint == ['/init']",
    "image.config.command.join(' ') == 'serve --all' && '80/tcp' in image.config.exposedPorts",
    "image.config.volumes[0] == '/data' && image.config.env.PATH == '/bin'",
    "image.config.labels['org.opencontainers.image.title'] == 'shop'",
    "image.config.labels.all(key, key.startsWith('org.')) && size(image.config.labels) == 1",
    "image.layers[0].digest.endsWith('cc') && !has(image.layers[0].diffId)",
    "image.layers[0].sizeBytes == 42 && image.layers[0].createdBy == 'COPY'",
    "image.distribution.id + image.distribution.version == 'debian12'",
    "image.distribution.codename == '' && image.distribution.name == ''",
    "image.distribution.endOfLife == now && !has(image.distribution.endOfExtendedSupport)",
    "image.packages.exists_one(p, p.name == '@scope/a' && p.version == '1.0.0')",
    "image.packages[0].kind == 'npm' && image.packages[0].label == 'npm package'",
    "image.packages[0].purl == 'pkg:npm/%40scope/a@1.0.0' && image.packages[0].license == 'MIT'",
    "image.packages[0].path == 'app/package.json' && image.packages[0].layer == 2",
    "!has(image.packages[0].owner) && !has(image.packages[0].architecture)",
    "image.vulnerabilities[0].id == 'CVE-1' && 'GHSA-1' in image.vulnerabilities[0].aliases",
    "image.vulnerabilities[0].advisories == ['GHSA-1']",
    "image.vulnerabilities[0].package == image.packages[0]",
    "image.secrets[0] != image.secrets[1] && image.coverage[0] != image.coverage[1]",
    "image.distribution.map(key, key).join(' ') == 'id version codename name endOfLife'",
    "size(image.packages[0]) == 8",
    "image.vulnerabilities[0].summary == 'Bad' && image.vulnerabilities[0].severity == 'high'",
    "image.vulnerabilities[0].cvss == 7.5 && image.vulnerabilities[0].fixable",
    "image.vulnerabilities[0].fixedVersion == '1.0.1' && !image.vulnerabilities[0].malicious",
    "image.vulnerabilities[0].knownExploited && image.vulnerabilities[0].epss == 0.25",
    "image.coverage[0].covered && image.coverage[0].advisories == 9",
    "image.coverage[0].ecosystem == 'npm' && image.coverage[0].newest == now",
    "!image.coverage[1].covered && image.coverage[1].packages == 2",
    "!has(image.coverage[1].advisories) && !has(image.coverage[1].newest)",
    "image.secrets[0].kind == 'key' && image.secrets[0].title == 'key'",
    "image.secrets[0].place == 'file' && image.secrets[0].path == 'a.env'",
    "image.secrets[0].layer == 1 && image.secrets[0].deletedIn == 2",
    "image.secrets[0].publishedBy == 'tornado' && !has(image.secrets[1].publishedBy)",
    "image.secrets[0].line == 3 && image.secrets[0].masked == 'x…y'",
    "image.secrets[0].evidence == 'checksum valid' && !has(image.secrets[0].name)",
    "image.secrets[1].place == 'env' && image.secrets[1].name == 'TOKEN'",
    "image.secrets[2].place == 'history' && image.secrets[2].step == 4",
    "image.problems[0].kind == 'truncated' && image.problems[0].code == 'CFD-P002'",
    "image.problems[0].detail == 'ends early' && image.problems[0].path == 'x.jar'",
    "!has(image.problems[0].layer) && size(image.problems) == 1",
];

fn bare<'a>(image: &'a Image, vulnerabilities: Known<&'a [Vulnerability]>) -> Facts<'a> {
    Facts::image(ImageFacts {
        image,
        distribution: None,
        distribution_location: None,
        lifecycle: Err(Unknown::because("there is no distribution")),
        packages: &[],
        vulnerabilities,
        coverage: &[],
        secrets: &[],
        problems: &[],
        advisories: None,
        exploited: None,
        epss: None,
    })
}

/// What is not there is absent or unknown, each where the documentation says so.
#[test]
fn absent_and_unknown() {
    let image = Image::default();
    let outcome =
        |expression: &str, facts: &Facts<'_>| judge(&rule(expression), facts, now()).outcome;
    let unknown = bare(&image, Err(Unknown::because("no advisory database is loaded")));
    for expression in ["has(image.name)", "has(image.config)", "has(image.distribution)"] {
        assert_eq!(outcome(expression, &unknown), Outcome::Fail, "{expression}");
    }
    assert_eq!(outcome("size(image.vulnerabilities) == 0", &unknown), Outcome::Unknown);
    assert_eq!(outcome("size(image.vulnerabilities) == 0", &bare(&image, Ok(&[]))), Outcome::Pass);
    let found = [Vulnerability {
        severity: None,
        cvss_tenths: None,
        fix: Fix::None,
        exploitation: Exploitation::default(),
        ..vulnerability()
    }];
    let bare = bare(&image, Ok(&found));
    for field in ["severity", "cvss", "knownExploited", "epss"] {
        let expression = format!("has(image.vulnerabilities[0].{field})");
        assert_eq!(outcome(&expression, &bare), Outcome::Unknown, "{field}");
    }
    assert_eq!(outcome("has(image.vulnerabilities[0].fixedVersion)", &bare), Outcome::Fail);
}

/// A layer of which nobody knows what else is in it makes no list longer than it is, nor empty.
#[test]
fn how_many_there_are_is_unknown_where_there_is_a_rest() {
    let image = Image::default();
    let problem = |location| {
        let detail = "ends early".to_owned();
        [Problem { kind: ProblemKind::Truncated, location, detail }]
    };
    let layer = problem(Some(Location { path: String::new(), layer: Some(0) }));
    let database = problem(Some(Location::path("var/lib/dpkg/status")));
    let outcome = |problems: &[Problem], packages: &[Package], expression: &str| {
        let facts = Facts::image(ImageFacts {
            image: &image,
            distribution: None,
            distribution_location: None,
            lifecycle: Err(Unknown::because("there is no distribution")),
            packages,
            vulnerabilities: Ok(&[]),
            coverage: &[],
            secrets: &[],
            problems,
            advisories: None,
            exploited: None,
            epss: None,
        });
        judge(&rule(expression), &facts, now()).outcome
    };
    for list in ["packages", "vulnerabilities", "coverage", "secrets"] {
        for test in ["size() == 0", "size() > 0", "exists(one, true)"] {
            let expression = format!("image.{list}.{test}");
            assert_eq!(outcome(&layer, &[], &expression), Outcome::Unknown, "{expression}");
            let expected = match (list, test) {
                ("secrets", "size() == 0") => Outcome::Pass,
                ("secrets", _) => Outcome::Fail,
                _ => Outcome::Unknown,
            };
            assert_eq!(outcome(&database, &[], &expression), expected, "{expression}");
        }
    }
    let one = [package()];
    assert_eq!(outcome(&layer, &one, "image.packages.exists(one, true)"), Outcome::Pass);
    assert_eq!(outcome(&layer, &one, "image.packages.size() == 1"), Outcome::Unknown);
    assert_eq!(outcome(&layer, &one, "size(image.problems) == 1"), Outcome::Pass);
}
