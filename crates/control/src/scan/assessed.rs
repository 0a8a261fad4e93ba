//! What is known of the images of a cluster: which reference asks for which, and what the rules
//! say of each. The audit keeps it, and tells the workloads; the door asks it. So both say the same.

use super::verdict::Inherited;
use crate::inventory::Workload;
use cofferdam_model::ImageReference;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What is known of images. A clone is a snapshot that shares what the rules say.
#[derive(Clone, Debug, Default)]
pub struct Assessed {
    /// What workloads inherit from their images, by the id of the image.
    pub(crate) inherited: HashMap<String, Arc<Inherited>>,
    /// Why images could not be looked into, by id.
    pub(crate) failed: HashMap<String, Arc<str>>,
    /// The ids of the images that run by a reference, each with how many workloads say so.
    named: HashMap<Arc<str>, BTreeMap<Arc<str>, u32>>,
}

/// Which references of a workload are which images, by id.
pub(crate) type Named = BTreeSet<(Arc<str>, Arc<str>)>;

/// What is known of one image.
#[derive(Clone, Debug)]
pub(crate) enum Known<'a> {
    /// The rules were asked.
    Judged(&'a Arc<Inherited>),
    /// It could not be looked into, for this reason.
    Failed(&'a str),
    /// It runs, and will be looked into.
    Waiting,
}

impl Assessed {
    /// What is known of an image, by its id.
    pub(crate) fn of(&self, id: &str) -> Known<'_> {
        if let Some(inherited) = self.inherited.get(id) {
            return Known::Judged(inherited);
        }
        self.failed.get(id).map_or(Known::Waiting, |why| Known::Failed(why))
    }

    /// The images that run by this reference, by id; none where nobody runs it. They are several
    /// where nodes differ in platform, or a tag was moved: whoever pulls it now may get any.
    pub(crate) fn named(&self, reference: &str) -> impl Iterator<Item = &Arc<str>> {
        self.named.get(&*whole(reference)).into_iter().flat_map(BTreeMap::keys)
    }

    /// Takes what a workload asks for, after what it asked for before.
    pub(crate) fn rename(&mut self, before: &Named, now: &Named) {
        for (reference, id) in now.difference(before) {
            let ids = self.named.entry(Arc::clone(reference)).or_default();
            *ids.entry(Arc::clone(id)).or_default() += 1;
        }
        for (reference, id) in before.difference(now) {
            let Some(ids) = self.named.get_mut(reference) else { continue };
            if let Some(count) = ids.get_mut(id) {
                *count -= 1;
                if *count == 0 {
                    ids.remove(id);
                }
            }
            if ids.is_empty() {
                self.named.remove(reference);
            }
        }
    }

    /// Keeps what is known of these images only.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.inherited.retain(|id, _| is_kept(id));
        self.failed.retain(|id, _| is_kept(id));
    }
}

/// What a workload calls the images that it runs: as its containers do, and by digest.
pub(crate) fn named(workload: &Workload) -> Named {
    let images = workload.containers.iter().filter_map(|one| Some((one, one.image.as_ref()?)));
    images
        .flat_map(|(one, image)| {
            let id: Arc<str> = image.id().into();
            let pinned = format!("{}@{}", image.name, image.digest);
            [(whole(&one.image_ref).into(), Arc::clone(&id)), (pinned.into(), id)]
        })
        .collect()
}

/// A reference with all that it leaves out: `docker.io/library/nginx:latest`. A digest says more
/// than a tag beside it.
fn whole(reference: &str) -> String {
    match reference.parse::<ImageReference>() {
        Ok(ImageReference { registry, repository, digest: Some(digest), .. }) => {
            format!("{registry}/{repository}@{digest}")
        }
        Ok(ImageReference { registry, repository, tag, .. }) => {
            format!("{registry}/{repository}:{}", tag.as_deref().unwrap_or("latest"))
        }
        Err(_) => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[(&str, &str)]) -> Named {
        all.iter().map(|(reference, id)| (whole(reference).into(), (*id).into())).collect()
    }

    #[test]
    fn a_reference_is_what_those_run_who_ask_for_it() {
        let mut assessed = Assessed::default();
        let (one, other) = (names(&[("nginx", "a"), ("b/c:1", "b")]), names(&[("nginx", "a")]));
        let moved = names(&[("nginx:latest", "c")]);
        assessed.rename(&Named::new(), &one);
        assessed.rename(&Named::new(), &other);
        let ids = |assessed: &Assessed, reference: &str| -> Vec<String> {
            assessed.named(reference).map(ToString::to_string).collect()
        };
        assert_eq!(ids(&assessed, "docker.io/library/nginx:latest"), ["a"]);
        assert_eq!(ids(&assessed, "docker.io/b/c:1"), ["b"]);
        assert!(ids(&assessed, "nginx:1").is_empty());
        // The tag was moved, and one of the two runs what it is now.
        assessed.rename(&other, &moved);
        assert_eq!(ids(&assessed, "nginx"), ["a", "c"]);
        assessed.rename(&one, &Named::new());
        assert_eq!(ids(&assessed, "nginx"), ["c"]);
        assessed.rename(&moved, &Named::new());
        assert!(assessed.named.is_empty());
    }

    #[test]
    fn a_digest_says_more_than_a_tag() {
        let digest = format!("sha256:{}", "1".repeat(64));
        assert_eq!(
            whole(&format!("nginx:1@{digest}")),
            format!("docker.io/library/nginx@{digest}")
        );
        assert_eq!(whole("NOT a reference"), "NOT a reference");
    }
}
