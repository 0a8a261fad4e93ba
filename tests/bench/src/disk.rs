//! What a store takes on disk after as long as anything is kept: a cluster whose images give way to
//! others day by day. Each has findings of its own and none of those of the one before, which is
//! the most that there can be.

use crate::store::{at, finding, image, review, vulnerability, workload};
use cofferdam_store::{
    ContainerKind, Store,
    rows::{self, Container, Finding, Image, Pod, Workload},
};
use jiff::Timestamp;
use std::{fs, path::Path};

/// Days that what is gone is kept.
const DAYS: u32 = 400;
const DAY_SECONDS: u32 = 24 * 60 * 60;
/// Workloads that run one image, and pods of each.
const WORKLOADS_EACH: u32 = 5;
const PODS_EACH: u32 = 10;
/// Findings of an image, each of them a finding of the workloads that run it too, and of a workload
/// itself.
const FINDINGS_EACH: u32 = 50;
const FINDINGS_OWN: u32 = 5;
/// What is stored of a scan: the packages of a small distribution, packed.
const REPORT_BYTES: usize = 8 << 10;
/// Reviews that are kept, for each image: of 2,000 images as many as are kept at most.
const REVIEWS_EACH: u32 = 250;
/// Images written between two looks at the size.
const LOOK: u32 = 100;

type Stored<T> = cofferdam_store::Result<T>;

/// Fills a store of so many images, of which so many give way to others on each day.
pub(crate) fn run(file: &str, images: &str, new_a_day: &str) -> Result<(), String> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text:?} is no number"));
    let (images, new_a_day) = (number(images)?, number(new_a_day)?);
    if Path::new(file).exists() {
        return Err(format!("{file} is there already"));
    }
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let filled = runtime.block_on(async {
        let store = Store::open(&format!("sqlite:{file}")).await?;
        fill(&Disk { store, images, file }, new_a_day).await
    });
    filled.map_err(|error| error.to_string())
}

struct Disk<'d> {
    store: Store,
    images: u32,
    file: &'d str,
}

async fn fill(disk: &Disk<'_>, new_a_day: u32) -> Stored<()> {
    let (images, workloads) = (disk.images, disk.images * WORKLOADS_EACH);
    let rows: Vec<Workload> = (0..workloads).map(workload).collect();
    for some in rows.chunks(1_000) {
        disk.store.put_workloads(some).await?;
    }
    for number in 0..images {
        disk.begin(number, at(0)).await?;
    }
    disk.say(&format!("{images} images and {workloads} workloads"));
    let mut number = images;
    for day in 1..=DAYS {
        let now = at(day * DAY_SECONDS);
        for _ in 0..new_a_day {
            disk.begin(number, now).await?;
            disk.end(number - images, now).await?;
            number += 1;
            if number % (LOOK * 10) == 0 {
                disk.say(&format!("on day {day}"));
            }
        }
    }
    disk.say(&format!("after {DAYS} days of {new_a_day} new images each"));
    let reviews: Vec<u32> = (0..images * REVIEWS_EACH).collect();
    for some in reviews.chunks(1_000) {
        let some: Vec<_> = some.iter().copied().map(review).collect();
        disk.store.put_reviews(&some).await?;
    }
    disk.say(&format!("with {} reviews", reviews.len()));
    Ok(())
}

