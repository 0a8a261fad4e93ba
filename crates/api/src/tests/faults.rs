//! Questions that no database may stumble over, and what is said when one does.

use super::{
    client::Ask,
    house::{AUDIT_TOKEN, House, now},
};
use crate::routes::{Method, ROUTES};
use cofferdam_identity::Role;
use cofferdam_store::{EventFilter, Page, Round, rows};

/// Every parameter of every question, with a letter that PostgreSQL does not know.
#[tokio::test]
async fn a_question_with_nul_is_no_mistake_of_ours() {
    let house = House::new().await;
    let token = house.token(Role::Admin).await;
    let mut asked = 0;
    let check = async |ask: Ask, what: &str| {
        let status = house.send(ask.token(&token)).await.status;
        assert!([200, 400, 404, 422].contains(&status), "{what}: {status}");
    };
    for route in ROUTES.iter().filter(|route| route.method == Method::Get) {
        if route.path.contains("events") || route.path.contains("stream") {
            continue; // does not end
        }
        let path =
            format!("/api/v1{}", route.path.replace("{id}", "a%00b").replace("{code}", "%00"));
        check(Ask::get(path.clone()), &path).await;
        let own = format!("/api/v1{}", route.path.replace("{id}", "web").replace("{code}", "x"));
        for parameter in route.query.iter().copied().flatten() {
            let path = format!("{own}?{}=a%00b", parameter.name);
            check(Ask::get(path.clone()), &path).await;
            asked += 1;
        }
    }
    assert!(asked > 30, "{asked}");
    let body = serde_json::json!({ "name": "a\0b", "password": "a\0b" });
    let answer = house.send(Ask::new("POST", "/api/v1/session").json(&body)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "sign-in"));
}

/// A Namespace whose document cannot be unpacked any more.
async fn spoil(house: &House) {
    let object = rows::Object {
        id: "spoiled".to_owned(),
        cluster: "c".to_owned(),
        api_version: "v1".to_owned(),
        kind: "Namespace".to_owned(),
        namespace: None,
        name: "spoiled".to_owned(),
        uid: "spoiled".to_owned(),
        json: " ".repeat((16 << 20) + 1).as_str().into(),
        first_seen: now(),
        gone_at: None,
    };
    house.store.put_objects(&[object]).await.unwrap();
}

#[tokio::test]
async fn the_cause_of_a_mistake_is_in_the_log_and_the_answer_says_where() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    spoil(&house).await;
    let answer = house.send(Ask::get("/api/v1/cluster?x").token(&token)).await;
    assert_eq!(answer.status, 400, "nothing was asked");
    assert!(house.control.logged.lock().unwrap().is_empty());
    let mut references = Vec::new();
    for number in 1..=2 {
        let answer = house.send(Ask::get("/api/v1/cluster").token(&token)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (500, "bug"));
        let logged = house.control.logged.lock().unwrap();
        assert_eq!(logged.len(), number);
        let last = logged.last().unwrap();
        assert_eq!(last.place.as_deref(), Some("/api/v1/cluster"));
        let cause = last.cause.as_deref().unwrap();
        assert!(cause.contains("a document above 16 MiB"), "{cause}");
        let answer = answer.json();
        let detail = answer["detail"].as_str().unwrap();
        assert!(!detail.contains("16 MiB"), "{detail}");
        let reference = detail.trim_end_matches('.').rsplit(' ').next().unwrap().to_owned();
        assert_eq!(reference.len(), 8);
        assert!(last.what.contains(&reference), "{last:?} {detail}");
        references.push(reference);
    }
    assert_ne!(references[0], references[1]);
}

#[tokio::test]
async fn readiness_names_the_store_when_it_is_the_store() {
    let house = House::new().await;
    *house.control.store.lock().unwrap() = Some("the disk is full".to_owned());
    let ready = house.send(Ask::get("/readyz")).await;
    let text = String::from_utf8(ready.body).unwrap();
    assert_eq!((ready.status, &*text), (503, "store failed\nbus ok\ncluster ok\n"));
    assert_eq!(house.send(Ask::get("/readyz/admission")).await.status, 200);
    assert_eq!(house.send(Ask::get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn what_was_forgotten_is_among_the_figures() {
    let house = House::new().await;
    let viewer = house.token(Role::Viewer).await;
    let gone = rows::Pod {
        uid: "old".to_owned(),
        workload: None,
        namespace: "shop".to_owned(),
        name: "old".to_owned(),
        node: None,
        phase: "Running".to_owned(),
        started: None,
        gone_at: Some("2020-01-01T00:00:00Z".parse().unwrap()),
    };
    house.store.put_pods(&[gone]).await.unwrap();
    assert_eq!(house.store.prune(&mut Round::default(), now()).await.unwrap(), 1);
    let answer = house.send(Ask::get("/metrics").token(&viewer)).await;
    let text = String::from_utf8(answer.body).unwrap();
    for line in ["cofferdam_store_dropped_total{table=\"pod\"} 1", "cofferdam_store_refused 0"] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
}

/// One that cannot be stored keeps no other of its batch away, and U+0000 is no reason.
#[tokio::test]
async fn an_audit_event_with_nul_is_taken() {
    let house = House::new().await;
    let event = serde_json::json!({ "auditID": "a\0b", "stage": "ResponseComplete",
        "verb": "create", "user": { "username": "eve\0" }, "requestURI": "/api/v1/pods",
        "stageTimestamp": "2026-11-21T12:00:00Z",
        "objectRef": { "resource": "pods", "namespace": "shop", "name": "x\0" } });
    let batch = serde_json::json!({ "kind": "EventList", "apiVersion": "audit.k8s.io/v1",
        "items": [event] });
    let answer = house.send(Ask::new("POST", "/audit").token(AUDIT_TOKEN).json(&batch)).await;
    assert!([200, 204, 400].contains(&answer.status), "{answer:?}");
    let listed = house.store.events(&EventFilter::default(), &Page::default()).await.unwrap();
    assert!(listed.items.iter().all(|one| !one.user_name.contains('\0')), "{listed:?}");
}
