//! Recordings of clusters: what was in one, and what its images held, to be looked at elsewhere.
//! The sample is one: the shop of `examples/shop` as it ran in a real cluster.
//!
//! A recording is a folder: `cluster.json` (which), `objects.ndjson.zst` (what the watch sees: no
//! value of a Secret or ConfigMap), `images.ndjson.zst` (what was found in each image) and
//! `requests.ndjson.zst` (what was asked of its API server; older recordings have none).

use crate::scan::now;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use cofferdam_bounds::{Meter, file};
use cofferdam_cluster::{Connection, KINDS, Recording, watch};
use cofferdam_control::{Requests, Source, admission::SecretPath, scan::Images};
use cofferdam_model::{
    Change, ClusterIdentity, ClusterObject, Diagnostic, Exit, ObjectKey, Problem,
};
use cofferdam_store::{ImageFilter, Page, Store};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fs,
    io::{self, BufRead as _, Read as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    sync::Arc,
};

const CLUSTER: &str = "cluster.json";
const OBJECTS: &str = "objects.ndjson.zst";
const IMAGES: &str = "images.ndjson.zst";
const REQUESTS: &str = "requests.ndjson.zst";

/// Bytes of one file of a recording; a cluster of 100,000 pods is a tenth of it.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Bytes of what was found in all images, unpacked.
const IMAGES_BYTES_MAX: u64 = 1 << 30;
/// zstd's own default: the files are written once and read often.
const LEVEL: i32 = 3;

/// Which cluster it was.
#[derive(Serialize, Deserialize)]
struct Identity {
    id: String,
    name: String,
    version: String,
    server: String,
    /// Kinds that could not be read, and why.
    #[serde(default, skip_serializing_if = "Missing::is_empty")]
    withheld: Missing,
    /// Kinds that could not be read as a whole, and why.
    #[serde(default, skip_serializing_if = "Missing::is_empty")]
    lost: Missing,
}

/// Kinds, each with why it is missing.
type Missing = BTreeMap<String, String>;

/// What was found in one image.
#[derive(Serialize, Deserialize)]
struct Image<'a> {
    id: Cow<'a, str>,
    /// Base64 of a report (`control::scan::report`).
    report: Cow<'a, str>,
}

/// What is shown: a cluster, its images, and what was asked of it before.
pub(crate) struct Shown {
    pub(crate) source: Source,
    pub(crate) images: Images,
    /// Nothing of a cluster that lives: it tells itself.
    pub(crate) requests: Option<Requests>,
}

/// The recorded sample, which the binary carries.
pub(crate) fn sample() -> Result<Shown, Diagnostic> {
    of(
        include_bytes!("../../../examples/shop/recorded/cluster.json"),
        include_bytes!("../../../examples/shop/recorded/objects.ndjson.zst"),
        include_bytes!("../../../examples/shop/recorded/images.ndjson.zst"),
        Some(include_bytes!("../../../examples/shop/recorded/requests.ndjson.zst")),
    )
    .map_err(|error| unreadable(&error))
}

/// A recording of the user's own.
pub(crate) fn read(folder: &Path) -> Result<Shown, Diagnostic> {
    let bytes = |name: &str| {
        file::read(&folder.join(name), FILE_BYTES_MAX).map_err(|error| error.to_string())
    };
    let read = || {
        let requests = folder.join(REQUESTS).exists().then(|| bytes(REQUESTS)).transpose()?;
        of(&bytes(CLUSTER)?, &bytes(OBJECTS)?, &bytes(IMAGES)?, requests.as_deref())
    };
    read().map_err(|error| unreadable(&error).at(folder.display()))
}

fn unreadable(error: &str) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "cannot read the recording").because(error)
}

fn of(
    cluster: &[u8],
    objects: &[u8],
    images: &[u8],
    requests: Option<&[u8]>,
) -> Result<Shown, String> {
    let Identity { id, name, version, server, withheld, lost } =
        serde_json::from_slice(cluster).map_err(|error| format!("{CLUSTER}: {error}"))?;
    let (recording, problems) = Recording::read(objects, &Meter::default());
    whole(OBJECTS, &problems)?;
    let reports = reports(images).map_err(|error| format!("{IMAGES}: {error}"))?;
    let read = |bytes| Requests::read(bytes, now(), &Meter::default());
    let (requests, problems) = requests.map(read).unwrap_or_default();
    whole(REQUESTS, &problems)?;
    let identity = ClusterIdentity { id, name, version, server };
    let withheld = withheld.into_iter().map(|(kind, why)| Change::Withheld { kind, why });
    let lost = lost.into_iter().map(|(kind, why)| Change::Lost { kind, why, was_read: false });
    let missing = withheld.chain(lost);
    Ok(Shown {
        source: Source::Recorded { identity, recording, missing: missing.collect() },
        images: Images::Recorded(Arc::new(reports)),
        requests: Some(requests),
    })
}

/// A part of a recording would look like all of it.
fn whole(file: &str, problems: &[Problem]) -> Result<(), String> {
    match problems.first() {
        Some(problem) => Err(format!("{file}: {}", problem.detail)),
        None => Ok(()),
    }
}

