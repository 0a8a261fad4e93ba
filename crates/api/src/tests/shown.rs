//! What single things show.

use super::{
    client::Ask,
    house::{AUDIT_TOKEN, House, now},
};
use cofferdam_identity::Role;
use cofferdam_store::{Decision, rows};
use jiff::SignedDuration;
use serde_json::{Value, json};

#[tokio::test]
async fn a_workload_with_what_belongs_to_it() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let web = house.get("/workloads/web", &token).await;
    assert_eq!(web["apiVersion"], "apps/v1");
    assert_eq!(web["containers"][0]["image"], "i");
    assert_eq!(web["drift"][0]["path"], "spec.replicas");
    assert_eq!(web["services"], json!(["shop/web"]));
    assert_eq!(web["attackPaths"][0]["steps"][0]["link"], "/workloads/web");
    assert_eq!(web["attackPaths"].as_array().unwrap().len(), 2);
    let manifest = house.get("/workloads/web/manifest", &token).await;
    let mark = &manifest["marks"][0];
    let line = usize::try_from(mark["line"].as_u64().unwrap()).unwrap();
    let text = manifest["text"].as_str().unwrap();
    assert_eq!(text.lines().nth(line - 1), Some("      privileged: true"), "{text}");
    assert_eq!(mark["finding"], "fw");
}

/// What nobody kept is not told as it is now.
#[tokio::test]
async fn a_list_of_the_past_tells_what_was_open_then_and_nothing_of_now() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    house.store.put_findings("web", &[], now() + SignedDuration::from_secs(30)).await.unwrap();
    for (at, critical) in [("2026-11-21T12:00:10Z", 1), ("2026-11-21T12:00:40Z", 0)] {
        let listed = house.get(&format!("/workloads?at={at}"), &token).await;
        let web = &listed["items"][0];
        assert_eq!((&web["name"], &web["images"]), (&json!("web"), &json!(1)));
        assert_eq!(web["counts"]["critical"], critical, "{at}");
        for kept_by_nobody in [
            "replicas",
            "ready",
            "score",
            "scoreWhy",
            "exposure",
            "privileged",
            "serviceAccount",
            "lastSeen",
        ] {
            assert_eq!(web.get(kept_by_nobody), Some(&Value::Null), "{kept_by_nobody}");
        }
    }
    let now = &house.get("/workloads?sort=-score", &token).await["items"][0];
    assert_eq!((&now["score"], &now["exposure"]), (&json!(90), &json!("internet")));
}

/// What a finding masks is not told beside it.
#[tokio::test]
async fn a_manifest_shows_no_credential() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let url = "postgres://app:Kw9rotterdam@db:5432/shop";
    let manifest = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web", "annotations": {
            "a": url, "b": "{\"value\":\"Change-me\"}",
        } },
        "spec": { "containers": [{
            "name": "web", "args": ["serve", format!("--db={url}")],
            "env": [
                { "name": "LOG_LEVEL", "value": "debug-all" },
                { "name": "ADMIN_PASSWORD", "value": "Change-me" },
                { "name": "OTHER_PASSWORD", "value": "hunter2" },
                { "name": "API_TOKEN", "value": "Kw9xTr4pQz71" },
            ],
        }] },
    });
    put_manifest(&house, &manifest).await;
    let found = house.store.finding("fw").await.unwrap().unwrap();
    let pointer = Some("/spec/containers/0/env/1/value".to_owned());
    let found = rows::Finding { rule: "CFD-SEC-0008".to_owned(), pointer, ..found };
    house.store.put_findings("web", &[found], now()).await.unwrap();
    let shown = house.get("/workloads/web/manifest", &token).await;
    let text = shown["text"].as_str().unwrap();
    for secret in ["rotterdam", "Change-me", "hunter2", "Tr4pQz71"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for line in
        [r#"a: "Kw…""#, "value: debug-all", r#"value: "(9 characters, not shown)""#, "- serve"]
    {
        assert!(text.lines().any(|own| own.trim() == line), "{line} in {text}");
    }
    let line = usize::try_from(shown["marks"][0]["line"].as_u64().unwrap()).unwrap();
    assert!(text.lines().nth(line - 1).unwrap().contains("(9 characters, not shown)"), "{text}");
}

async fn put_manifest(house: &House, manifest: &Value) {
    let row = rows::Manifest {
        workload: "web".to_owned(),
        manifest: manifest.to_string().as_str().into(),
        applied: None,
        drift: None,
    };
    house.store.put_manifests(&[row]).await.unwrap();
}

/// Not beyond the first page of findings either.
#[tokio::test]
async fn a_credential_is_hidden_however_many_findings_are_worse() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let manifest = json!({
        "apiVersion": "v1", "kind": "Pod",
        "spec": { "containers": [{
            "name": "web", "env": [{ "name": "ADMIN_PASSWORD", "value": "Change-me" }],
        }] },
    });
    put_manifest(&house, &manifest).await;
    let worse = house.store.finding("fw").await.unwrap().unwrap();
    let mut found: Vec<rows::Finding> = (0..600)
        .map(|number| rows::Finding {
            id: format!("f{number}"),
            about: format!("package {number}"),
            pointer: None,
            ..worse.clone()
        })
        .collect();
    found.push(rows::Finding {
        id: "last".to_owned(),
        rule: "CFD-SEC-0008".to_owned(),
        pointer: Some("/spec/containers/0/env/0/value".to_owned()),
        score: 1,
        ..worse
    });
    house.store.put_findings("web", &found, now()).await.unwrap();
    let shown = house.get("/workloads/web/manifest", &token).await;
    let text = shown["text"].as_str().unwrap();
    assert!(!text.contains("Change-me"), "{text}");
    assert_eq!(shown["marks"][0]["finding"], "last");
}

