//! Which Maven artifact an archive is, judged from everything that says so.
//!
//! In this order: a `pom.properties` or `pom.xml` that fits the file name, the only one or the
//! one that the manifest points to; the file name `artifact-version`, confirmed or not by the
//! manifest; the manifest alone. A group is named only where it is certain, for a wrong one
//! would match the wrong advisories. An archive that nothing names with a version, nor the
//! manifest by name, is anonymous: no package is made up for it.

use super::{file_name::FileName, manifest::Manifest, pom::Coordinates};
use crate::language::is_identity;
use cofferdam_model::Evidence;

/// What an archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) coordinates: Coordinates,
    pub(crate) evidence: Evidence,
}

/// Names an archive. `poms` are the coordinates of all Maven metadata in it; also told is which
/// of them is the archive's own.
pub(crate) fn identify(
    path: &str,
    manifest: &Manifest,
    poms: &[Coordinates],
) -> (Option<Identity>, Option<usize>) {
    let file = FileName::parse(path);
    if let Some((index, coordinates)) = own_pom(&file, manifest, poms) {
        let mut coordinates = coordinates.clone();
        if coordinates.version.is_empty() {
            // A model that was filled in by the build: `${revision}`.
            let version = file.version.or_else(|| own_version(manifest));
            version.unwrap_or_default().clone_into(&mut coordinates.version);
        }
        return (Some(Identity { coordinates, evidence: Evidence::Metadata }), Some(index));
    }
    if manifest.is_java_runtime() || file.is_companion() {
        return (None, None);
    }
    let identity = match repository_layout(path, &file) {
        Some(coordinates) => {
            let evidence = confirmation(manifest, &coordinates.version);
            Some(Identity { coordinates, evidence })
        }
        None => named(&file, manifest),
    };
    let is_usable = |identity: &Identity| is_identity(&identity.coordinates.artifact);
    (identity.filter(is_usable), None)
}

/// The Maven metadata that are the archive's own and not those of something shaded into it.
fn own_pom<'a>(
    file: &FileName<'_>,
    manifest: &Manifest,
    poms: &'a [Coordinates],
) -> Option<(usize, &'a Coordinates)> {
    let by_name =
        poms.iter().enumerate().filter(|(_, pom)| file.is_of(&pom.artifact, &pom.version));
    let longest = by_name.max_by_key(|(_, pom)| pom.artifact.len());
    if longest.is_some() {
        return longest;
    }
    if let [pom] = poms {
        // A renamed archive, unless name or manifest speak of another version: then the archive
        // is something else that carries this one inside.
        let is_own = match file.version {
            Some(version) if same_version(version, &pom.version) => true,
            Some(_) => is_confirmed(manifest, &pom.version),
            None => manifest.versions().next().is_none() || is_confirmed(manifest, &pom.version),
        };
        return is_own.then_some((0, pom));
    }
    let mut by_manifest = poms.iter().enumerate().filter(|(_, pom)| {
        let symbolic = manifest.symbolic_name();
        let qualified = format!("{}.{}", pom.group, pom.artifact);
        (manifest.implementation_title == pom.artifact || symbolic == qualified)
            && is_confirmed(manifest, &pom.version)
    });
    by_manifest.next().filter(|_| by_manifest.next().is_none())
}

/// Named by `artifact-version` or, if the file name has no version, by the manifest.
fn named(file: &FileName<'_>, manifest: &Manifest) -> Option<Identity> {
    let (artifact, version, evidence) = match file.version {
        Some(version) => {
            let version = fuller_version(file, manifest).unwrap_or(version);
            (file.artifact, version, confirmation(manifest, version))
        }
        None => (manifest_artifact(file, manifest)?, own_version(manifest)?, Evidence::Manifest),
    };
    let group = certain_group(manifest, artifact).unwrap_or_default();
    let coordinates = Coordinates {
        group: group.to_owned(),
        artifact: artifact.to_owned(),
        version: version.to_owned(),
    };
    Some(Identity { coordinates, evidence })
}

