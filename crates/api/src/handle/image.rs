//! Images: layers, packages, vulnerabilities, secrets.

use super::list;
use crate::{
    call::{Answered, Call, Scope, given},
    refusal::Refusal,
    rows, slice,
    wire::image::{Image, ImageMore, Layer, Package, ScanProblem, Secret, WorkloadLink},
};
use cofferdam_assess::Contents;
use cofferdam_control::scan::report;
use cofferdam_model::{Location, SecretPlace};
use cofferdam_store::{
    ImageFilter, LARGEST_PAGE, Page, VulnerabilityFilter, WorkloadFilter, rows as stored,
};
use std::collections::HashMap;

/// Vulnerabilities of one image that are counted by package; a worse image is rare.
const COUNTED: usize = 10_000;

/// `GET /images`
pub(crate) async fn list_all(call: Call) -> Answered {
    let filter = ImageFilter {
        state: call.query.word("state")?,
        severity: call.query.word("severity")?,
        name: call.query.owned("name"),
        digest: None,
        vulnerability: call.query.owned("vulnerability"),
        namespaces: call.namespaces(),
        text: call.query.owned("q"),
    };
    let store = &call.api.store;
    let listed = store.images(&filter, &call.query.page(true)?).await?;
    let ids: Vec<String> = listed.items.iter().map(|image| image.id.clone()).collect();
    let users = store.workloads_of_images(&ids, call.own_namespaces()).await?;
    let users: HashMap<String, u32> = users.into_iter().collect();
    Ok(given(&list(listed, |image| {
        let workloads = users.get(&image.id).copied().unwrap_or(0);
        rows::image(image, workloads.into())
    })))
}

/// Whether an image may be seen: by all who see all, and by those who run it.
pub(super) async fn may_see(call: &Call, image: &str) -> Result<bool, Refusal> {
    let Scope::Namespaces(own) = &call.scope else { return Ok(true) };
    let filter = WorkloadFilter {
        namespaces: Some(own.clone()),
        image: Some(image.to_owned()),
        ..WorkloadFilter::default()
    };
    let one = Page { limit: 1, ..Page::default() };
    Ok(call.api.store.workloads(&filter, &one).await?.total > 0)
}

/// The image that is asked for, if it may be seen.
async fn find(call: &Call) -> Result<stored::Image, Refusal> {
    let missing = || Refusal::missing("image");
    let found = call.api.store.image(call.id()).await?.ok_or_else(missing)?;
    if may_see(call, &found.id).await? { Ok(found) } else { Err(missing()) }
}

/// What a scan saw of it; nothing as long as it was not scanned, or where the report cannot be
/// read any more: then the image is scanned again.
async fn contents(call: &Call, image: &stored::Image) -> Result<Contents, Refusal> {
    let report = call.api.store.report(&image.id).await?;
    Ok(report.and_then(|report| report::decode(&report).ok()).unwrap_or_default())
}

/// `GET /images/{id}`
pub(crate) async fn get(call: Call) -> Answered {
    let found = find(&call).await?;
    let contents = contents(&call, &found).await?;
    let (store, own) = (&call.api.store, call.own_namespaces());
    let users = store.image_workloads(&found.id, own).await?.into_iter();
    let workload_list = users.map(|(id, title)| WorkloadLink { id, title }).collect();
    let ids = [found.id.clone()];
    let workloads = store.workloads_of_images(&ids, own).await?;
    let workloads = workloads.first().map_or(0, |(_, count)| u64::from(*count));
    let layers = contents.image.layers.iter().map(|layer| Layer {
        digest: layer.digest.or(layer.diff_id).map(|digest| digest.to_string()),
        size: Some(layer.size_bytes),
        created_by: layer.created_by.clone(),
    });
    let problems = contents.problems.iter().map(|problem| ScanProblem {
        kind: problem.kind.as_str().to_owned(),
        detail: match &problem.location {
            Some(location) => format!("{}: {}", location.path, problem.detail),
            None => problem.detail.clone(),
        },
    });
    let more = ImageMore { workload_list, layers: layers.collect(), problems: problems.collect() };
    Ok(given(&Image::new(rows::image(found, workloads), more)))
}

