//! Which of several images is meant.

use super::{Descriptor, INDEX_MEDIA_TYPES};
use cofferdam_model::{Diagnostic, Exit, ImageReference, Platform};
use std::fmt::Write as _;

/// How deep indexes may be nested. Real ones are at most two deep: a layout's own index, and the
/// platforms of an image in it.
pub const INDEX_DEPTH: usize = 4;

/// What the user wants of a container of several images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The platform; absent: whatever is there, if there is only one.
    pub platform: Option<Platform>,
    /// The name, tag or digest within an archive or layout.
    pub reference: Option<String>,
}

impl Selection {
    /// Whether an image known by `name` (a full reference or only a tag) is the one wanted.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.reference.as_deref().is_none_or(|wanted| same_name(wanted, name))
    }

    fn fits(&self, platform: Option<&Platform>) -> bool {
        match (&self.platform, platform) {
            (Some(wanted), Some(platform)) => platform.satisfies(wanted),
            _ => true,
        }
    }
}

fn same_name(wanted: &str, name: &str) -> bool {
    let whole = |text: &str| text.parse::<ImageReference>().ok();
    wanted == name
        || whole(wanted).is_some_and(|wanted| {
            whole(name).is_some_and(|name| name == wanted) || wanted.tag.as_deref() == Some(name)
        })
}

/// The one descriptor of an index that satisfies the wish. Attestations, which stand in an index
/// as images for the platform `unknown/unknown`, are never one.
///
/// The reference is compared with `org.opencontainers.image.ref.name` and
/// `io.containerd.image.name`, and only where an index names its images in this way.
pub fn choose<'a>(
    index: &'a [Descriptor],
    selection: &Selection,
) -> Result<&'a Descriptor, Diagnostic> {
    let images: Vec<_> = index.iter().filter(|descriptor| !is_attestation(descriptor)).collect();
    let named = images.iter().any(|descriptor| names(descriptor).next().is_some());
    let chosen: Vec<_> = images
        .iter()
        .filter(|descriptor| selection.fits(descriptor.platform.as_ref()))
        .filter(|descriptor| !named || is_named(descriptor, selection))
        .collect();
    // An index may list one image under several names.
    let same = |other: &&&&Descriptor| chosen.first().is_some_and(|one| one.digest == other.digest);
    match chosen.first() {
        Some(one) if chosen.iter().all(|other| same(&other)) => Ok(one),
        found => Err(refuse(&images, found.is_some(), selection)),
    }
}

fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor
        .annotations
        .get("vnd.docker.reference.type")
        .is_some_and(|t| t == "attestation-manifest")
        || descriptor
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os == "unknown" && platform.architecture == "unknown")
}

pub(crate) fn names(descriptor: &Descriptor) -> impl Iterator<Item = &str> {
    ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .into_iter()
        .filter_map(|key| descriptor.annotations.get(key))
        .map(String::as_str)
}

fn is_named(descriptor: &Descriptor, selection: &Selection) -> bool {
    selection.reference.is_none()
        || names(descriptor).any(|name| selection.names(name))
        || selection.names(&descriptor.digest.to_string())
}

fn refuse(images: &[&Descriptor], several: bool, selection: &Selection) -> Diagnostic {
    let list = images.iter().map(|descriptor| {
        let name = names(descriptor).next().map(str::to_owned);
        let kind =
            if INDEX_MEDIA_TYPES.contains(&&*descriptor.media_type) { "an index" } else { "" };
        let platform = descriptor.platform.as_ref().map_or(kind.to_owned(), Platform::to_string);
        format!("{} {platform}", name.unwrap_or_else(|| descriptor.digest.to_string()))
    });
    refusal(list, several, selection)
}

/// Why no single image could be chosen, with what there is.
pub(crate) fn refusal(
    images: impl Iterator<Item = String>,
    several: bool,
    selection: &Selection,
) -> Diagnostic {
    let mut list = String::new();
    for (index, image) in images.enumerate() {
        if index == LISTED_MAX {
            list.push_str(", and more");
            break;
        }
        let separator = if index == 0 { "" } else { ", " };
        let _ = write!(list, "{separator}{}", image.trim_end());
    }
    if list.is_empty() {
        return Diagnostic::new(Exit::NotAssessed, "the index lists no image");
    }
    if several {
        return Diagnostic::new(Exit::Usage, "there are several images and none is named")
            .because(format!("there are {list}"))
            .remedy("choose one with --platform or --reference");
    }
    let platform = selection.platform.as_ref().map(|platform| format!("for {platform}"));
    let name = selection.reference.as_ref().map(|name| format!("named {name}"));
    let wish = [name, platform].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Diagnostic::new(Exit::Usage, format!("there is no image {wish}"))
        .because(format!("there are {list}"))
        .remedy("choose one of them")
}

/// Images that an error message lists.
const LISTED_MAX: usize = 10;