fn reports(bytes: &[u8]) -> io::Result<HashMap<String, Vec<u8>>> {
    let unpacked = zstd::Decoder::new(bytes)?.take(IMAGES_BYTES_MAX);
    let mut reports = HashMap::new();
    for line in io::BufReader::new(unpacked).lines() {
        let line = line?;
        let Image { id, report } = serde_json::from_str(&line)?;
        let report = BASE64.decode(report.as_bytes()).map_err(io::Error::other)?;
        reports.insert(id.into_owned(), report);
    }
    Ok(reports)
}

/// Writes what is in a cluster, and what is known of its images and of what was asked of it, to a
/// new folder. Tells whether older reviews or events are left out.
pub(crate) async fn write(
    folder: &Path,
    connection: &Connection,
    store: &Store,
) -> Result<bool, Diagnostic> {
    let Some((objects, missing)) = objects(connection).await else {
        let what = "cannot record: the cluster is not watched any more";
        return Err(Diagnostic::new(Exit::Infrastructure, what));
    };
    save(folder, connection.identity(), (objects.values(), missing), store).await
}

/// Writes these objects, which kinds of them could not be read, and what the store knows besides.
pub(crate) async fn save<'o>(
    folder: &Path,
    identity: &ClusterIdentity,
    (objects, missing): (impl IntoIterator<Item = &'o ClusterObject>, BTreeMap<String, Change>),
    store: &Store,
) -> Result<bool, Diagnostic> {
    let failed = |error: &dyn std::fmt::Display| {
        Diagnostic::new(Exit::Infrastructure, "cannot write the recording")
            .at(folder.display())
            .because(error)
    };
    let objects = Recording::write(objects).map_err(|error| failed(&error))?;
    let images = images(store).await.map_err(|error| failed(&error))?;
    let (requests, has_more) = Requests::of(store).await.map_err(|error| failed(&error))?;
    let requests = requests.write(now()).map_err(|error| failed(&error))?;
    let ClusterIdentity { id, name, version, server } = identity.clone();
    let (mut withheld, mut lost) = (Missing::new(), Missing::new());
    for change in missing.into_values() {
        match change {
            Change::Withheld { kind, why } => drop(withheld.insert(kind, why)),
            Change::Lost { kind, why, .. } => drop(lost.insert(kind, why)),
            _ => {}
        }
    }
    let identity = Identity { id, name, version, server, withheld, lost };
    let identity = serde_json::to_vec_pretty(&identity);
    let identity = identity.map_err(|error| failed(&error))?;
    // A folder that is there already keeps the mode that its owner gave it.
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let written = made
        .and_then(|()| put(&folder.join(CLUSTER), &identity))
        .and_then(|()| put(&folder.join(OBJECTS), &objects))
        .and_then(|()| put(&folder.join(IMAGES), &images))
        .and_then(|()| put(&folder.join(REQUESTS), &requests));
    written.map(|()| has_more).map_err(|error| failed(&error))
}

/// Writes a file for its owner only: people put secrets into environment variables and commands.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| io::Write::write_all(&mut file, bytes))
}

/// Everything, as it is once all was listed, and by kind that it could not be; nothing where that
/// was never so.
async fn objects(
    connection: &Connection,
) -> Option<(BTreeMap<ObjectKey, ClusterObject>, BTreeMap<String, Change>)> {
    let (mut objects, mut missing) = (BTreeMap::new(), BTreeMap::new());
    let mut changes = watch(connection, KINDS);
    loop {
        match changes.recv().await? {
            Change::Put(mut object) => {
                // What the door knows an API server by is nobody else's.
                object.json = SecretPath::hide(&object.json).into();
                object.applied = object.applied.map(|text| SecretPath::hide(&text).into());
                objects.insert(object.key.clone(), object);
            }
            Change::Gone(key) => {
                objects.remove(&key);
            }
            Change::Synced => return Some((objects, missing)),
            Change::Current { kind } => {
                missing.remove(&kind);
            }
            Change::Lost { kind, why, was_read } => {
                missing.insert(kind.clone(), Change::Lost { kind, why, was_read });
            }
            Change::Withheld { kind, why } => {
                missing.insert(kind.clone(), Change::Withheld { kind, why });
            }
        }
    }
}

async fn images(store: &Store) -> Result<Vec<u8>, String> {
    let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL).map_err(|error| error.to_string())?;
    let mut page = Page::default();
    loop {
        let listed = store.images(&ImageFilter::default(), &page).await;
        let listed = listed.map_err(|error| error.to_string())?;
        for image in listed.items {
            let report = store.report(&image.id).await.map_err(|error| error.to_string())?;
            let Some(report) = report else { continue };
            let line = Image { id: image.id.into(), report: BASE64.encode(report).into() };
            serde_json::to_writer(&mut encoder, &line).map_err(|error| error.to_string())?;
            io::Write::write_all(&mut encoder, b"\n").map_err(|error| error.to_string())?;
        }
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return encoder.finish().map_err(|error| error.to_string()),
        }
    }
}
