//! What a scan saw, as the store keeps it: enough to judge the image again without its bytes.
//!
//! JSON, compressed with zstd. Environment variables, labels and commands that hold a credential
//! are kept without it, as everywhere.

use cofferdam_assess::{Contents, Size};
use cofferdam_bounds::{Capped, read_all};
use cofferdam_model::{
    Digest, Distribution, Evidence, History, Image, ImageConfig, ImageSource, Layer, Location,
    Package, PackageKind, Problem, ProblemKind, Secret, SecretPlace, SourcePackage,
};
use serde::{Deserialize, Serialize};
use std::io;

/// The form of the document; others are not read, and the image is scanned again.
const VERSION: u32 = 1;

/// Bytes of the document. A scan keeps at most 48 MiB of facts.
const BYTES_MAX: u64 = 128 << 20;

/// A fifth of the size of level 3 costs nothing for documents that are written once.
const ZSTD_LEVEL: i32 = 9;

/// What stands in place of what may be a credential.
const HIDDEN: &str = "(not kept)";

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    image: WireImage,
    distribution: Option<WireDistribution>,
    distribution_location: Option<Place>,
    packages: Vec<WirePackage>,
    secrets: Vec<WireSecret>,
    problems: Vec<WireProblem>,
    bytes: u64,
    entries: u64,
}

#[derive(Serialize, Deserialize)]
struct WireImage {
    name: Option<String>,
    digest: Option<String>,
    id: Option<String>,
    platform: Option<String>,
    source: u8,
    user: String,
    env: Vec<(String, String)>,
    labels: Vec<(String, String)>,
    entrypoint: Vec<String>,
    command: Vec<String>,
    ports: Vec<String>,
    volumes: Vec<String>,
    directory: String,
    created: Option<String>,
    history: Vec<(String, bool)>,
    layers: Vec<WireLayer>,
}

