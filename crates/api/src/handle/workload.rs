//! Workloads: what a person edits, with what runs for it.

use super::{
    list,
    objects::{objects, parsed},
};
use crate::{
    call::{Answered, Call, given, malformed},
    refusal::{Kind, Refusal},
    rows,
    wire::{
        Time,
        workload::{
            Container, ContainerKind, Drift, HistoryEntry, Manifest, Mark, Pod, Workload,
            WorkloadMore,
        },
    },
    yaml,
};
use cofferdam_control::{audit::AttackPath, services::leads_to, shown};
use cofferdam_store::{
    FindingFilter, FindingSort, LARGEST_PAGE, ObjectFilter, Page, PastFilter, WorkloadFilter,
    rows as stored,
};
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Reverse;

/// Filters and orders by what is only known as it is now.
const OF_NOW: [&str; 5] = ["severity", "exposure", "vulnerability", "score", "lastSeen"];

/// `GET /workloads`
pub(crate) async fn list_all(call: Call) -> Answered {
    if let Some(at) = call.query.at(call.now)? {
        return past(&call, at).await;
    }
    let filter = WorkloadFilter {
        cluster: None,
        kind: call.query.owned("kind"),
        namespaces: call.namespaces(),
        severity: call.query.word("severity")?,
        exposure: call.query.word("exposure")?,
        image: call.query.owned("image"),
        vulnerability: call.query.owned("vulnerability"),
        text: call.query.owned("q"),
    };
    let listed = call.api.store.workloads(&filter, &call.query.page(true)?).await?;
    Ok(given(&list(listed, rows::workload)))
}

/// The same as of an earlier time, by name.
async fn past(call: &Call, at: Timestamp) -> Answered {
    let sort = call.query.sort().map(|(field, _)| field);
    if let Some(now) =
        OF_NOW.iter().find(|name| call.query.text(name).is_some() || sort == Some(**name))
    {
        return Err(malformed(format!(
            "With at nothing is chosen or sorted by {now}: of workloads that is only known as it \
             is now. What was open then, by severity, is in /findings with at."
        )));
    }
    let filter = PastFilter {
        at,
        kind: call.query.owned("kind"),
        namespaces: call.namespaces(),
        image: call.query.owned("image"),
        text: call.query.owned("q"),
    };
    let listed = call.api.store.past_workloads(&filter, &call.query.page(false)?).await?;
    Ok(given(&list(listed, rows::past_workload)))
}

/// The workload that is asked for, if it may be seen.
async fn find(call: &Call) -> Result<stored::Workload, Refusal> {
    let found = call.api.store.workload(call.id()).await?;
    found
        .filter(|found| call.may_see(Some(&found.namespace)))
        .ok_or_else(|| Refusal::missing("workload"))
}

/// `GET /workloads/{id}`
pub(crate) async fn get(call: Call) -> Answered {
    let found = find(&call).await?;
    let store = &call.api.store;
    let containers = store.containers(&found.id, found.gone_at.map(before)).await?;
    let pods = store.pods(&found.id).await?;
    let manifest = store.manifest(&found.id).await?;
    let drift = manifest.as_ref().and_then(|manifest| manifest.drift.as_deref());
    let drift: Vec<Drift> =
        drift.and_then(|drift| serde_json::from_str(drift).ok()).unwrap_or_default();
    let view = call.api.control.view();
    let is_on = |path: &&AttackPath| {
        call.may_see_way(&path.namespaces)
            && path.steps.iter().any(|step| step.workload.as_ref() == Some(&found.id))
    };
    let more = WorkloadMore {
        replicas: found.replicas,
        ready: found.ready,
        score: found.score,
        score_why: found.score_why.clone(),
        exposure: found.exposure.into(),
        privileged: found.privileged,
        service_account: found.service_account.clone(),
        last_seen: Time(found.last_seen),
        api_version: found.api_version.clone(),
        labels: found.labels.clone(),
        containers: containers.into_iter().map(container).collect(),
        pods: pods.into_iter().map(pod).collect(),
        services: services(&call, &found, manifest.as_ref()).await?,
        attack_paths: view.attack_paths.iter().filter(is_on).map(rows::attack_path).collect(),
        drift,
        has_manifest: manifest.is_some(),
    };
    Ok(given(&Workload::new(rows::workload(found), more)))
}

