//! When an image is pulled.

use super::edit::Edit;
use crate::NodeId;
use cofferdam_model::ImageReference;

/// `Always` for images that are named by the tag `latest`, or by no tag and no digest.
pub(super) fn fill_pull_policy(edit: &mut Edit<'_>, map: NodeId, policy: &str, image: &str) {
    if edit.text(map, policy).is_empty() {
        let latest = is_latest(edit.text(map, image));
        edit.fill(map, policy, if latest { "Always" } else { "IfNotPresent" });
    }
}

fn is_latest(image: &str) -> bool {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let last = name.rsplit('/').next().unwrap_or_default();
    let named_latest = match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => digest.is_empty(),
    };
    // A name that is none, or that is an image's id, has no tag at all.
    named_latest && !is_id(image) && image.parse::<ImageReference>().is_ok()
}

/// 64 hexadecimal digits.
fn is_id(image: &str) -> bool {
    image.len() == 64 && image.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