/// The layer of a place, by digest.
fn layer(contents: &Contents, location: &Location) -> Option<String> {
    let layer = contents.image.layers.get(location.layer?)?;
    layer.digest.or(layer.diff_id).map(|digest| digest.to_string())
}

/// `GET /images/{id}/packages`
pub(crate) async fn packages(call: Call) -> Answered {
    let found = find(&call).await?;
    let contents = contents(&call, &found).await?;
    let counts = counts(&call, &found.id).await?;
    let wanted = call.query.text("q");
    let packages = contents.packages.iter().map(|package| Package {
        kind: package.kind.purl_type().to_owned(),
        name: package.name.clone(),
        version: package.version.clone(),
        purl: package.purl(contents.distribution.as_ref()),
        path: package.location.path.clone(),
        layer: layer(&contents, &package.location),
        license: package.license.clone(),
        vulnerabilities: counts
            .get(&(package.name.clone(), package.version.clone()))
            .copied()
            .unwrap_or(0),
    });
    let packages = packages
        .filter(|package| slice::has(wanted, &[&package.name, &package.version, &package.path]));
    let orders: &[slice::Order<Package>] = &[
        ("name", |one, other| one.name.cmp(&other.name)),
        ("type", |one, other| one.kind.cmp(&other.kind)),
        ("vulnerabilities", |one, other| one.vulnerabilities.cmp(&other.vulnerabilities)),
    ];
    Ok(given(&slice::page(packages.collect(), &call.query, orders)?))
}

/// How many vulnerabilities each package has, by name and version.
async fn counts(call: &Call, image: &str) -> Result<HashMap<(String, String), u64>, Refusal> {
    let filter =
        VulnerabilityFilter { image: Some(image.to_owned()), ..VulnerabilityFilter::default() };
    let mut page = Page { limit: LARGEST_PAGE, ..Page::default() };
    let mut counts = HashMap::new();
    let mut seen = 0;
    while seen < COUNTED {
        let listed = call.api.store.vulnerabilities(&filter, &page).await?;
        seen += listed.items.len();
        for found in listed.items {
            *counts.entry((found.package, found.version)).or_default() += 1;
        }
        page.after = listed.next;
        if page.after.is_none() {
            break;
        }
    }
    Ok(counts)
}

/// `GET /images/{id}/vulnerabilities`
pub(crate) async fn vulnerabilities(call: Call) -> Answered {
    let found = find(&call).await?;
    let filter = VulnerabilityFilter {
        image: Some(found.id),
        id: None,
        severity: call.query.word("severity")?,
        exploited: call.query.word("exploited")?,
        fixable: call.query.word("fixable")?,
        text: call.query.owned("q"),
    };
    let listed = call.api.store.vulnerabilities(&filter, &call.query.page(true)?).await?;
    Ok(given(&list(listed, rows::vulnerability)))
}

/// `GET /images/{id}/secrets`
pub(crate) async fn secrets(call: Call) -> Answered {
    let found = find(&call).await?;
    let contents = contents(&call, &found).await?;
    let wanted = call.query.text("q");
    let secrets = contents.secrets.iter().map(|secret| {
        let (place, location, deleted) = match &secret.place {
            SecretPlace::File { location, deleted_in, .. } => {
                (location.path.clone(), Some(location), deleted_in.is_some())
            }
            SecretPlace::Env(name) => (format!("environment variable {name}"), None, false),
            SecretPlace::Label(name) => (format!("label {name}"), None, false),
            SecretPlace::Command => ("command".to_owned(), None, false),
            SecretPlace::History(step) => (format!("history, step {step}"), None, false),
        };
        Secret {
            kind: secret.kind.to_owned(),
            title: secret.title.to_owned(),
            place,
            line: secret.line,
            layer: location.and_then(|location| layer(&contents, location)),
            masked: secret.masked.clone(),
            deleted,
        }
    });
    let secrets = secrets.filter(|secret| slice::has(wanted, &[&secret.title, &secret.place]));
    let orders: &[slice::Order<Secret>] = &[
        ("kind", |one, other| one.kind.cmp(&other.kind)),
        ("place", |one, other| one.place.cmp(&other.place)),
    ];
    Ok(given(&slice::page(secrets.collect(), &call.query, orders)?))
}