/// The manifest's version when the file name has it in full: `1.0.0-hal`, whose last part was
/// taken for a classifier.
fn fuller_version<'a>(file: &FileName<'_>, manifest: &'a Manifest) -> Option<&'a str> {
    manifest.versions().find(|version| {
        let rest = file.stem.strip_prefix(file.artifact).and_then(|rest| rest.get(1..));
        let rest = rest.and_then(|rest| rest.strip_prefix(version));
        version.contains('-') && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// The version that a manifest gives; empty when it gives a name but no version.
fn own_version(manifest: &Manifest) -> Option<&str> {
    let version = manifest.versions().next().filter(|version| is_identity(version));
    let has_name = is_artifact(title_artifact(manifest)) || !manifest.symbolic_name().is_empty();
    version.or_else(|| has_name.then_some(""))
}

/// What a manifest calls the archive: its title, if that is fit for a name, or its symbolic
/// name; but the file name, if the symbolic name only qualifies it.
fn manifest_artifact<'a>(file: &FileName<'a>, manifest: &'a Manifest) -> Option<&'a str> {
    let title = title_artifact(manifest);
    if is_artifact(title) {
        return Some(title);
    }
    let symbolic = manifest.symbolic_name();
    let dotted = |text: &str| text.replace(['-', '_'], ".");
    let is_qualified = dotted(symbolic).contains(&dotted(file.stem));
    let name = if symbolic.is_empty() || is_qualified { file.stem } else { symbolic };
    (!name.is_empty()).then_some(name)
}

/// The artifact in `Implementation-Title`, which Nebula's Gradle plugins write as
/// `group#artifact`.
fn title_artifact(manifest: &Manifest) -> &str {
    let title = &*manifest.implementation_title;
    title.split_once('#').map_or(title, |(_, artifact)| artifact)
}

fn is_artifact(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(is_fit)
}

/// The group that Nebula's Gradle plugins write. Symbolic names hold no certain one: bundle
/// plugins blur the border of group and artifact (`org.apache.tomcat-api`, `org.apache.velocity`),
/// and vendor ids are not always groups.
fn certain_group<'a>(manifest: &'a Manifest, artifact: &str) -> Option<&'a str> {
    let (group, titled) = manifest.implementation_title.split_once('#')?;
    (titled == artifact && is_artifact(group)).then_some(group)
}

/// The coordinates by the layout of a local Maven repository or of Gradle's cache.
fn repository_layout(path: &str, file: &FileName<'_>) -> Option<Coordinates> {
    let mut components = path.rsplit('/').skip(1).collect::<Vec<_>>();
    components.reverse();
    let coordinates = |group: String, artifact: &str, version: &str| {
        let is_so_named = file.stem.starts_with(&format!("{artifact}-{version}"));
        (is_so_named && !group.is_empty()).then(|| Coordinates {
            group,
            artifact: artifact.to_owned(),
            version: version.to_owned(),
        })
    };
    if let [.., "files-2.1", group, artifact, version, _] = *components {
        return coordinates(group.to_owned(), artifact, version);
    }
    let root = components.iter().rposition(|component| *component == "repository")?;
    match components.get(root + 1..)? {
        [group @ .., artifact, version] => coordinates(group.join("."), artifact, version),
        _ => None,
    }
}

/// What speaks against an identity: another plain version in the file name than in the Maven
/// metadata. Somebody renamed the archive, or patched it.
pub(crate) fn contradiction(path: &str, identity: &Identity) -> Option<String> {
    let is_plain = |version: &str| {
        version.contains('.')
            && version
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let file = FileName::parse(path);
    let (named, known) = (file.version?, &*identity.coordinates.version);
    let is_doubtful = identity.evidence == Evidence::Metadata
        && file.artifact == identity.coordinates.artifact
        && is_plain(named)
        && is_plain(known)
        && !same_version(named, known);
    is_doubtful.then(|| format!("the file name says version {named}, its metadata {known}"))
}

fn confirmation(manifest: &Manifest, version: &str) -> Evidence {
    if is_confirmed(manifest, version) { Evidence::Manifest } else { Evidence::FileName }
}

fn is_confirmed(manifest: &Manifest, version: &str) -> bool {
    manifest.versions().any(|other| same_version(other, version))
}

/// Whether two spellings mean one version: OSGi's has three numbers and dots only.
pub(crate) fn same_version(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let mut parts =
            text.split(['.', '-', '_']).map(str::to_ascii_lowercase).collect::<Vec<_>>();
        parts.retain(|part| part != "0");
        parts
    };
    parts(one) == parts(other)
}
