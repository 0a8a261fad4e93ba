//! Rows of the store as wire types.

use crate::wire::{
    AttackCut, AttackPath, AttackStep, Counts, Time,
    access::{Account, Token, TrailEntry},
    admission::Review,
    cluster::Event,
    finding::Finding,
    image::{ImageRow, Vulnerability},
    overview::FixFirst,
    workload::WorkloadRow,
};
use cofferdam_control::audit;
use cofferdam_store::{PastWorkload, rows};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) fn workload(row: rows::Workload) -> WorkloadRow {
    WorkloadRow {
        id: row.id,
        kind: row.kind,
        namespace: row.namespace,
        name: row.name,
        images: row.images.into(),
        counts: counts([row.critical, row.high, row.medium, row.low, row.unknown]),
        first_seen: Time(row.first_seen),
        gone_at: row.gone_at.map(Time),
        replicas: Some(row.replicas),
        ready: Some(row.ready),
        score: Some(row.score),
        score_why: Some(row.score_why),
        exposure: Some(row.exposure.into()),
        privileged: Some(row.privileged),
        service_account: Some(row.service_account),
        last_seen: Some(Time(row.last_seen)),
    }
}

/// A workload as of an earlier time: what its row says beyond this is of now.
pub(crate) fn past_workload(PastWorkload { name, counts, images }: PastWorkload) -> WorkloadRow {
    WorkloadRow {
        id: name.id,
        kind: name.kind,
        namespace: name.namespace,
        name: name.name,
        images,
        counts: open(counts),
        first_seen: Time(name.first_seen),
        gone_at: name.gone_at.map(Time),
        replicas: None,
        ready: None,
        score: None,
        score_why: None,
        exposure: None,
        privileged: None,
        service_account: None,
        last_seen: None,
    }
}

/// Open findings.
pub(crate) fn open(own: cofferdam_store::Counts) -> Counts {
    Counts {
        critical: own.critical,
        high: own.high,
        medium: own.medium,
        low: own.low,
        unknown: own.unknown,
    }
}

fn counts([critical, high, medium, low, unknown]: [u32; 5]) -> Counts {
    Counts {
        critical: critical.into(),
        high: high.into(),
        medium: medium.into(),
        low: low.into(),
        unknown: unknown.into(),
    }
}

/// A document that the store keeps as text.
fn json(text: Option<String>) -> Option<Value> {
    read(text).filter(|value: &Value| !value.is_null())
}

/// The same where its form is known.
fn read<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

pub(crate) fn finding(row: rows::Finding) -> Finding {
    Finding {
        id: row.id,
        subject_kind: row.subject_kind.into(),
        subject: row.subject,
        subject_title: row.subject_title,
        namespace: row.namespace,
        rule: row.rule,
        title: row.title,
        severity: row.severity.into(),
        outcome: row.outcome.into(),
        message: row.message,
        about: row.about,
        score: row.score,
        score_why: row.score_why,
        pointer: row.pointer,
        remediation: Some(row.remediation).filter(|text| !text.is_empty()),
        patch: json(row.patch),
        explanation: read(row.explanation),
        exception: read(row.exception),
        first_seen: Time(row.first_seen),
        since: Time(row.since.max(row.first_seen)),
        last_seen: Time(row.last_seen),
        gone_at: row.gone_at.map(Time),
        superseded: row.superseded,
    }
}

pub(crate) fn image(row: rows::Image, workloads: u64) -> ImageRow {
    ImageRow {
        id: row.id,
        name: row.name,
        tag: row.tag,
        digest: row.digest,
        platform: row.platform,
        state: row.state.into(),
        why: row.why,
        scanned_at: row.scanned_at.map(Time),
        size: row.size,
        distribution: row.distribution,
        packages: row.packages.into(),
        counts: counts([row.critical, row.high, row.medium, row.low, row.unknown]),
        secrets: row.secrets.into(),
        exploited: row.exploited.into(),
        score: row.score,
        workloads,
    }
}

pub(crate) fn vulnerability(row: rows::Vulnerability) -> Vulnerability {
    Vulnerability {
        id: row.id,
        aliases: row.aliases,
        title: row.title,
        package: row.package,
        version: row.version,
        purl: row.purl,
        path: row.path,
        layer: row.layer,
        severity: row.severity.map(Into::into),
        score: row.score,
        epss: row.epss,
        exploited: row.exploited,
        fixed: row.fixed,
        fixable: row.fixable,
    }
}

pub(crate) fn review(row: rows::Review) -> Review {
    Review {
        id: row.id,
        at: Time(row.at),
        user: row.user_name,
        operation: row.operation,
        resource: row.resource,
        namespace: row.namespace,
        name: row.name,
        decision: row.decision.into(),
        messages: row.messages,
        digest: row.digest,
        micros: row.micros.into(),
    }
}

pub(crate) fn event(row: rows::Event) -> Event {
    Event {
        id: row.id,
        at: Time(row.at),
        user: row.user_name,
        source_ip: row.source_ip,
        agent: row.agent,
        verb: row.verb,
        resource: row.resource,
        subresource: row.subresource,
        namespace: row.namespace,
        name: row.name,
        code: row.code,
        allowed: row.allowed,
        acts_as: row.acts_as,
        command: row.command,
    }
}

pub(crate) fn account(row: rows::Account) -> Account {
    Account {
        id: row.id,
        name: row.name,
        role: row.role.into(),
        namespaces: row.namespaces,
        created_at: Time(row.created_at),
        disabled_at: row.disabled_at.map(Time),
        must_change: row.must_change,
    }
}

pub(crate) fn token(row: rows::Token, account: String) -> Token {
    Token {
        id: row.id,
        name: row.name,
        account,
        role: row.role.into(),
        created_at: Time(row.created_at),
        expires_at: row.expires_at.map(Time),
        used_at: row.used_at.map(Time),
    }
}

pub(crate) fn trail(row: rows::Trail) -> TrailEntry {
    TrailEntry {
        id: row.id,
        at: Time(row.at),
        who: row.who,
        action: row.action,
        what: row.what,
        detail: json(row.detail),
        address: row.address,
    }
}

pub(crate) fn attack_path(path: &audit::AttackPath) -> AttackPath {
    let link = |workload: &Option<String>| workload.as_ref().map(|id| format!("/workloads/{id}"));
    let step = |step: &audit::AttackStep| AttackStep {
        title: step.title.clone(),
        why: step.why.clone(),
        link: link(&step.workload),
    };
    AttackPath {
        title: path.title.clone(),
        steps: path.steps.iter().map(step).collect(),
        cut: AttackCut { what: path.cut.clone(), link: link(&path.cut_at) },
    }
}

pub(crate) fn fix_first(fix: &audit::FixFirst) -> FixFirst {
    FixFirst {
        title: fix.title.clone(),
        why: fix.why.clone(),
        how: fix.how.clone(),
        score: fix.score,
        findings: fix.findings,
        workloads: fix.workloads,
        link: fix.link.clone(),
        rule: fix.rule.clone(),
        image: fix.image.clone(),
    }
}
