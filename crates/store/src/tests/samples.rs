//! Rows to put in.

use crate::{
    ContainerKind, Decision, Exposure, ImageState, Outcome, Packed, Role, SubjectKind,
    rows::{
        Account, Cluster, Container, Event, Finding, Image, Manifest, Object, Pod, Point, Review,
        Session, Token, Trail, Vulnerability, Workload, id,
    },
};
use cofferdam_model::Severity;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// So many seconds after the beginning of these tests' time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

pub(crate) fn workload(namespace: &str, name: &str, score: u8) -> Workload {
    Workload {
        id: id(&["c", "Deployment", namespace, name]),
        cluster: "c".into(),
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: namespace.into(),
        name: name.into(),
        replicas: 2,
        ready: 1,
        service_account: "default".into(),
        exposure: Exposure::Internet,
        privileged: true,
        labels: BTreeMap::from([("app".to_owned(), name.to_owned())]),
        score,
        score_why: "exploited and exposed".into(),
        critical: u32::from(score > 90),
        high: 2,
        medium: 3,
        low: 4,
        unknown: 0,
        images: 1,
        first_seen: at(0),
        last_seen: at(0),
        gone_at: None,
    }
}

pub(crate) fn container(name: &str, image: Option<&str>) -> Container {
    Container {
        workload: String::new(),
        kind: ContainerKind::Init,
        name: name.into(),
        image_ref: "shop/web:1".into(),
        image: image.map(str::to_owned),
        first_seen: at(0),
        gone_at: None,
    }
}

pub(crate) fn finding(subject: &str, rule: &str, about: &str, score: u8) -> Finding {
    Finding {
        id: id(&[subject, rule, about]),
        cluster: "c".into(),
        subject_kind: SubjectKind::Workload,
        subject: subject.into(),
        subject_title: format!("Deployment shop/{subject}"),
        namespace: Some("shop".into()),
        rule: rule.into(),
        title: "Runs as root".into(),
        severity: if score > 50 { Severity::High } else { Severity::Low },
        outcome: Outcome::Fail,
        message: "container web runs as root".into(),
        about: about.into(),
        score,
        score_why: "exposed".into(),
        pointer: Some("/spec/template".into()),
        remediation: "set runAsNonRoot".into(),
        patch: Some("[]".into()),
        explanation: None,
        exception: None,
        first_seen: at(0),
        since: at(0),
        last_seen: at(0),
        gone_at: None,
        superseded: false,
    }
}

pub(crate) fn image(name: &str, score: u8) -> Image {
    Image {
        id: id(&[name, "sha256:1", "linux/amd64"]),
        name: name.into(),
        tag: Some("1".into()),
        digest: "sha256:1".into(),
        platform: "linux/amd64".into(),
        state: ImageState::Scanned,
        why: None,
        scanned_at: Some(at(1)),
        judged_at: None,
        size: u64::from(score) << 33,
        distribution: Some("Debian 12".into()),
        packages: 88,
        critical: 1,
        high: 0,
        medium: 0,
        low: 0,
        unknown: 1,
        secrets: 0,
        exploited: 1,
        score,
    }
}

pub(crate) fn vulnerability(image: &str, id: &str, package: &str) -> Vulnerability {
    Vulnerability {
        image: image.into(),
        id: id.into(),
        aliases: vec!["GHSA-1".into()],
        package: package.into(),
        version: "1.0".into(),
        purl: format!("pkg:deb/debian/{package}@1.0"),
        path: "var/lib/dpkg/status".into(),
        layer: None,
        severity: None,
        score: 40,
        epss: Some(0.125),
        exploited: false,
        fixed: Some("1.1".into()),
        fixable: true,
        title: "A hole".into(),
    }
}

pub(crate) fn object(kind: &str, name: &str) -> Object {
    Object {
        id: id(&["c", kind, "", name]),
        cluster: "c".into(),
        api_version: "v1".into(),
        kind: kind.into(),
        namespace: None,
        name: name.into(),
        uid: "u".into(),
        json: Packed::from(r#"{"kind":"Node","name":"größe"}"#),
        first_seen: at(0),
        gone_at: None,
    }
}

pub(crate) fn review(number: u32, decision: Decision) -> Review {
    Review {
        id: format!("r{number:06}"),
        at: at(i64::from(number)),
        user_name: "alice".into(),
        groups: vec!["dev".into()],
        operation: "CREATE".into(),
        resource: "v1/pods".into(),
        namespace: Some("shop".into()),
        name: format!("pod-{number}"),
        decision,
        messages: vec!["runs as root".into()],
        digest: "d".into(),
        micros: 800,
    }
}

pub(crate) fn event(number: u32) -> Event {
    Event {
        id: format!("e{number:06}"),
        at: at(i64::from(number)),
        user_name: "bob".into(),
        source_ip: "2001:db8::1".into(),
        agent: "kubectl".into(),
        verb: "create".into(),
        resource: "pods".into(),
        subresource: "exec".into(),
        namespace: None,
        name: "web".into(),
        code: 201,
        allowed: true,
        acts_as: "nobody (system:masters)".into(),
        command: "app: sh -c id".into(),
    }
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        id: format!("a-{name}"),
        name: name.into(),
        role: Role::Developer,
        namespaces: Some(vec!["shop".into()]),
        password_hash: "$argon2id$".into(),
        created_at: at(0),
        disabled_at: None,
        must_change: true,
    }
}

pub(crate) fn session(account: &str) -> Session {
    Session {
        id_hash: "h".into(),
        account: account.into(),
        created_at: at(0),
        expires_at: at(100),
        seen_at: at(0),
    }
}

pub(crate) fn token(account: &str) -> Token {
    Token {
        id: "t".into(),
        name: "ci".into(),
        account: account.into(),
        hash: "h".into(),
        role: Role::Viewer,
        created_at: at(0),
        expires_at: None,
        used_at: None,
    }
}

pub(crate) fn trail(number: u32) -> Trail {
    Trail {
        id: format!("t{number}"),
        at: at(i64::from(number)),
        who: "alice".into(),
        action: "set-mode".into(),
        what: "CFD-K001".into(),
        detail: None,
        address: "127.0.0.1".into(),
    }
}

pub(crate) fn cluster() -> Cluster {
    Cluster {
        id: "c".into(),
        name: "rig".into(),
        version: "v1.34.4".into(),
        server: "https://127.0.0.1:6443".into(),
        synced_at: Some(at(5)),
        lost: vec!["Secret".into()],
    }
}

pub(crate) fn point(seconds: i64, high: u32) -> Point {
    Point { cluster: "c".into(), at: at(seconds), critical: 1, high, medium: 3, low: 4 }
}

pub(crate) fn pod(uid: &str, workload: &str) -> Pod {
    Pod {
        uid: uid.into(),
        workload: Some(workload.into()),
        namespace: "shop".into(),
        name: format!("web-{uid}"),
        node: None,
        phase: "Running".into(),
        started: Some(at(0)),
        gone_at: None,
    }
}

pub(crate) fn manifest(workload: &str) -> Manifest {
    Manifest {
        workload: workload.into(),
        manifest: Packed::from("kind: Deployment\n"),
        applied: None,
        drift: Some("[]".into()),
    }
}