#[tokio::test]
async fn an_image_with_what_is_in_it() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let image = house.get("/images/i", &token).await;
    assert_eq!(image["workloads"], 1);
    assert_eq!(image["workloadList"][0]["title"], "Deployment shop/web");
    assert_eq!(image["layers"][0]["size"], 5);
    assert_eq!(image["problems"][0]["kind"], "truncated");
    let package = &house.get("/images/i/packages", &token).await["items"][0];
    assert_eq!((&package["type"], &package["vulnerabilities"]), (&json!("deb"), &json!(1)));
    let secret = &house.get("/images/i/secrets", &token).await["items"][0];
    assert_eq!((&secret["masked"], &secret["deleted"]), (&json!("AK…"), &json!(true)));
}

#[tokio::test]
async fn a_finding_says_what_it_rests_on_and_who_accepted_it() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let finding = house.get("/findings/fw", &token).await;
    let input = json!({ "path": "a", "value": "true", "provenance": "x" });
    assert_eq!(finding["explanation"]["inputs"], json!([input]));
    assert_eq!(finding["exception"], Value::Null);
    let mut accepted = house.store.finding("fw").await.unwrap().unwrap();
    let exception = json!({ "name": "e", "owner": "ada", "reason": "legacy", "expires": "2027-01-01T00:00:00Z" });
    accepted.exception = Some(exception.to_string());
    accepted.outcome = cofferdam_store::Outcome::Excepted;
    let subject = accepted.subject.clone();
    house.store.put_findings(&subject, &[accepted], now()).await.unwrap();
    assert_eq!(house.get("/findings/fw", &token).await["exception"], exception);
    let overview = house.get("/overview", &token).await;
    assert_eq!(overview["counts"]["critical"], 1, "what is accepted is not open");
}

#[tokio::test]
async fn what_was_let_through_unjudged_is_not_counted_as_allowed() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let decisions = [Decision::Allowed, Decision::Warned, Decision::Denied, Decision::FailedOpen];
    let reviews = decisions.map(|decision| rows::Review {
        id: decision.to_string(),
        at: now() - SignedDuration::from_mins(1),
        user_name: "alice".to_owned(),
        groups: Vec::new(),
        operation: "CREATE".to_owned(),
        resource: "v1/pods".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "web".to_owned(),
        decision,
        messages: Vec::new(),
        digest: String::new(),
        micros: 800,
    });
    house.store.put_reviews(&reviews).await.unwrap();
    let overview = house.get("/overview", &token).await;
    let counts = ["allowed", "warned", "denied", "failedOpen"].map(|of| &overview["reviews"][of]);
    assert_eq!(counts, [1, 1, 1, 1]);
}

#[tokio::test]
async fn what_may_not_be_read_is_named_and_is_not_out_of_date() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let cluster = house.get("/cluster", &token).await;
    assert_eq!(cluster["withheld"], json!([{"kind": "Secret", "why": "403 Forbidden"}]));
    assert_eq!(cluster["lost"], json!([]));
    let overview = house.get("/overview", &token).await;
    assert_eq!(overview["cluster"]["withheld"], cluster["withheld"]);
}

#[tokio::test]
async fn the_overview_says_what_one_fix_buys() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let overview = house.get("/overview", &token).await;
    assert_eq!(overview["cluster"]["nodes"], 1);
    assert_eq!(overview["images"]["scanned"], 1);
    let fixes = overview["fixFirst"].as_array().unwrap();
    let titles: Vec<&str> = fixes.iter().filter_map(|fix| fix["title"].as_str()).collect();
    assert_eq!(titles, ["Mend web", "Mend vault", "Mend role"]);
    assert_eq!(overview["reviews"]["last24h"].as_array().unwrap().len(), 24);
}