/// The Services of its namespace that lead to it.
async fn services(
    call: &Call,
    found: &stored::Workload,
    manifest: Option<&stored::Manifest>,
) -> Result<Vec<String>, Refusal> {
    let Some(manifest) = manifest.filter(|_| found.gone_at.is_none()) else {
        return Ok(Vec::new());
    };
    let makes_pods: Value = serde_json::from_str(&manifest.manifest.0).unwrap_or_default();
    let filter = ObjectFilter {
        cluster: Some(found.cluster.clone()),
        kind: Some("Service".to_owned()),
        namespaces: Some(vec![found.namespace.clone()]),
        ..ObjectFilter::default()
    };
    let (all, _) = objects(call, filter).await?;
    let leading = all.into_iter().filter(|service| leads_to(&parsed(service), &makes_pods));
    Ok(leading.map(|service| format!("{}/{}", found.namespace, service.name)).collect())
}

/// Just before it was gone it had its containers.
fn before(gone: Timestamp) -> Timestamp {
    gone.saturating_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(gone)
}

fn container(row: stored::Container) -> Container {
    let kind: ContainerKind = row.kind.into();
    Container { name: row.name, kind, image_ref: row.image_ref, image: row.image }
}

fn pod(row: stored::Pod) -> Pod {
    Pod { name: row.name, node: row.node, phase: row.phase }
}

/// A finding that points at a line of a manifest.
struct Pointing {
    id: String,
    pointer: String,
    score: u8,
    is_about_credential: bool,
}

/// All findings of a subject that point somewhere, the worst first, however many: each may be
/// about the credential that is not to be shown.
async fn pointing(call: &Call, subject: &str) -> Result<Vec<Pointing>, Refusal> {
    let filter = FindingFilter { subject: Some(subject.to_owned()), ..FindingFilter::default() };
    // What is judged anew between two pages may change its score and not its place in this order.
    let sort = FindingSort::FirstSeen;
    let mut page = Page { limit: LARGEST_PAGE, after: None, sort, descending: false };
    let mut pointing = Vec::new();
    loop {
        let listed = call.api.store.findings(&filter, &page).await?;
        pointing.extend(listed.items.into_iter().filter_map(|finding| {
            Some(Pointing {
                id: finding.id,
                pointer: finding.pointer?,
                score: finding.score,
                is_about_credential: finding.rule.starts_with(shown::CREDENTIAL_RULES),
            })
        }));
        page.after = listed.next;
        if page.after.is_none() {
            pointing.sort_by_key(|one: &Pointing| Reverse(one.score));
            return Ok(pointing);
        }
    }
}

/// `GET /workloads/{id}/manifest`
pub(crate) async fn manifest(call: Call) -> Answered {
    let found = find(&call).await?;
    let manifest = call.api.store.manifest(&found.id).await?;
    let manifest = manifest.ok_or_else(|| Refusal::missing("manifest"))?;
    // Kept as the API server speaks, shown as people write.
    let mut object: Value = serde_json::from_str(&manifest.manifest.0)
        .map_err(|_| Refusal::new(Kind::Bug, "The manifest that is stored is no JSON."))?;
    let pointing = pointing(&call, &found.id).await?;
    let credentials = pointing.iter().filter(|one| one.is_about_credential);
    shown::hide(&mut object, credentials.map(|one| &*one.pointer));
    let written = yaml::write(&object);
    let marks = pointing.into_iter().filter_map(|finding| {
        let place = written.place(&finding.pointer)?;
        Some(Mark {
            line: place.line,
            end_line: place.end_line,
            column: place.column,
            end_column: place.end_column,
            finding: finding.id,
        })
    });
    let mut marks: Vec<Mark> = marks.collect();
    marks.sort_by_key(|mark| (mark.line, mark.column));
    Ok(given(&Manifest { text: written.text, marks }))
}

/// `GET /workloads/{id}/history`
pub(crate) async fn history(call: Call) -> Answered {
    let found = find(&call).await?;
    let page = call.query.page(true)?;
    let listed = call.api.store.workload_history(&found.id, &page).await?;
    Ok(given(&list(listed, |happened| HistoryEntry {
        at: Time(happened.at),
        what: happened.what,
        detail: happened.detail,
        outcome: happened.outcome.map(Into::into),
        severity: happened.severity.map(Into::into),
    })))
}
