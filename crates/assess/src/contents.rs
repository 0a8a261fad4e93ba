//! A target's own bytes to facts: all layers in parallel, then merged.

use crate::{
    Contents, Progress, Size,
    collect::{Collected, Collector, LinkCollector},
    merge::merge,
    room::{Room, of_problem},
};
use cofferdam_bounds::Meter;
use cofferdam_inventory::{FileFacts, combine};
use cofferdam_layers::{
    Blobs, LayerBlob, LayerTree, OpenImage, Overlay, walk_directory, walk_layer,
};
use cofferdam_model::{Image, Location, Problem, ProblemKind, Secret, SecretPlace};
use cofferdam_secrets::Scanner;
use rayon::prelude::*;
use std::{
    io::{self, Read},
    path::Path,
};

/// Reads an image: every layer once, in parallel, in bounded memory.
pub fn contents(
    image: OpenImage,
    blobs: &dyn Blobs,
    meter: &Meter,
    progress: &dyn Progress,
) -> Contents {
    let scan = Scan { meter, scanner: Scanner::new(), room: Room::default(), progress };
    let OpenImage { image, layers, mut problems } = image;
    // Sizes are claims until the layers are read; good enough for a bar.
    let stored = layers.iter().map(|layer| layer.claims.size_bytes).sum();
    progress.begin("reading layers", stored);
    let walked: Vec<(LayerTree, Collected)> =
        layers.par_iter().map(|layer| scan.layer(layer, blobs)).collect();
    progress.end();
    let (trees, collected): (Vec<LayerTree>, Vec<Collected>) = walked.into_iter().unzip();
    let merged = merge(&Overlay::new(trees), collected);
    let (mut secrets, unlisted) = scan.scanner.image_config(&image.config);
    secrets.extend(merged.secrets);
    problems.extend(unlisted);
    problems.extend(merged.problems);
    scan.finish(image, merged.files, secrets, problems)
}

/// Reads a root file system directory.
pub fn root_filesystem(root: &Path, meter: &Meter, progress: &dyn Progress) -> Contents {
    let scan = Scan { meter, scanner: Scanner::new(), room: Room::default(), progress };
    progress.begin("reading files", None);
    let mut collector = Collector::new(meter.limits(), &scan.scanner, &scan.room);
    let walk = walk_directory(root, meter, &mut collector);
    progress.end();
    let collected = collector.finish();
    let mut problems = walk.problems;
    problems.extend(collected.problems);
    let files = collected.files.into_values().collect();
    let mut contents = scan.finish(Image::default(), files, collected.secrets, problems);
    if contents.distribution.is_none() && contents.packages.is_empty() {
        contents.problems.push(Problem::whole(ProblemKind::Missing, NO_ROOT));
    }
    contents
}

/// Somebody named the wrong directory, and must not read that it is clean.
const NO_ROOT: &str = "this does not look like a root file system: it has no os-release file and \
                       no package; to scan an image, name its archive";

/// What all layers of one scan share.
struct Scan<'a> {
    meter: &'a Meter,
    scanner: Scanner,
    room: Room,
    progress: &'a dyn Progress,
}

impl Scan<'_> {
    /// One layer, by itself.
    fn layer(&self, layer: &LayerBlob, blobs: &dyn Blobs) -> (LayerTree, Collected) {
        let mut collector = Collector::new(self.meter.limits(), &self.scanner, &self.room);
        let blob = match blobs.open(layer) {
            Ok(blob) => blob,
            Err(error) => return (LayerTree::default(), unreadable(&error)),
        };
        let blob = Counted { inner: blob, progress: self.progress };
        let walk = walk_layer(blob, &layer.claims, self.meter, &mut collector);
        let mut collected = collector.finish();
        // What is said of the layer as a whole is little, and must not drown in a flood.
        let problems = walk.problems.into_iter();
        let kept = problems.filter(|one| one.location.is_none() || self.room.take(of_problem(one)));
        collected.problems.extend(kept);
        if !collected.links.is_empty() {
            self.follow_links(layer, blobs, &mut collected);
        }
        (walk.tree, collected)
    }

    /// A second pass over a layer for the content behind interesting hard links. It is rare, and
    /// what it meets besides has been reported by the first.
    fn follow_links(&self, layer: &LayerBlob, blobs: &dyn Blobs, collected: &mut Collected) {
        let limits = self.meter.limits();
        let mut collector =
            LinkCollector::new(limits, &self.room, std::mem::take(&mut collected.links));
        match blobs.open(layer) {
            // The same bytes again do not count twice against the budget of the image; the layer
            // is bounded by what the first pass measured, and time is by the meter's clock.
            Ok(blob) => {
                walk_layer(blob, &layer.claims, &self.meter.again(), &mut collector);
            }
            Err(error) => collected.problems.extend(unreadable(&error).problems),
        }
        let (files, problems) = collector.finish();
        collected.files.extend(files);
        collected.problems.extend(problems);
    }

    fn finish(
        self,
        image: Image,
        files: Vec<FileFacts>,
        mut secrets: Vec<Secret>,
        mut problems: Vec<Problem>,
    ) -> Contents {
        let limits = self.meter.limits();
        let places: Vec<Location> = secrets.iter().filter_map(file_of).cloned().collect();
        let inventory = combine(files, &places);
        set_publishers(&mut secrets, inventory.publishers);
        problems.extend(inventory.problems);
        problems.sort();
        problems.dedup();
        cap(&mut problems, limits.problems, "problems");
        problems.extend(self.room.problem());
        secrets.sort();
        secrets.dedup();
        let listed = secrets.len();
        secrets.truncate(limits.secrets);
        if listed > limits.secrets {
            problems.push(dropped(listed - limits.secrets, "secrets"));
        }
        Contents {
            image,
            distribution: inventory.distribution,
            distribution_location: inventory.distribution_location,
            packages: inventory.packages,
            secrets,
            problems,
            size: Size { bytes: self.meter.bytes(), entries: self.meter.entries() },
        }
    }
}

fn file_of(secret: &Secret) -> Option<&Location> {
    match &secret.place {
        SecretPlace::File { location, .. } => Some(location),
        _ => None,
    }
}

/// `publishers` are in the order of the secrets that are in files.
fn set_publishers(secrets: &mut [Secret], publishers: Vec<Option<String>>) {
    let places = secrets.iter_mut().filter_map(|secret| match &mut secret.place {
        SecretPlace::File { published_by, .. } => Some(published_by),
        _ => None,
    });
    for (place, publisher) in places.zip(publishers) {
        *place = publisher;
    }
}

fn cap(problems: &mut Vec<Problem>, most: usize, what: &str) {
    if let Some(excess) = problems.len().checked_sub(most).filter(|excess| *excess > 0) {
        problems.truncate(most);
        problems.push(dropped(excess, what));
    }
}

fn dropped(number: usize, what: &str) -> Problem {
    Problem::whole(ProblemKind::BudgetExceeded, format!("{number} more {what} are not listed"))
}

fn unreadable(error: &io::Error) -> Collected {
    let problem =
        Problem::whole(ProblemKind::Unreadable, format!("cannot open the layer: {error}"));
    Collected { problems: vec![problem], ..Collected::default() }
}

/// Counts for the eye of whoever waits.
struct Counted<'a, R> {
    inner: R,
    progress: &'a dyn Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.advance(u64::try_from(count).unwrap_or_default());
        Ok(count)
    }
}