#[tokio::test]
async fn a_policy_and_its_mode() {
    let mut house = House::new().await;
    let token = house.token(Role::Security).await;
    let policy = house.get("/policies/CFD-IMG-0001", &token).await;
    assert_eq!(policy["failing"], 2, "at what runs, and not once more for the image");
    assert!(!policy["tests"].as_array().unwrap().is_empty());
    assert!(policy["yaml"].as_str().unwrap().contains("CFD-IMG-0001"));
    let mut events = house.bus.events(crate::EVENTS).await.unwrap();
    let path = "/api/v1/policies/CFD-IMG-0001/mode";
    let set = Ask::new("PUT", path).token(&token).json(&json!({ "mode": "enforce" }));
    assert_eq!(house.send(set).await.json()["mode"], "enforce");
    let told = events.next().await.unwrap();
    assert!(matches!(told, cofferdam_bus::Heard::Event(bytes) if bytes.starts_with(b"{")));
    let enforced = house.get("/policies?mode=enforce", &token).await;
    assert_eq!(enforced["total"], 1);
    let trail = house.get("/access/trail?q=mode.set", &token).await;
    let entry = &trail["items"][0];
    assert_eq!((&entry["who"], &entry["detail"]["after"]), (&json!("security"), &json!("enforce")));
    let wrong = Ask::new("PUT", path).token(&token).json(&json!({ "mode": "maybe" }));
    assert_eq!(house.send(wrong).await.problem(), "invalid");
    // What is not said stays as it was.
    let said = [
        (json!({ "mode": "enforce" }), ["enforce", "ignore", "lenient"]),
        (json!({ "mode": "enforce", "onFailure": "fail" }), ["enforce", "fail", "lenient"]),
        (json!({ "mode": "warn", "updates": "strict" }), ["warn", "fail", "strict"]),
        (json!({ "mode": "enforce" }), ["enforce", "fail", "strict"]),
        (json!({ "mode": "enforce", "onFailure": "ignore" }), ["enforce", "ignore", "strict"]),
    ];
    for (change, expected) in said {
        let set = Ask::new("PUT", path).token(&token).json(&change);
        let row = house.send(set).await.json();
        let found = ["mode", "onFailure", "updates"].map(|field| row[field].clone());
        assert_eq!(found, expected.map(|word| json!(word)), "{change}");
    }
    let wrong = json!({ "mode": "enforce", "onFailure": "open" });
    let wrong = Ask::new("PUT", path).token(&token).json(&wrong);
    assert_eq!(house.send(wrong).await.problem(), "invalid");
    // What is asked in the background only refuses nobody, and is not said to.
    assert_eq!(house.get("/policies/VAULT-1", &token).await["mode"], "off");
    for (mode, is_taken) in [("off", true), ("audit", false), ("warn", false), ("enforce", false)] {
        let set = Ask::new("PUT", "/api/v1/policies/VAULT-1/mode").token(&token);
        let answer = house.send(set.json(&json!({ "mode": mode }))).await;
        if is_taken {
            assert_eq!(answer.json()["mode"], "off");
        } else {
            assert_eq!(answer.problem(), "invalid", "{mode}");
        }
    }
    house.stop.take();
}

#[tokio::test]
async fn a_policy_of_a_namespace_is_seen_by_who_sees_the_namespace() {
    let house = House::new().await;
    let (viewer, developer) = (house.token(Role::Viewer).await, house.token(Role::Developer).await);
    let policy = house.get("/policies/VAULT-1", &viewer).await;
    assert_eq!(policy["namespace"], "vault");
    assert_eq!(policy["source"], "SecurityPolicy vault/one-owner:2");
    assert_eq!(house.get("/policies?q=VAULT-1", &viewer).await["total"], 1);
    assert_eq!(house.get("/policies?q=VAULT-1", &developer).await["total"], 0);
    let ask = Ask::get("/api/v1/policies/VAULT-1").token(&developer);
    assert_eq!(house.send(ask).await.problem(), "not-found");
    assert_eq!(house.get("/policies/CFD-IMG-0001", &developer).await["source"], "built-in");
    // So is what is wrong with one.
    for (token, expected) in [(&viewer, 3), (&developer, 2)] {
        let overview = house.get("/overview", token).await;
        let problems = overview["problems"].as_array().unwrap();
        assert_eq!(problems.len(), expected, "{problems:?}");
    }
}

#[tokio::test]
async fn audit_events_come_in_by_their_own_token() {
    let house = House::new().await;
    let token = house.token(Role::Viewer).await;
    let event = json!({
        "auditID": "one", "stage": "ResponseComplete", "verb": "create",
        "user": { "username": "eve" }, "requestReceivedTimestamp": "2026-11-21T12:00:00Z",
        "objectRef": { "resource": "pods", "subresource": "exec", "namespace": "shop", "name": "web" },
        "responseStatus": { "code": 101 },
    });
    let batch = json!({ "kind": "EventList", "items": [event] });
    let ask = |token: &str| Ask::new("POST", "/audit").token(token).json(&batch);
    assert_eq!(house.send(ask(&token)).await.problem(), "sign-in", "an API token is another");
    for _ in 0..2 {
        assert_eq!(house.send(ask(AUDIT_TOKEN)).await.status, 204);
    }
    let listed = house.get("/cluster/events?verb=create&user=eve", &token).await;
    assert_eq!((&listed["total"], &listed["items"][0]["subresource"]), (&json!(1), &json!("exec")));
    let broken = Ask::new("POST", "/audit").token(AUDIT_TOKEN).body("{");
    assert_eq!(house.send(broken).await.problem(), "malformed");
}