impl Disk<'_> {
    /// The image with this number begins to run, on the workloads of the one that it replaces.
    async fn begin(&self, number: u32, now: Timestamp) -> Stored<()> {
        let image = image(number);
        let store = &self.store;
        store.put_images(std::slice::from_ref(&image)).await?;
        store.put_report(&image.id, report(number)).await?;
        let numbers = number * FINDINGS_EACH..(number + 1) * FINDINGS_EACH;
        let found: Vec<_> = numbers.map(|number| vulnerability(&image, number)).collect();
        store.put_vulnerabilities(&image.id, &found).await?;
        let workloads: Vec<Workload> = self.workloads(number).map(workload).collect();
        let mut findings = vec![(image.id.clone(), of_image(&image, number))];
        findings.extend(workloads.iter().map(|one| (one.id.clone(), of_workload(one, number))));
        store.put_all_findings(&findings, now).await?;
        let containers: Vec<(String, Vec<Container>)> =
            workloads.iter().map(|one| (one.id.clone(), vec![container(&image, now)])).collect();
        store.put_all_containers(&containers, now).await?;
        let pods: Vec<Pod> = workloads.iter().flat_map(|one| pods(one, number, now)).collect();
        store.put_pods(&pods).await
    }

    /// The image with this number runs no more.
    async fn end(&self, number: u32, now: Timestamp) -> Stored<()> {
        self.store.put_findings(&image(number).id, &[], now).await?;
        let workloads = self.workloads(number).map(workload);
        let pods: Vec<String> =
            workloads.flat_map(|one| pods(&one, number, now)).map(|pod| pod.uid).collect();
        self.store.gone_pods(&pods, now).await
    }

    fn workloads(&self, image: u32) -> impl Iterator<Item = u32> + use<> {
        let first = image % self.images * WORKLOADS_EACH;
        first..first + WORKLOADS_EACH
    }

    fn say(&self, what: &str) {
        let bytes = |end| fs::metadata(format!("{}{end}", self.file)).map_or(0, |file| file.len());
        let mib = (bytes("") + bytes("-wal")) >> 20;
        println!("{mib:>6} MiB: {what}");
    }
}

/// What is found in an image.
fn of_image(image: &Image, number: u32) -> Vec<Finding> {
    let subject = workload(number);
    let one = |place: u32| Finding {
        subject_kind: cofferdam_store::SubjectKind::Image,
        subject: image.id.clone(),
        namespace: None,
        id: rows::id(&[&image.id, "CFD", &place.to_string()]),
        ..finding(&subject, place)
    };
    (0..FINDINGS_EACH).map(one).collect()
}

/// What is found of a workload: of its own, and of the image that it runs.
fn of_workload(subject: &Workload, number: u32) -> Vec<Finding> {
    let one = |place: u32| {
        let of = if place < FINDINGS_OWN { "own".to_owned() } else { number.to_string() };
        Finding {
            subject_kind: cofferdam_store::SubjectKind::Workload,
            id: rows::id(&[&subject.id, &of, &place.to_string()]),
            ..finding(subject, place)
        }
    };
    (0..FINDINGS_OWN + FINDINGS_EACH).map(one).collect()
}

fn container(image: &Image, now: Timestamp) -> Container {
    Container {
        workload: String::new(),
        kind: ContainerKind::Container,
        name: "app".into(),
        image_ref: format!("{}:1.0", image.name),
        image: Some(image.id.clone()),
        first_seen: now,
        gone_at: None,
    }
}

fn pods(subject: &Workload, number: u32, now: Timestamp) -> Vec<Pod> {
    let one = |place: u32| Pod {
        uid: format!("{number:08x}-{place:04x}-4000-8000-{}", subject.id.get(..12).unwrap_or("")),
        workload: Some(subject.id.clone()),
        namespace: subject.namespace.clone(),
        name: format!("{}-5d8f9c7b6-{place:05}", subject.name),
        node: Some(format!("node-{:04}", place * 7)),
        phase: "Running".into(),
        started: Some(now),
        gone_at: None,
    };
    (0..PODS_EACH).map(one).collect()
}

/// What packs no further.
fn report(number: u32) -> Vec<u8> {
    let words =
        (0_usize..).map(|part| rows::id(&["report", &number.to_string(), &part.to_string()]));
    let mut bytes: Vec<u8> = words.take(REPORT_BYTES / 32).flat_map(String::into_bytes).collect();
    bytes.truncate(REPORT_BYTES);
    bytes
}