#[derive(Serialize, Deserialize)]
struct WireLayer {
    digest: Option<String>,
    diff_id: Option<String>,
    size: u64,
    created_by: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireDistribution {
    id: String,
    version: String,
    codename: String,
    name: String,
    like: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Place {
    path: String,
    layer: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct WirePackage {
    kind: String,
    name: String,
    version: String,
    architecture: Option<String>,
    source: Option<(String, String)>,
    place: Place,
    evidence: u8,
    owner: Option<String>,
    license: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireSecret {
    kind: String,
    place: WireSecretPlace,
    line: Option<u32>,
    masked: String,
    evidence: String,
}

#[derive(Serialize, Deserialize)]
enum WireSecretPlace {
    File { place: Place, deleted_in: Option<usize>, published_by: Option<String> },
    Env(String),
    Label(String),
    Command,
    History(usize),
}

#[derive(Serialize, Deserialize)]
struct WireProblem {
    kind: String,
    place: Option<Place>,
    detail: String,
}

const SOURCES: [ImageSource; 4] = [
    ImageSource::DockerArchive,
    ImageSource::OciLayout,
    ImageSource::Registry,
    ImageSource::RootFilesystem,
];

const EVIDENCE: [Evidence; 4] =
    [Evidence::Metadata, Evidence::BuildInfo, Evidence::Manifest, Evidence::FileName];

const KINDS: [PackageKind; 8] = [
    PackageKind::Deb,
    PackageKind::Apk,
    PackageKind::Rpm,
    PackageKind::Python,
    PackageKind::Npm,
    PackageKind::Go,
    PackageKind::Cargo,
    PackageKind::Maven,
];

/// Writes what a scan saw.
pub fn encode(contents: &Contents) -> io::Result<Vec<u8>> {
    let document = Document {
        version: VERSION,
        image: image(&contents.image, &contents.secrets),
        distribution: contents.distribution.as_ref().map(distribution),
        distribution_location: contents.distribution_location.as_ref().map(place),
        packages: contents.packages.iter().map(package).collect(),
        secrets: contents.secrets.iter().map(secret).collect(),
        problems: contents.problems.iter().map(problem).collect(),
        bytes: contents.size.bytes,
        entries: contents.size.entries,
    };
    let json = serde_json::to_vec(&document).map_err(io::Error::other)?;
    zstd::bulk::compress(&json, ZSTD_LEVEL)
}

/// Reads what a scan saw. An error means that the image has to be scanned again.
pub fn decode(bytes: &[u8]) -> io::Result<Contents> {
    let decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
    let capped = Capped::new(decoder, BYTES_MAX, "bytes of the report");
    let json = read_all(capped, BYTES_MAX, "bytes of the report")?;
    let document: Document = serde_json::from_slice(&json).map_err(io::Error::other)?;
    if document.version != VERSION {
        return Err(io::Error::other(format!("a report of form {}", document.version)));
    }
    Ok(Contents {
        image: image_of(document.image),
        distribution: document.distribution.map(distribution_of),
        distribution_location: document.distribution_location.map(place_of),
        packages: document.packages.into_iter().filter_map(package_of).collect(),
        secrets: document.secrets.into_iter().filter_map(secret_of).collect(),
        problems: document.problems.into_iter().map(problem_of).collect(),
        size: Size { bytes: document.bytes, entries: document.entries },
    })
}

fn image(image: &Image, secrets: &[Secret]) -> WireImage {
    let config = &image.config;
    let hides = |is_it: &dyn Fn(&SecretPlace) -> bool| secrets.iter().any(|one| is_it(&one.place));
    let pairs = |pairs: &[(String, String)], is_env: bool| -> Vec<(String, String)> {
        let keep = |(name, value): &(String, String)| {
            let hidden = hides(&|place| match place {
                SecretPlace::Env(other) => is_env && other == name,
                SecretPlace::Label(other) => !is_env && other == name,
                _ => false,
            });
            (name.clone(), if hidden { HIDDEN.to_owned() } else { value.clone() })
        };
        pairs.iter().map(keep).collect()
    };
    let is_command_hidden = hides(&|place| matches!(place, SecretPlace::Command));
    let words = |words: &[String]| -> Vec<String> {
        // Which of the words it is in is not known; the first says what is run.
        let hide = |(at, word): (usize, &String)| match at {
            0 => word.clone(),
            _ if is_command_hidden => HIDDEN.to_owned(),
            _ => word.clone(),
        };
        words.iter().enumerate().map(hide).collect()
    };
    let step = |(at, step): (usize, &History)| {
        let hidden = hides(&|place| matches!(place, SecretPlace::History(other) if *other == at));
        let text = if hidden { HIDDEN.to_owned() } else { step.created_by.clone() };
        (text, step.empty_layer)
    };
    let history: Vec<(String, bool)> = config.history.iter().enumerate().map(step).collect();
    let hidden_steps: Vec<&str> = config
        .history
        .iter()
        .zip(&history)
        .filter(|(_, (text, _))| text == HIDDEN)
        .map(|(step, _)| &*step.created_by)
        .collect();
    WireImage {
        name: image.name.clone(),
        digest: image.digest.map(|digest| digest.to_string()),
        id: image.id.map(|id| id.to_string()),
        platform: image.platform.as_ref().map(ToString::to_string),
        source: index(&SOURCES, &image.source),
        user: config.user.clone(),
        env: pairs(&config.env, true),
        labels: pairs(&config.labels, false),
        entrypoint: words(&config.entrypoint),
        command: words(&config.command),
        ports: config.exposed_ports.clone(),
        volumes: config.volumes.clone(),
        directory: config.working_directory.clone(),
        created: config.created.map(|created| created.to_string()),
        layers: image.layers.iter().map(|one| layer(one, &hidden_steps)).collect(),
        history,
    }
}

fn layer(layer: &Layer, hidden: &[&str]) -> WireLayer {
    let created_by = layer
        .created_by
        .clone()
        .map(|text| if hidden.contains(&&*text) { HIDDEN.to_owned() } else { text });
    WireLayer {
        digest: layer.digest.map(|digest| digest.to_string()),
        diff_id: layer.diff_id.map(|digest| digest.to_string()),
        size: layer.size_bytes,
        created_by,
    }
}

fn image_of(wire: WireImage) -> Image {
    let digest = |text: Option<String>| text.and_then(|text| text.parse::<Digest>().ok());
    let step = |(created_by, empty_layer)| History { created_by, empty_layer };
    Image {
        name: wire.name,
        digest: digest(wire.digest),
        id: digest(wire.id),
        platform: wire.platform.and_then(|text| text.parse().ok()),
        source: SOURCES.get(usize::from(wire.source)).copied().unwrap_or_default(),
        config: ImageConfig {
            user: wire.user,
            env: wire.env,
            labels: wire.labels,
            entrypoint: wire.entrypoint,
            command: wire.command,
            exposed_ports: wire.ports,
            volumes: wire.volumes,
            working_directory: wire.directory,
            created: wire.created.and_then(|text| text.parse().ok()),
            history: wire.history.into_iter().map(step).collect(),
        },
        layers: wire
            .layers
            .into_iter()
            .map(|layer| Layer {
                digest: digest(layer.digest),
                diff_id: digest(layer.diff_id),
                size_bytes: layer.size,
                created_by: layer.created_by,
            })
            .collect(),
    }
}

fn index<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|other| other == one).and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}

fn distribution(one: &Distribution) -> WireDistribution {
    let Distribution { id, version, codename, name, like } = one.clone();
    WireDistribution { id, version, codename, name, like }
}

fn distribution_of(wire: WireDistribution) -> Distribution {
    let WireDistribution { id, version, codename, name, like } = wire;
    Distribution { id, version, codename, name, like }
}

fn place(location: &Location) -> Place {
    Place { path: location.path.clone(), layer: location.layer }
}

fn place_of(place: Place) -> Location {
    Location { path: place.path, layer: place.layer }
}

fn package(package: &Package) -> WirePackage {
    let source = package.source.as_ref();
    WirePackage {
        kind: package.kind.purl_type().to_owned(),
        name: package.name.clone(),
        version: package.version.clone(),
        architecture: package.architecture.clone(),
        source: source.map(|source| (source.name.clone(), source.version.clone())),
        place: place(&package.location),
        evidence: index(&EVIDENCE, &package.evidence),
        owner: package.owner.clone(),
        license: package.license.clone(),
    }
}

fn package_of(wire: WirePackage) -> Option<Package> {
    Some(Package {
        kind: KINDS.into_iter().find(|kind| kind.purl_type() == wire.kind)?,
        name: wire.name,
        version: wire.version,
        architecture: wire.architecture,
        source: wire.source.map(|(name, version)| SourcePackage { name, version }),
        location: place_of(wire.place),
        evidence: EVIDENCE.get(usize::from(wire.evidence)).copied()?,
        owner: wire.owner,
        license: wire.license,
    })
}

fn secret(secret: &Secret) -> WireSecret {
    let place = match &secret.place {
        SecretPlace::File { location, deleted_in, published_by } => WireSecretPlace::File {
            place: place(location),
            deleted_in: *deleted_in,
            published_by: published_by.clone(),
        },
        SecretPlace::Env(name) => WireSecretPlace::Env(name.clone()),
        SecretPlace::Label(name) => WireSecretPlace::Label(name.clone()),
        SecretPlace::Command => WireSecretPlace::Command,
        SecretPlace::History(step) => WireSecretPlace::History(*step),
    };
    WireSecret {
        kind: secret.kind.to_owned(),
        place,
        line: secret.line,
        masked: secret.masked.clone(),
        evidence: secret.evidence.clone(),
    }
}

/// A kind that this version does not know any more is not kept: it would not be found again.
fn secret_of(wire: WireSecret) -> Option<Secret> {
    let kind = cofferdam_secrets::kind(&wire.kind)?;
    let place = match wire.place {
        WireSecretPlace::File { place, deleted_in, published_by } => {
            SecretPlace::File { location: place_of(place), deleted_in, published_by }
        }
        WireSecretPlace::Env(name) => SecretPlace::Env(name),
        WireSecretPlace::Label(name) => SecretPlace::Label(name),
        WireSecretPlace::Command => SecretPlace::Command,
        WireSecretPlace::History(step) => SecretPlace::History(step),
    };
    let (line, masked, evidence) = (wire.line, wire.masked, wire.evidence);
    Some(Secret { kind: kind.id, title: kind.title, place, line, masked, evidence })
}

fn problem(problem: &Problem) -> WireProblem {
    WireProblem {
        kind: problem.kind.as_str().to_owned(),
        place: problem.location.as_ref().map(place),
        detail: problem.detail.clone(),
    }
}

fn problem_of(wire: WireProblem) -> Problem {
    let kind = ProblemKind::ALL.into_iter().find(|kind| kind.as_str() == wire.kind);
    Problem {
        kind: kind.unwrap_or(ProblemKind::Bug),
        location: wire.place.map(place_of),
        detail: wire.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that the types can hold, once.
    fn contents() -> Contents {
        let digest: Digest = format!("sha256:{}", "ab".repeat(32)).parse().unwrap();
        let location = Location { path: "var/lib/dpkg/status".to_owned(), layer: Some(1) };
        let secret = |place| Secret {
            kind: "aws-access-key",
            title: "AWS access key",
            place,
            line: Some(3),
            masked: "AK…".to_owned(),
            evidence: "checksum valid".to_owned(),
        };
        let step = |text: &str| History { created_by: text.to_owned(), empty_layer: true };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Contents {
            image: Image {
                name: Some("shop/web".to_owned()),
                digest: Some(digest),
                platform: "linux/amd64".parse().ok(),
                source: ImageSource::Registry,
                config: ImageConfig {
                    user: "1000".to_owned(),
                    env: vec![pair("PATH", "/bin"), pair("KEY", "hunter2")],
                    created: "2026-01-01T00:00:00Z".parse().ok(),
                    history: vec![step("RUN a"), step("RUN hunter2")],
                    ..ImageConfig::default()
                },
                layers: vec![Layer {
                    digest: Some(digest),
                    diff_id: None,
                    size_bytes: 5,
                    created_by: Some("RUN hunter2".to_owned()),
                }],
                ..Image::default()
            },
            distribution: Some(Distribution { id: "debian".to_owned(), ..Default::default() }),
            distribution_location: Some(location.clone()),
            packages: vec![Package {
                kind: PackageKind::Deb,
                name: "openssl".to_owned(),
                version: "3.0.11-1".to_owned(),
                architecture: Some("amd64".to_owned()),
                source: Some(SourcePackage { name: "openssl".into(), version: "3.0.11".into() }),
                location: location.clone(),
                evidence: Evidence::Metadata,
                owner: None,
                license: None,
            }],
            secrets: vec![
                secret(SecretPlace::Env("KEY".to_owned())),
                secret(SecretPlace::History(1)),
                secret(SecretPlace::File { location, deleted_in: Some(2), published_by: None }),
            ],
            problems: vec![Problem::at(ProblemKind::Truncated, "a", "ends")],
            size: Size { bytes: 10, entries: 2 },
        }
    }

    #[test]
    fn what_is_written_is_read_but_for_credentials() {
        let before = contents();
        let bytes = encode(&before).unwrap();
        let after = decode(&bytes).unwrap();
        assert_eq!(after.packages, before.packages);
        assert_eq!(after.secrets, before.secrets);
        assert_eq!(after.problems, before.problems);
        assert_eq!(after.distribution, before.distribution);
        assert_eq!(after.size, before.size);
        let mut image = before.image;
        image.config.env[1].1 = HIDDEN.to_owned();
        image.config.history[1].created_by = HIDDEN.to_owned();
        image.layers[0].created_by = Some(HIDDEN.to_owned());
        assert_eq!(after.image, image);
    }

    #[test]
    fn every_kind_has_its_word() {
        for kind in KINDS {
            assert_eq!(KINDS.iter().filter(|one| one.purl_type() == kind.purl_type()).count(), 1);
        }
        assert!(cofferdam_secrets::kinds().iter().all(|kind| {
            cofferdam_secrets::kind(kind.id).is_some_and(|same| same.title == kind.title)
        }));
    }

    #[test]
    fn broken_bytes_are_refused() {
        assert!(decode(b"").is_err());
        assert!(decode(&zstd::bulk::compress(b"{}", 1).unwrap()).is_err());
        let whole = encode(&contents()).unwrap();
        assert!(decode(&whole[..whole.len() / 2]).is_err());
    }
}
