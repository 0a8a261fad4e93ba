//! One fuzz target per parser of hostile input.
//!
//! A target is a plain function over bytes that must neither panic nor run away. `make test`
//! replays the corpus of each (`tests/fuzz/corpus/<target>/*`); `cargo xtask fuzz TARGET SECONDS`
//! searches for more with libFuzzer. To add a target, add a line to the table of its crate.

mod admission;
mod advisory;
mod api;
mod cel;
mod cluster;
mod dockerfile;
mod inventory;
mod layers;
mod manifest;
mod objects;
mod policy;
mod posture;
mod registry;
mod secrets;
mod store;
mod version;

/// A name and what to do with bytes under that name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target of every crate.
pub fn targets() -> impl Iterator<Item = Target> {
    [
        version::TARGETS,
        layers::TARGETS,
        manifest::TARGETS,
        objects::TARGETS,
        inventory::TARGETS,
        secrets::TARGETS,
        advisory::TARGETS,
        dockerfile::TARGETS,
        cel::TARGETS,
        policy::TARGETS,
        posture::TARGETS,
        registry::TARGETS,
        admission::TARGETS,
        cluster::TARGETS,
        api::TARGETS,
        store::TARGETS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    use super::targets;
    use std::{fs, path::Path, time::Instant};

    /// Slower than this on any single input is a denial of service waiting to be found.
    const SECONDS_MAX: u64 = 5;

    #[test]
    fn every_target_survives_its_corpus() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for (name, target) in targets() {
            let inputs = fs::read_dir(corpus.join(name))
                .unwrap_or_else(|error| panic!("target {name} has no corpus: {error}"));
            let mut count = 0;
            for input in inputs {
                let path = input.unwrap().path();
                let bytes = cofferdam_bounds::file::read(&path, 64 << 20).unwrap();
                let started = Instant::now();
                target(&bytes);
                assert!(started.elapsed().as_secs() < SECONDS_MAX, "{} is slow", path.display());
                count += 1;
            }
            assert!(count > 0, "target {name} has an empty corpus");
        }
    }

    #[test]
    fn every_corpus_has_a_target() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for folder in fs::read_dir(corpus).unwrap() {
            let name = folder.unwrap().file_name();
            assert!(targets().any(|(target, _)| name == target), "{name:?} has no target");
        }
    }
}
